package org.stationmaster.server;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.TaskAssignator;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.Inventory;

/**
 * The control endpoint of one machine, over HTTP on loopback. Start and stop may be called from any thread; a second
 * stop does nothing, a second start is refused.
 *
 * <p>It owns two to eight platform threads of its pool and a timer, requests have virtual threads. Idle, none of them
 * wakes but a thread of the pool, once a minute, to see whether it is still needed.
 */
public final class ControlServer implements AutoCloseable {
    private final Bind bind;
    private final MachineView view;
    private final SourceRoutes sources;
    private final Faults faults = new Faults(System::nanoTime);
    private final AtomicReference<@Nullable Javalin> running = new AtomicReference<>();

    /**
     * @param bind where to listen; loopback only
     * @param view what is shown
     * @param assignator what is told
     * @param protocols by name, as for {@link Inventory}
     * @param ownedByFile which ids stand in the station file; those cannot be put
     * @param directory files that a request names must lie below it; where the machine file stands
     */
    public ControlServer(
            Bind bind,
            MachineView view,
            TaskAssignator assignator,
            Map<String, Protocol> protocols,
            Predicate<SourceId> ownedByFile,
            Path directory) {
        this.bind = bind;
        this.view = view;
        this.sources = new SourceRoutes(
                view,
                assignator,
                new Inventory(protocols),
                ownedByFile,
                directory,
                new SourceJson(Map.copyOf(protocols)));
    }

    /**
     * Listens; all or nothing.
     *
     * @return the port: that of {@code bind}, or the one that was found for 0
     * @throws ControlStartException not loopback, or taken; the message says what to do
     */
    public synchronized int start() throws ControlStartException {
        if (running.get() != null) {
            throw new IllegalStateException("the control endpoint runs already");
        }
        requireLoopback();
        var server = Javalin.create(this::configure);
        try {
            server.start();
        } catch (RuntimeException e) {
            server.stop();
            throw new ControlStartException(reason(e), e);
        }
        running.set(server);
        return server.port();
    }

    /** Closes the port and ends what still runs within a second. */
    public synchronized void stop() {
        var server = running.getAndSet(null);
        if (server != null) {
            server.stop();
            faults.close();
        }
    }

    @Override
    public void close() {
        stop();
    }

    private void requireLoopback() throws ControlStartException {
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

    private String reason(RuntimeException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return "the control endpoint cannot listen on " + bind
                        + ": the address is taken; end the program that holds it, or set control.bind to another"
                        + " port (0: any that is free)";
            }
        }
        return "the control endpoint cannot listen on " + bind + ": " + e.getMessage();
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.concurrency.useVirtualThreads = true;
        config.http.prefer405over404 = true;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.http.defaultContentType = Json.CONTENT_TYPE;
        Listener.configure(config.jetty, bind, faults);
        config.router.javaLangErrorHandler(faults::unexpected);
        config.routes.before(context -> guard(context));
        config.routes.get("/readyz", context -> state(context, "ready", view.isReady()));
        config.routes.get("/healthz", context -> state(context, "alive", view.isAlive()));
        config.routes.get("/api/v1/machine", context -> Json.answer(context, 200, MachineJson.of(view)));
        sources.addTo(config.routes);
        faults.addTo(config.routes);
    }

    /** Judged by the port that the request came in on, since port 0 is known only after the start. */
    private void guard(Context context) {
        RequestGuard.of(bind.host(), context.req().getLocalPort()).handle(context);
    }

    private static void state(Context context, String name, boolean holds) {
        Json.answer(context, holds ? 200 : 503, Map.of(name, holds));
    }
}
