package org.stationmaster.core.worker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import org.stationmaster.core.api.DialIn.Greeting;
import org.stationmaster.core.api.DialIn.Refusal;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Text;

/**
 * Somebody who has connected to a listener, until a source takes it or it is refused. On the listener's loop, but for what says
 * otherwise.
 */
final class Caller extends ChannelInboundHandlerAdapter {
    /** What may come behind a greeting before it is taken: reading has stopped then, but for what was on its way. */
    private static final int MOST_REST_BYTES = 128 * 1024;

    /** How far it has come. */
    private enum State {
        GREETING,
        KEPT,
        /** To a worker, whose loop has it from there on. */
        GONE,
        REFUSED
    }

    private final CallListener listener;
    private final CallListener.Port port;
    private final Channel channel;
    private final CallReadBuffer buffer;
    private State state = State.GREETING;
    private boolean hasAnswered;
    /** As it greeted. */
    private String name = "";

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

    // ---- the greeting

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (state != State.REFUSED) {
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
            var greeting = port.listen().dialIn().read(bytes);
            if (greeting != null) {
                offer(greeting);
            } else if (bytes.remaining() >= limit) {
                refuse(Refusal.GARBAGE, "no greeting within " + limit + " bytes");
            }
        } catch (ProtocolException e) {
            refuse(Refusal.GARBAGE, String.valueOf(e.getMessage()));
        }
    }

    private void offer(Greeting greeting) {
        channel.config().setAutoRead(false);
        state = State.KEPT;
        name = greeting.name();
        switch (listener.calls().offer(port.listen(), greeting, this)) {
            case Calls.Outcome.Taken _ -> {}
            case Calls.Outcome.Kept _ -> listener.keep(this);
            case Calls.Outcome.Refused(var why, var source) -> {
                var answer = greeting.refusal(why);
                if (answer.length > 0) {
                    hasAnswered = true;
                    var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(answer));
                }
                refuse(why, CallListener.words(why, greeting.name(), source));
            }
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
            refuse(
                    Refusal.UNKNOWN,
                    "no source that has a slot is named by its certificate "
                            + Text.shorten(names.toString(), CallListener.SHOWN_CHARACTERS));
        }
    }

    // ---- its end

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (state == State.GREETING) {
            refuse(Refusal.GARBAGE, "it hung up before it had greeted");
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (state == State.GREETING) {
            refuse(port.listen().tls() == null ? Refusal.GARBAGE : Refusal.TLS, Failures.describe(cause));
        }
    }

    boolean isGreeting() {
        return state == State.GREETING;
    }

    /** The machine stops; a call that is kept may still be taken by the slot that stops. */
    void drop() {
        if (state == State.GREETING) {
            state = State.REFUSED;
            listener.gone(this);
            var _ = channel.close();
        }
    }

    /** The time is over, or room is needed. */
    void expire(Refusal greeting) {
        if (state == State.GREETING) {
            refuse(greeting, "no greeting in time");
        } else if (state == State.KEPT && listener.calls().letGo(port.listen(), name, this)) {
            refuse(
                    greeting == Refusal.CROWDED ? Refusal.CROWDED : Refusal.UNWANTED,
                    "its source did not take the call in time");
        }
    }

    private void refuse(Refusal why, String words) {
        if (state == State.KEPT && why == Refusal.UNWANTED) {
            var _ = listener.calls().letGo(port.listen(), name, this);
        }
        if ((why == Refusal.UNWANTED || why == Refusal.CROWDED) && channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0); // a reset: what it has sent was not taken
        }
        state = State.REFUSED;
        bytes = ByteBuffer.allocate(0);
        listener.refused(this, why, words);
        if (channel.isActive() && hasAnswered) {
            var _ = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        } else if (port.tls() != null) {
            channel.unsafe().close(channel.voidPromise()); // below TLS: a handshake that stands would hold it open
        } else {
            var _ = channel.close();
        }
    }

    /** Nobody wants it any more; any thread, once it is kept by nobody. */
    void refuseSoon(Refusal why) {
        listener.loop().execute(() -> {
            if (state == State.KEPT) {
                refuse(why, "its source is no longer wanted here, or a newer call came");
            }
        });
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
