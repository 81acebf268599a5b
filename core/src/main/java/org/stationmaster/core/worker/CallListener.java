package org.stationmaster.core.worker;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.DialIn.Refusal;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.Text;
import org.stationmaster.core.api.TlsContexts;

/**
 * The ports for stations that call in, on a loop of their own: it accepts, finishes TLS and reads the greeting. A worker meets no
 * caller before a source of it takes the call.
 */
public final class CallListener {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.listener");

    /** Callers that are not greeted or not taken yet; one more, and the eldest goes. */
    public static final int MOST_CALLERS = 256;

    /** How long one that was told why it is not taken may go on. */
    private static final long LINGER_NANOS = 1_000_000_000L;

    private static final int BACKLOG = 1024;
    static final int SHOWN_CHARACTERS = 64;

    private final NettyLoop loop;
    private final Calls calls;
    /** Whether other processes listen on the same ports. */
    private final boolean isShared;

    /** Of its own: strangers must not hold up the sources that connect. */
    private final ThreadPoolExecutor handshakes;

    private final Clock clock;
    private final List<Channel> doors = new ArrayList<>();
    /** The eldest first, each with the end of its time; on the loop. */
    private final Map<Caller, Future<?>> callers = new LinkedHashMap<>();

    private final LineBudget logLines = new LineBudget();

    /** One port. */
    record Port(Listen listen, @Nullable SSLContext tls) {}

    private CallListener(Calls calls, boolean isShared, Clock clock, ThreadFactory threads) {
        this.calls = calls;
        this.isShared = isShared;
        this.handshakes = Resolver.pool(1, MOST_CALLERS, threads);
        this.clock = clock;
        this.loop = new NettyLoop(threads);
    }

    /**
     * Listens on all ports.
     *
     * @throws IOException a port is taken, or a certificate cannot be read; the message says which, and nothing is left open
     */
    public static CallListener start(List<Listen> listens, Calls calls, Clock clock, ThreadFactory threads)
            throws IOException {
        return start(new CallListener(calls, false, clock, threads), listens);
    }

    /** The same on ports on which other processes of this machine listen, too: the kernel deals the calls out. */
    static CallListener startShared(List<Listen> listens, Calls calls, Clock clock, ThreadFactory threads)
            throws IOException {
        return start(new CallListener(calls, true, clock, threads), listens);
    }

    /** Whether several processes can listen on one port here. */
    public static boolean canShare() {
        return NettyLoop.isNative();
    }

    private static CallListener start(CallListener made, List<Listen> listens) throws IOException {
        try {
            for (var listen : listens) {
                made.open(new Port(listen, context(listen)));
            }
            return made;
        } catch (IOException e) {
            made.shutdown();
            throw e;
        }
    }

    private static @Nullable SSLContext context(Listen listen) throws IOException {
        var tls = listen.tls();
        try {
            return tls == null ? null : TlsContexts.server(tls.certFile(), tls.keyFile(), tls.caFile());
        } catch (IOException e) {
            throw new IOException("cannot listen for " + listen.protocol() + " with its certificate: " + e, e);
        }
    }

    private void open(Port port) throws IOException {
        var door = new ServerBootstrap();
        if (isShared) {
            door.option(UnixChannelOption.SO_REUSEPORT, true);
        }
        var binding = door.group(loop.group())
                .channel(NettyLoop.serverType())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        welcome(channel, port);
                    }
                })
                .bind(port.listen().address())
                .awaitUninterruptibly();
        var cause = binding.cause();
        if (cause != null) {
            throw new IOException(
                    "cannot listen for " + port.listen().protocol() + " on "
                            + port.listen().address() + ": " + Failures.describe(cause),
                    cause);
        }
        doors.add(binding.channel());
    }

    private void welcome(Channel channel, Port port) {
        if (callers.size() >= MOST_CALLERS) {
            leastWanted().expire(Refusal.CROWDED);
        }
        var buffer = new CallReadBuffer();
        var caller = new Caller(this, port, channel, buffer);
        var context = port.tls();
        if (context == null) {
            channel.config().setRecvByteBufAllocator(buffer);
        } else {
            var engine = context.createSSLEngine();
            engine.setUseClientMode(false);
            var tls = port.listen().tls();
            engine.setNeedClientAuth(tls != null && tls.caFile() != null);
            var handler = new SslHandler(engine, handshakes);
            handler.setHandshakeTimeoutMillis(0); // the caller's time is judged as a whole
            channel.pipeline().addLast(handler);
        }
        channel.pipeline().addLast(caller);
        callers.put(caller, timer(caller, Calls.PATIENCE_NANOS));
    }

    /** The eldest that is refused; without one, that has not greeted; if all have, the eldest. */
    private Caller leastWanted() {
        return first(Caller::isRefused)
                .or(() -> first(Caller::isGreeting))
                .orElseGet(() -> callers.keySet().iterator().next());
    }

    private Optional<Caller> first(Predicate<Caller> which) {
        return callers.keySet().stream().filter(which).findFirst();
    }

    private Future<?> timer(Caller caller, long nanos) {
        return loop.group().schedule(() -> caller.expire(Refusal.SLOW), nanos, TimeUnit.NANOSECONDS);
    }

    NettyLoop loop() {
        return loop;
    }

    Calls calls() {
        return calls;
    }

    // ---- for the callers, on the loop

    /** It has greeted; its time to be taken begins. */
    void keep(Caller caller) {
        gone(caller);
        callers.put(caller, timer(caller, Calls.PATIENCE_NANOS));
    }

    /** It was told why it is not taken. */
    void linger(Caller caller) {
        gone(caller);
        callers.put(caller, timer(caller, LINGER_NANOS));
    }

    /** It is no longer here. */
    void gone(Caller caller) {
        var timer = callers.remove(caller);
        if (timer != null) {
            timer.cancel(false);
        }
    }

    void refused(Caller caller, Refusal why, String words) {
        gone(caller);
        calls.refused(why);
        long now = clock.nanoTime();
        int untold = logLines.untold(now);
        if (untold > 0) {
            LOG.warn("{} more calls were refused", untold);
        }
        if (logLines.take(now)) {
            LOG.warn("a call from {} was refused ({}): {}", caller.address(), why, words);
        }
    }

    /** For people. */
    static String words(Refusal why, String name, @Nullable SourceId source) {
        var shown = "'" + Text.shorten(name, SHOWN_CHARACTERS) + "'";
        return switch (why) {
            case UNKNOWN -> "no source that runs here is called by " + shown;
            case LOGIN -> "its password is not that of " + source;
            case SECOND -> source + " has a connection already, and its listener says secondCall: refuse";
            case PAUSED -> source + " is paused";
            case NO_SLOT -> "this worker has no slot for " + source + ": it may call again, and come to another";
            case UNWANTED ->
                (source == null ? "its source" : source) + " is no longer wanted here, or a newer call came";
            case TLS, SLOW, GARBAGE, CROWDED -> shown;
        };
    }

    // ---- any thread

    /** Where it listens, in the order of what was asked for. */
    public List<InetSocketAddress> addresses() {
        return doors.stream()
                .map(door -> (InetSocketAddress) door.localAddress())
                .toList();
    }

    /** Takes no more calls; those that are taken go on. */
    public void close() {
        doors.forEach(door -> {
            var _ = door.close();
        });
        loop.execute(() -> List.copyOf(callers.keySet()).forEach(Caller::drop));
    }

    /** Ends the thread. */
    public void shutdown() {
        close();
        var _ = loop.shutdown();
        handshakes.shutdown();
    }
}
