package org.stationmaster.server;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.util.JavalinException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.TaskAssignator;
import org.stationmaster.core.api.TlsContexts;
import org.stationmaster.server.alarm.AlarmWatch;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.Role;
import org.stationmaster.server.inventory.SourceBook;
import org.stationmaster.server.inventory.SourceForm;
import org.stationmaster.server.ledger.Ledger;

/**
 * The control endpoint of one machine, over HTTP. Start and stop may be called from any thread; a second stop does
 * nothing, a second start is refused.
 *
 * <p>It owns two to eight platform threads of its pool and a timer, short requests are served by one of them, the others
 * have virtual threads. Idle, none of them
 * wakes but a thread of the pool, once a minute, to see whether it is still needed.
 */
public final class ControlServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

    private final ControlConfig config;
    private final MachineView view;
    private final SourceBook book;
    private final Routes routes = new Routes();
    private final Access access;
    private final RequestGuard guard;
    private final AuditLog audit;
    private final Streams streams;
    private final RequestBudget budget;
    private final int idleMillis;
    private final Faults faults = new Faults(System::nanoTime);
    private final Answers answers = new Answers(System::nanoTime);
    private final Crowd crowd = new Crowd(System::nanoTime);
    private final AtomicReference<@Nullable Javalin> running = new AtomicReference<>();

    /**
     * What an endpoint is made of.
     *
     * @param config where to listen, and who may come in
     * @param view what is shown
     * @param assignator what is told
     * @param restart how its workers are restarted
     * @param book which sources there are; whatever changes them goes through it
     * @param protocols by name, as for the book's inventory
     * @param auditLog where to write who has changed something
     * @param alarms what an operator should know
     * @param ledger when sources gave nothing
     */
    public record Parts(
            ControlConfig config,
            MachineView view,
            TaskAssignator assignator,
            RollingRestart restart,
            SourceBook book,
            Map<String, Protocol> protocols,
            Path auditLog,
            Supplier<AlarmWatch.Told> alarms,
            Ledger ledger) {}

    public ControlServer(Parts parts) {
        this(parts, new Streams(Streams.COMMENT_MILLIS));
    }

    ControlServer(Parts parts, Streams streams) {
        this(
                parts,
                streams,
                new AuditLog(parts.auditLog(), Clock.SYSTEM, AuditLog.MAX_BYTES),
                new RequestBudget(RequestBudget.PER_SECOND, System::nanoTime));
    }

    ControlServer(Parts parts, Streams streams, AuditLog audit, RequestBudget budget) {
        this(parts, streams, audit, budget, Listener.CONNECTION_IDLE_MILLIS);
    }

    /** @param idleMillis how long a connection may say nothing */
    ControlServer(Parts parts, Streams streams, AuditLog audit, RequestBudget budget, int idleMillis) {
        this.config = parts.config();
        this.view = parts.view();
        this.book = parts.book();
        this.streams = streams;
        this.access = new Access(config.tokens());
        this.guard = new RequestGuard(config);
        this.audit = audit;
        this.budget = budget;
        this.idleMillis = idleMillis;
        addRoutes(parts);
    }

    private void addRoutes(Parts parts) {
        routes.get("/readyz", null, context -> state(context, "ready", view.isReady()));
        routes.get("/healthz", null, context -> state(context, "alive", view.isAlive()));
        routes.get("/openapi.json", null, new OpenApi());
        routes.get(
                "/api/v1/machine",
                Role.READ,
                context -> Json.answer(
                        context, 200, MachineJson.of(view, parts.alarms().get().alarms())));
        routes.get("/api/v1/alarms", Role.READ, context -> {
            Parameters.none(context);
            Json.answer(context, 200, parts.alarms().get());
        });
        new SourceRoutes(
                        view,
                        book,
                        new SourceForm(parts.protocols()),
                        streams,
                        new CommandRoute(view, parts.assignator()))
                .addTo(routes);
        new EventRoutes(view, streams, Clock.SYSTEM).addTo(routes);
        new SlotRoutes(view).addTo(routes);
        new MetricRoutes(view, parts.alarms(), answers, crowd).addTo(routes);
        new Page().addTo(routes);
        new LedgerRoutes(view, parts.ledger()).addTo(routes);
        new ProtocolRoutes(parts.protocols()).addTo(routes);
        new GroupRoutes(view, book).addTo(routes);
        new RestartRoutes(parts.restart(), Clock.SYSTEM).addTo(routes);
    }

    /** For the test of the description. */
    List<Routes.Route> routes() {
        return routes.all();
    }

    /**
     * Listens; all or nothing.
     *
     * @return the port: that of {@code bind}, or the one that was found for 0
     * @throws ControlStartException beyond loopback without a token, or taken; the message says what to do
     */
    public synchronized int start() throws ControlStartException {
        if (running.get() != null) {
            throw new IllegalStateException("the control endpoint runs already");
        }
        if (config.tokens().isEmpty()) {
            requireLoopback(config.bind());
        } else if (config.tls() == null && config.bind().isBeyondLoopback()) {
            LOG.warn("control.bind {} without control.tls: tokens can be read on their way", config.bind());
        }
        var tls = tls(config);
        streams.begin();
        var server = Javalin.create(javalin -> configure(javalin, tls));
        try {
            server.start();
        } catch (RuntimeException e) {
            server.stop();
            throw new ControlStartException(reason(config.bind(), e), e);
        }
        running.set(server);
        return server.port();
    }

    /**
     * Listens for a moment, and leaves nothing behind: to know before anything else is made.
     *
     * @throws ControlStartException as {@link #start} would throw it now
     */
    public static void probe(ControlConfig config) throws ControlStartException {
        if (config.tokens().isEmpty()) {
            requireLoopback(config.bind());
        }
        tls(config);
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(
                    new InetSocketAddress(config.bind().host(), config.bind().port()));
        } catch (IOException e) {
            throw new ControlStartException(reason(config.bind(), e), e);
        }
    }

    /** Closes the port and ends what still runs within a second. */
    public synchronized void stop() {
        var server = running.getAndSet(null);
        if (server != null) {
            streams.end();
            stop(server);
            faults.close();
            answers.close();
            crowd.close();
            audit.close();
        }
    }

    private static void stop(Javalin server) {
        try {
            server.stop();
        } catch (JavalinException e) { // it has stopped, but not in order
            LOG.warn("requests were cut: they did not end within a second");
            LOG.debug("stopping", e);
        }
    }

    @Override
    public void close() {
        stop();
    }

    private static @Nullable SSLContext tls(ControlConfig config) throws ControlStartException {
        var files = config.tls();
        try {
            return files == null ? null : TlsContexts.server(files.certFile(), files.keyFile());
        } catch (IOException e) {
            throw new ControlStartException("control.tls: " + e.getMessage(), e);
        }
    }

    private static void requireLoopback(Bind bind) throws ControlStartException {
        try {
            if (Arrays.stream(InetAddress.getAllByName(bind.host())).allMatch(InetAddress::isLoopbackAddress)) {
                return;
            }
        } catch (UnknownHostException e) {
            throw new ControlStartException(
                    "control.bind " + bind + ": the name is not known; use 127.0.0.1:" + bind.port(), e);
        }
        throw new ControlStartException(bind.beyondLoopback(), null);
    }

    private static String reason(Bind bind, Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return "the control endpoint cannot listen on " + bind
                        + ": the address is taken; end the program that holds it, or set control.bind to another"
                        + " port (0: any that is free)";
            }
        }
        return "the control endpoint cannot listen on " + bind + ": " + e.getMessage();
    }

    private void configure(JavalinConfig javalin, @Nullable SSLContext tls) {
        javalin.startup.showJavalinBanner = false;
        javalin.startup.showOldJavalinVersionWarning = false;
        javalin.startup.startupWatcherEnabled = false;
        javalin.concurrency.useVirtualThreads = true;
        javalin.http.prefer405over404 = true;
        javalin.http.compressionStrategy = CompressionStrategy.NONE;
        javalin.http.defaultContentType = Json.CONTENT_TYPE;
        Listener.configure(javalin.jetty, config.bind(), tls, new Listener.Parts(faults, answers, crowd, idleMillis));
        javalin.router.javaLangErrorHandler(faults::unexpected);
        javalin.routes.before(this::admit);
        routes.addTo(javalin.routes, access);
        javalin.routes.after(audit::request);
        faults.addTo(javalin.routes);
    }

    private void admit(Context context) {
        if (!budget.take(context.req().getRemoteAddr())) {
            context.header("Retry-After", "1");
            throw new ProblemException(
                    429, "more than " + RequestBudget.PER_SECOND + " requests a second: come again in a second");
        }
        guard.handle(context);
    }

    private static void state(Context context, String name, boolean holds) {
        Json.answer(context, holds ? 200 : 503, Map.of(name, holds));
    }
}
