package org.stationmaster.core.worker;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Source;

/** Connections on a worker's Netty loop. */
final class NettyDialer implements Dialer {
    private static final long WRITE_LIMIT_BYTES = 1 << 20;

    private final NettyLoop loop;
    private final Resolver resolver;
    private final Bootstrap plain;
    private final Bootstrap secured;

    NettyDialer(NettyLoop loop, Resolver resolver) {
        this(loop, resolver, new ReflectiveChannelFactory<>(NettyLoop.channelType()));
    }

    NettyDialer(NettyLoop loop, Resolver resolver, ChannelFactory<? extends Channel> channels) {
        this.loop = loop;
        this.resolver = resolver;
        var base = new Bootstrap()
                .group(loop.group())
                .channelFactory(channels)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0) // the slot judges it
                .option(ChannelOption.AUTO_READ, false); // until there is a session
        this.plain = base.clone().option(ChannelOption.RECVBUF_ALLOCATOR, new SharedReadBuffer());
        this.secured = base;
    }

    @Override
    public Dialled dial(Source source, DialListener listener) {
        var connection = new NettyConnection(source, listener);
        var literal = Resolver.literal(source);
        if (literal != null) {
            connection.connect(new Resolver.Resolved(literal, null));
            return connection;
        }
        resolver.resolve(source, new Resolver.Answer() {
            @Override
            public boolean isWanted() {
                return !connection.over;
            }

            @Override
            public void resolved(Resolver.Resolved resolved) {
                loop.execute(() -> connection.connect(resolved));
            }

            @Override
            public void failed(IOException cause) {
                loop.execute(() -> connection.fail(cause));
            }
        });
        return connection;
    }

    private final class NettyConnection extends ChannelInboundHandlerAdapter implements Dialled {
        private final Source source;
        private final DialListener listener;
        /** Null until the connect has begun. */
        private volatile @Nullable Channel channel;
        /** Written on the loop; the resolver looks at it. */
        private volatile boolean over;

        private NettyConnection(Source source, DialListener listener) {
            this.source = source;
            this.listener = listener;
        }

        private void connect(Resolver.Resolved resolved) {
            if (over) {
                return;
            }
            var address = new InetSocketAddress(resolved.address(), source.port());
            var context = resolved.tls();
            var bootstrap = context == null ? plain.clone() : secured.clone();
            var connecting = bootstrap
                    .handler(new Opening(this, context, resolver.handshakes()))
                    .connect(address);
            if (connecting.cause() != null && !connecting.channel().isRegistered()) {
                // no socket to be had: this channel belongs to no loop, and closing it would throw
                var why = "no socket can be opened here: " + Failures.describe(connecting.cause());
                loop.execute(() -> end(EndReason.UNREACHABLE, why));
                return;
            }
            channel = connecting.channel();
            var _ = connecting.addListener((ChannelFuture future) -> {
                if (!future.isSuccess()) {
                    fail(future.cause());
                } else if (context == null) {
                    opened();
                }
            });
        }

        private void opened() {
            if (!over) {
                listener.connected();
            }
        }

        private void fail(Throwable cause) {
            end(Failures.reason(cause), Failures.describe(cause));
        }

        private void end(EndReason reason, String detail) {
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
            if (source.tls() == null && channel instanceof DuplexChannel open && open.isActive()) {
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
            var inner = cause.getCause();
            fail(inner instanceof SSLException ? inner : cause);
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

    /** Puts the handlers in place when the channel is made. */
    private static final class Opening extends io.netty.channel.ChannelInitializer<Channel> {
        private final NettyConnection connection;
        private final @Nullable SSLContext context;
        private final Executor handshakes;

        private Opening(NettyConnection connection, @Nullable SSLContext context, Executor handshakes) {
            this.connection = connection;
            this.context = context;
            this.handshakes = handshakes;
        }

        @Override
        protected void initChannel(Channel channel) {
            var tls = connection.source.tls();
            if (context != null && tls != null) {
                var name = tls.serverName() == null ? connection.source.host() : tls.serverName();
                var engine = context.createSSLEngine(name, connection.source.port());
                engine.setUseClientMode(true);
                var parameters = engine.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                engine.setSSLParameters(parameters);
                var handler = new SslHandler(engine, handshakes);
                handler.setHandshakeTimeoutMillis(0); // the slot judges it
                channel.pipeline().addLast(handler);
                channel.config().setAutoRead(true); // the handshake needs it
            }
            channel.pipeline().addLast(connection);
        }
    }
}
