package org.stationmaster.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A rival: one Netty epoll loop with all defaults, and a handler that finds length-prefixed frames and counts them. */
public final class BareNetty {
    /** Written by the loop. */
    private static volatile long records;

    private static volatile long bytes;

    private static volatile int ended;

    private BareNetty() {}

    @SuppressWarnings("NonAtomicVolatileUpdate") // the loop alone writes it
    public static void main(String... args) throws InterruptedException {
        var rival = Rival.of(args);
        var group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            var bootstrap = new Bootstrap()
                    .group(group)
                    .channel(EpollSocketChannel.class)
                    .option(ChannelOption.TCP_NODELAY, true);
            for (int i = 0; i < rival.connections(); i++) {
                ChannelFuture connected = bootstrap
                        .clone()
                        .handler(new Frames(Rival.id(i)))
                        .connect(rival.host(), rival.port())
                        .sync();
                var _ = connected.channel().closeFuture().addListener(_ -> ended++);
            }
            rival.measure(() -> records, () -> bytes);
            if (ended > 0) {
                throw new IllegalStateException(ended + " connections ended while they were measured");
            }
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    /** One connection. */
    private static final class Frames extends ChannelInboundHandlerAdapter {
        private static final int LENGTH_BYTES = 4;
        private static final int LIMIT_BYTES = 1 << 20;

        private final String id;
        private @Nullable ByteBuf rest;

        private Frames(String id) {
            this.id = id;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            var hello = id.getBytes(StandardCharsets.US_ASCII);
            var frame = context.alloc().buffer(LENGTH_BYTES + hello.length);
            var _ = context.writeAndFlush(frame.writeInt(hello.length).writeBytes(hello));
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            var arrived = (ByteBuf) message;
            var kept = rest;
            var all = kept == null ? arrived : Unpooled.wrappedBuffer(kept, arrived);
            rest = null;
            parse(all);
            if (all.isReadable()) {
                rest = all.readBytes(all.readableBytes());
            }
            all.release();
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // the loop alone writes them
        private static void parse(ByteBuf all) {
            int found = 0;
            int payload = 0;
            while (all.readableBytes() >= LENGTH_BYTES) {
                int length = all.getInt(all.readerIndex());
                if (length < 0 || length > LIMIT_BYTES) {
                    throw new IllegalStateException("a frame of " + length + " bytes");
                }
                if (all.readableBytes() < LENGTH_BYTES + length) {
                    break;
                }
                all.skipBytes(LENGTH_BYTES + length);
                found++;
                payload += length;
            }
            records += found;
            bytes += payload;
        }
    }
}
