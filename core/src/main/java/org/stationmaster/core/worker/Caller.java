package org.stationmaster.core.worker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn.Greeting;
import org.stationmaster.core.api.DialIn.Refusal;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.SourceId;

/**
 * Somebody who has connected to a listener, until a source takes it or it is refused. On the listener's loop, but for what says
 * otherwise.
 */
final class Caller extends ChannelInboundHandlerAdapter {
    /** What may come behind a greeting before it is taken: reading has stopped then, but for what was on its way. */
    private static final int MOST_REST_BYTES = 128 * 1024;

    /** Of a certificate, of which the machine is asked. */
    private static final int MOST_NAMES = 64;

    /** How far it has come. */
    private enum State {
        GREETING,
        KEPT,
        /** To a worker, whose loop has it from there on. */
        GONE,
        /** Told so or not, it is here until it has gone, or its time is over: what it still sends is dropped. */
        REFUSED
    }

    private final CallListener listener;
    private final CallListener.Port port;
    private final Channel channel;
    private final CallReadBuffer buffer;
    private State state = State.GREETING;
    private @Nullable Greeting greeting;
    /** The greeting as it came. */
    private byte[] head = {};
    /** Of the source that is called; written by the listener's loop, or by who answers for the machine. */
    private volatile String name = "";

    private long droppedBytes;

    /** What has come and is not used: a greeting that is not whole, or what is behind it. */
    private ByteBuffer bytes = ByteBuffer.allocate(0);

    Caller(CallListener listener, CallListener.Port port, Channel channel, CallReadBuffer buffer) {
        this.listener = listener;
        this.port = port;
        this.channel = channel;
        this.buffer = buffer;
    }

    CallReadBuffer buffer() {
        return buffer;
    }

    /** What came behind the greeting; for the worker's loop, once the channel has come there. */
    ByteBuffer rest() {
        return bytes;
    }

    String address() {
        return String.valueOf(channel.remoteAddress());
    }

    Listen listen() {
        return port.listen();
    }

    byte[] greetingBytes() {
        return head;
    }

    /** The machine knows whom it calls. Any thread. */
    void isFor(String called) {
        name = called;
    }

    // ---- the greeting

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (state == State.REFUSED) {
                droppedBytes += ((ByteBuf) message).readableBytes();
                if (droppedBytes > MOST_REST_BYTES) {
                    close();
                }
            } else {
                bytes = joined(bytes, (ByteBuf) message);
                if (state == State.GREETING) {
                    greet();
                } else if (state == State.KEPT && bytes.remaining() > MOST_REST_BYTES) {
                    refuse(Refusal.UNWANTED, "it sends more than can be kept for a source that does not take its call");
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /** A copy of both. */
    static ByteBuffer joined(ByteBuffer bytes, ByteBuf more) {
        int count = more.readableBytes();
        var all = ByteBuffer.allocate(bytes.remaining() + count).put(bytes);
        more.getBytes(more.readerIndex(), all.array(), all.position(), count);
        return all.rewind();
    }

    private void greet() {
        if (port.listen().byCertificate()) {
            return; // in front of the handshake's end nothing is read; what is behind it is no greeting
        }
        int limit = port.listen().dialIn().limitBytes();
        try {
            var begin = bytes.duplicate();
            var read = port.listen().dialIn().read(bytes);
            if (read != null) {
                head = new byte[Math.min(begin.remaining(), limit)];
                begin.get(head);
                offer(read);
            } else if (bytes.remaining() >= limit) {
                refuse(Refusal.GARBAGE, "no greeting within " + limit + " bytes");
            }
        } catch (ProtocolException e) {
            refuse(Refusal.GARBAGE, String.valueOf(e.getMessage()));
        }
    }

    private void offer(Greeting read) {
        channel.config().setAutoRead(false);
        state = State.KEPT;
        greeting = read;
        name = read.name();
        switch (listener.calls().offer(port.listen(), read, this)) {
            case Calls.Outcome.Taken _ -> {}
            case Calls.Outcome.Kept _ -> listener.keep(this);
            case Calls.Outcome.Refused(var why, var source) -> refuse(why, CallListener.words(why, name, source));
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && state == State.GREETING) {
            if (!handshake.isSuccess()) {
                refuse(Refusal.TLS, Failures.describe(handshake.cause()));
            } else if (port.listen().byCertificate()) {
                byCertificate(context.pipeline().get(SslHandler.class));
            }
        }
    }

    private void byCertificate(SslHandler tls) {
        var names = Certified.names(tls.engine().getSession());
        for (var name : names) {
            if (state == State.GREETING && listener.calls().isKnown(port.listen(), name)) {
                offer(() -> name);
            }
        }
        if (state == State.GREETING) {
            name = names.toString();
            state = State.KEPT;
            channel.config().setAutoRead(false);
            if (listener.calls().ask(this, names.stream().limit(MOST_NAMES).toList())) {
                listener.keep(this);
            } else {
                refuse(Refusal.UNKNOWN, CallListener.words(Refusal.UNKNOWN, name, null));
            }
        }
    }

    // ---- its end

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (state == State.GREETING) {
            refuse(Refusal.GARBAGE, "it hung up before it had greeted");
        } else if (state == State.REFUSED) {
            listener.gone(this);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (state == State.GREETING) {
            refuse(port.listen().tls() == null ? Refusal.GARBAGE : Refusal.TLS, Failures.describe(cause));
        } else if (state == State.REFUSED) {
            close();
        }
    }

    boolean isGreeting() {
        return state == State.GREETING;
    }

    boolean isRefused() {
        return state == State.REFUSED;
    }

    /** The machine stops; a call that is kept may still be taken by the slot that stops. */
    void drop() {
        if (state == State.GREETING || state == State.REFUSED) {
            state = State.REFUSED;
            close();
        }
    }

    /** The time is over, or room is needed. */
    void expire(Refusal noGreeting) {
        if (state == State.REFUSED) {
            close();
        } else if (state == State.GREETING) {
            refuse(noGreeting, "no greeting in time");
        } else if (state == State.KEPT && listener.calls().letGo(port.listen(), name, this)) {
            refuse(
                    noGreeting == Refusal.CROWDED ? Refusal.CROWDED : Refusal.UNWANTED,
                    "its source did not take the call in time");
        }
    }

    private void refuse(Refusal why, String words) {
        if (state == State.KEPT) {
            var _ = listener.calls().letGo(port.listen(), name, this);
        }
        state = State.REFUSED;
        bytes = ByteBuffer.allocate(0);
        listener.refused(this, why, words);
        var greeted = greeting;
        var answer = greeted == null ? new byte[0] : greeted.refusal(why);
        if (channel.isActive() && answer.length > 0) {
            // what it sends meanwhile is read, or a reset would overtake the answer
            listener.linger(this);
            var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(answer)).addListener(_ -> endOutput());
            channel.config().setAutoRead(true);
        } else {
            if (why != Refusal.TLS && channel.isOpen()) { // there it gets an alert, which a reset could overtake
                channel.config().setOption(ChannelOption.SO_LINGER, 0); // a reset: what it has sent was not taken
            }
            close();
        }
    }

    private void endOutput() {
        var tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            var _ = tls.closeOutbound();
        } else if (channel instanceof DuplexChannel open && open.isActive()) {
            var _ = open.shutdownOutput();
        }
    }

    private void close() {
        listener.gone(this);
        if (port.tls() != null) {
            channel.unsafe().close(channel.voidPromise()); // below TLS: a handshake that stands would hold it open
        } else {
            var _ = channel.close();
        }
    }

    /**
     * Nobody wants it any more; any thread, once it is kept by nobody.
     *
     * @param source whom it called; null: a stranger
     */
    void refuseSoon(Refusal why, @Nullable SourceId source) {
        listener.loop().execute(() -> {
            if (state == State.KEPT) {
                refuse(why, CallListener.words(why, name, source));
            }
        });
    }

    /** It has come to a worker, which has no use for it any more; from the worker's loop. */
    void cameInVain(SourceId source) {
        listener.loop()
                .execute(() ->
                        listener.refused(this, Refusal.UNWANTED, CallListener.words(Refusal.UNWANTED, name, source)));
    }

    // ---- to the worker

    /** Changes over to the loop of the worker that takes it; any thread, once. */
    void moveSoon(CalledConnection to) {
        listener.loop().execute(() -> {
            if (state != State.KEPT) { // what it sent was too much
                to.comesNot();
                return;
            }
            state = State.GONE;
            listener.gone(this);
            channel.config().setAutoRead(false);
            var _ = channel.deregister().addListener(_ -> {
                var arriving = to.loop().register(channel);
                var _ = arriving.addListener((ChannelFuture _) -> to.loop().execute(() -> to.begin(channel, this)));
            });
        });
    }
}
