package org.stationmaster.core.worker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.EndReason;

/** A connection on a worker's Netty loop; a subclass knows how it comes about. */
abstract class NettyConnection extends ChannelInboundHandlerAdapter implements Dialer.Dialled {
    private static final long WRITE_LIMIT_BYTES = 1 << 20;

    final Dialer.DialListener listener;
    private final boolean isSecured;
    /** Null until there is one. */
    volatile @Nullable Channel channel;
    /** Written on the loop; the resolver looks at it. */
    volatile boolean over;

    NettyConnection(boolean isSecured, Dialer.DialListener listener) {
        this.isSecured = isSecured;
        this.listener = listener;
    }

    void opened() {
        if (!over) {
            listener.connected();
        }
    }

    final void fail(Throwable cause) {
        end(Failures.reason(cause), Failures.describe(cause));
    }

    final void end(EndReason reason, String detail) {
        if (over) {
            return;
        }
        close();
        listener.ended(reason, detail);
    }

    @Override
    public void close() {
        over = true;
        var open = channel;
        if (open != null) {
            var _ = open.close();
        }
    }

    @Override
    public void finish() {
        if (!isSecured && channel instanceof DuplexChannel open && open.isActive()) {
            var _ = open.shutdownOutput(); // TLS has no half-closed state that stations know
        }
    }

    @Override
    public void reading(boolean allowed) {
        var open = channel;
        if (open != null) {
            open.config().setAutoRead(allowed);
        }
    }

    @Override
    public void write(ByteBuffer bytes, CommandReply reply) {
        var open = channel;
        if (open == null || !open.isActive()) {
            reply.refuse(CommandOutcome.NOT_CONNECTED, "there is no connection at the moment");
            return;
        }
        if (pendingBytes(open) + bytes.remaining() > WRITE_LIMIT_BYTES) {
            reply.refuse(
                    CommandOutcome.FAILED,
                    "more than " + WRITE_LIMIT_BYTES + " bytes wait to be written to the station");
            return;
        }
        var _ = open.writeAndFlush(Unpooled.copiedBuffer(bytes.duplicate())).addListener(future -> {
            if (future.isSuccess()) {
                reply.acknowledge();
            } else {
                reply.refuse(CommandOutcome.NOT_CONNECTED, "the connection ended");
            }
        });
    }

    private static long pendingBytes(Channel open) {
        var pending = open.unsafe().outboundBuffer();
        return pending == null ? 0 : pending.totalPendingWriteBytes();
    }

    @Override
    public void write(ByteBuffer bytes) {
        write(bytes, new OnceReply((outcome, detail) -> {}));
    }

    // ---- what Netty tells, on the loop

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (!over) {
                var bytes = (ByteBuf) message;
                listener.bytes(bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes()));
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end(EndReason.ENDED, "the station closed the connection");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(cause);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                opened();
            } else {
                end(EndReason.TLS, Failures.describe(handshake.cause()));
            }
        }
    }
}
