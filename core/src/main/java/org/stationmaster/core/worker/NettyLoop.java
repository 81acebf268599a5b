package org.stationmaster.core.worker;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;

/** One Netty event loop with one thread: native epoll where there is one. */
final class NettyLoop implements Loop {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.worker");

    private final IoEventLoopGroup group;

    NettyLoop(ThreadFactory threads) {
        group = new MultiThreadIoEventLoopGroup(1, threads, handler());
    }

    private static IoHandlerFactory handler() {
        return Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    }

    static boolean isNative() {
        return Epoll.isAvailable();
    }

    static Class<? extends Channel> channelType() {
        return Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    static Class<? extends ServerChannel> serverType() {
        return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    /** Makes channels for Unix-domain sockets. */
    static ChannelFactory<Channel> unixChannels() {
        return Epoll.isAvailable() ? EpollDomainSocketChannel::new : NioDomainSocketChannel::new;
    }

    static SocketAddress unixAddress(UnixDomainSocketAddress address) {
        return Epoll.isAvailable() ? new DomainSocketAddress(address.getPath().toFile()) : address;
    }

    /** From here on the channel, which has no loop, lives on this one. */
    ChannelFuture register(Channel channel) {
        EventLoopGroup any = group;
        return any.register(channel);
    }

    IoEventLoopGroup group() {
        return group;
    }

    @Override
    public void execute(Runnable task) {
        if (!group.isShuttingDown()) {
            group.execute(guarded(task));
        }
    }

    @Override
    public void schedule(Runnable task, long delayNanos) {
        if (!group.isShuttingDown()) {
            var _ = group.schedule(guarded(task), delayNanos, TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public long nanoTime() {
        return Clock.SYSTEM.nanoTime();
    }

    /** A task that fails is a fault of ours: it is told with its place, and the loop goes on for the others. */
    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("a task of the worker's loop failed", e);
            }
        };
    }

    /** Begins to end the thread. */
    Future<?> shutdown() {
        return group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
