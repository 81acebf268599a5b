package org.stationmaster.core.worker;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Source;

/** Connections on a worker's Netty loop. */
final class NettyDialer implements Dialer {
    private static final int MOST_PLACES = 1_000;

    private final NettyLoop loop;
    private final Resolver resolver;
    private final Bootstrap plain;
    private final Bootstrap secured;
    /** Of a name that has several addresses, the one that was last tried in vain; until there is a connection. */
    private final Map<Place, InetAddress> inVain = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, InetAddress> eldest) {
            return size() > MOST_PLACES;
        }
    };

    private record Place(String host, int port) {}

    NettyDialer(NettyLoop loop, Resolver resolver, SharedReadBuffer buffer) {
        this(loop, resolver, buffer, new ReflectiveChannelFactory<>(NettyLoop.channelType()));
    }

    NettyDialer(
            NettyLoop loop, Resolver resolver, SharedReadBuffer buffer, ChannelFactory<? extends Channel> channels) {
        this.loop = loop;
        this.resolver = resolver;
        var base = new Bootstrap()
                .group(loop.group())
                .channelFactory(channels)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0) // the slot judges it
                .option(ChannelOption.AUTO_READ, false); // until there is a session
        this.plain = base.clone().option(ChannelOption.RECVBUF_ALLOCATOR, buffer);
        this.secured = base;
    }

    @Override
    public Dialled dial(Source source, DialListener listener) {
        var connection = new Dialling(source, listener);
        var literal = Resolver.literal(source);
        if (literal != null) {
            connection.connect(new Resolver.Resolved(List.of(literal), null));
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

    /** An attempt tries the address behind the one that was last tried in vain; the first one when there is none. */
    private InetAddress next(Place place, List<InetAddress> addresses) {
        var last = inVain.get(place);
        int behind = last == null ? 0 : addresses.indexOf(last) + 1;
        return addresses.get(behind % addresses.size());
    }

    private final class Dialling extends NettyConnection {
        private final Source source;
        private final Place place;
        /** One of several, and there is no connection with it yet. */
        private @Nullable InetAddress tried;

        private Dialling(Source source, DialListener listener) {
            super(source.tls() != null, listener);
            this.source = source;
            this.place = new Place(source.host(), source.port());
        }

        private void connect(Resolver.Resolved resolved) {
            if (over) {
                return;
            }
            var next = next(place, resolved.addresses());
            tried = resolved.addresses().size() == 1 ? null : next;
            var context = resolved.tls();
            var bootstrap = context == null ? plain.clone() : secured.clone();
            var connecting = bootstrap
                    .handler(new Opening(this, context, resolver.handshakes()))
                    .connect(new InetSocketAddress(next, place.port()));
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
                    return;
                }
                if (context == null) {
                    opened();
                }
            });
        }

        @Override
        void opened() {
            inVain.remove(place);
            tried = null;
            super.opened();
        }

        @Override
        public void close() {
            if (tried != null) {
                inVain.put(place, tried);
                tried = null;
            }
            super.close();
        }
    }

    /** Puts the handlers in place when the channel is made. */
    private static final class Opening extends io.netty.channel.ChannelInitializer<Channel> {
        private final Dialling connection;
        private final @Nullable SSLContext context;
        private final Executor handshakes;

        private Opening(Dialling connection, @Nullable SSLContext context, Executor handshakes) {
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
