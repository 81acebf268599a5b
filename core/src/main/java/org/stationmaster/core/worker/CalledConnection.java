package org.stationmaster.core.worker;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Source;

/** A connection that a station makes: first the wait for its call, then the call. On the worker's loop. */
final class CalledConnection extends NettyConnection implements Drain.Drained {
    /** With what a caller may have sent before, and some reads of what the socket had. */
    private static final int MOST_REST_BYTES = 1 << 20;

    final Source source;
    private final NettyLoop loop;
    private final Calls calls;
    private final SharedReadBuffer buffer;
    /** What came behind the greeting and is not read yet. */
    private @Nullable ByteBuffer rest;

    /** What failed while the rest was not read. */
    private @Nullable Throwable failedBehind;

    private boolean reading;
    private long readBytes;
    private @Nullable Drain drain;

    CalledConnection(
            Source source, Dialer.DialListener listener, NettyLoop loop, Calls calls, SharedReadBuffer buffer) {
        super(calls.isSecured(source), listener);
        this.source = source;
        this.loop = loop;
        this.calls = calls;
        this.buffer = buffer;
    }

    /** Where its slot lives; any thread. */
    NettyLoop loop() {
        return loop;
    }

    /** The call is here: its channel is registered with this loop, or has ended on the way. */
    void begin(Channel called, Caller caller) {
        if (over) {
            if (called.isOpen()) {
                called.config().setOption(ChannelOption.SO_LINGER, 0); // a reset: what it has sent was not taken
            }
            var _ = called.close();
            caller.cameInVain(source.id());
            return;
        }
        calls.taken();
        channel = called;
        rest = caller.rest();
        if (called.isOpen()) {
            caller.buffer().moveTo(buffer);
            called.pipeline().addLast(this).remove(caller);
        }
        opened();
        takeRest();
    }

    /** The call that was on its way does not come. Any thread. */
    void comesNot() {
        loop.execute(() -> end(EndReason.RESET, "the call ended before it was taken"));
    }

    /** The session's first bytes; then whatever the socket has. */
    private void takeRest() {
        var open = channel;
        var bytes = rest;
        if (over || open == null || !reading) {
            return;
        }
        rest = null;
        if (bytes != null && bytes.hasRemaining()) {
            readBytes += bytes.remaining();
            listener.bytes(bytes);
        }
        var cause = failedBehind;
        if (!over && cause != null) {
            fail(cause);
        } else if (!over && !open.isActive()) {
            end(EndReason.ENDED, "the station closed the connection");
        } else if (!over) {
            open.config().setAutoRead(reading);
        }
    }

    @Override
    public void reading(boolean allowed) {
        reading = allowed;
        if (drain != null) {
            drain.disturb();
        }
        if (!allowed) {
            super.reading(false);
        } else if (rest == null) {
            super.reading(true);
        } else {
            loop.execute(this::takeRest);
        }
    }

    /** Behind the rest: a peer that hangs up makes the channel read, whether it may or not. */
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var more = (ByteBuf) message;
        var before = rest;
        if (before == null) {
            readBytes += more.readableBytes();
            super.channelRead(context, message);
            return;
        }
        try {
            rest = Caller.joined(before, more);
        } finally {
            more.release();
        }
        if (before.remaining() > MOST_REST_BYTES) {
            end(EndReason.NO_ROOM, "more came than can be kept while nothing is read");
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (rest == null) {
            fail(cause);
        } else {
            failedBehind = cause;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (rest == null) { // else it is told behind the rest
            super.channelInactive(context);
        }
    }

    @Override
    public void close() {
        super.close();
        calls.ended(this);
    }

    // ---- a second call

    /** The station has called again: what it sent over this connection is read, then it ends. Any thread. */
    void replace() {
        loop.execute(() -> {
            if (!over && drain == null) {
                drain = new Drain(this, loop);
                drain.begin();
            }
        });
    }

    @Override
    public boolean isOpen() {
        return !over;
    }

    @Override
    public boolean isBlocked() {
        return !reading;
    }

    @Override
    public boolean isWaiting() {
        return rest == null;
    }

    @Override
    public long readBytes() {
        return readBytes;
    }

    @Override
    public void abort(EndReason reason, String detail) {
        end(EndReason.ENDED, "replaced by a second call");
    }
}
