package org.stationmaster.server;

import io.javalin.http.Context;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.server.inventory.Role;

/** {@code /api/v1/rolling-restart}: the worker processes one after another, one round at a time. */
final class RestartRoutes {
    private static final String ROOT = "/api/v1/rolling-restart";
    /** For each worker. */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(RestartRoutes.class);
    private static final Round NONE = new Round(State.NONE, null, null, List.of());

    private final RollingRestart restart;
    private final Clock clock;
    private volatile Round last = NONE;

    private enum State {
        NONE,
        RUNNING,
        DONE,
        FAILED
    }

    /** @param left what did not go in order, for people */
    private record Round(
            State state,
            @Nullable String startedAt,
            @Nullable String endedAt,
            List<String> left) {}

    RestartRoutes(RollingRestart restart, Clock clock) {
        this.restart = restart;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.get(ROOT, Role.READ, context -> Json.answer(context, 200, last));
        routes.post(ROOT, Role.OPERATE, this::post);
    }

    private void post(Context context) {
        Parameters.none(context);
        if (!restart.isPossible()) {
            throw new ProblemException(
                    409,
                    "the workers are threads of one process: restart the machine, or give it isolation: processes");
        }
        var begun = begin();
        Thread.ofVirtual().name("rolling-restart").start(() -> last = round(begun));
        context.header("Location", ROOT);
        Json.answer(context, 202, begun);
    }

    private synchronized Round begin() {
        if (last.state() == State.RUNNING) {
            throw new ProblemException(409, "a rolling restart is under way: GET " + ROOT + " tells how it goes");
        }
        var begun = new Round(State.RUNNING, now(), null, List.of());
        last = begun;
        return begun;
    }

    private Round round(Round begun) {
        try {
            var left = restart.run(LIMIT);
            LOG.info("rolling restart: {}", left.isEmpty() ? "all workers are fresh" : left);
            return new Round(State.DONE, begun.startedAt(), now(), left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Round(State.FAILED, begun.startedAt(), now(), List.of("interrupted"));
        } catch (RuntimeException e) {
            LOG.error("rolling restart", e);
            return new Round(State.FAILED, begun.startedAt(), now(), List.of(String.valueOf(e.getMessage())));
        }
    }

    private String now() {
        return Instant.ofEpochSecond(0, clock.epochNanos()).toString();
    }
}
