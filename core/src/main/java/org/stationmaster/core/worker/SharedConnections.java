package org.stationmaster.core.worker;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.Tls;

/**
 * The connections of one worker that several sources share. On the loop.
 *
 * <p>Who attempts joins a connection that still takes members, which is until its session has told the peer what it
 * wants; else a further one is opened. A connect, and the moment before it, is the time to come together: those with the same key that are in backoff are
 * hastened, and what stands is merged into the new connection, but for the largest as long as it is the larger one. So
 * a key has two connections at the most, the same station twice apart; who is merged goes on where its protocol resumes.
 */
final class SharedConnections {
    /** Thousands of activations come one after the other; a selection that is fixed takes no more of them. */
    private static final long GATHER_NANOS = 50_000_000L;

    private final Dialer dialer;
    private final Loop loop;
    private final Outlet outlet;
    private final RestBudget rests;
    private final Clock clock;

    /** The oldest first. */
    private final Map<Key, List<SharedConnection>> byKey = new HashMap<>();

    private final Consumer<Key> hasten;

    /** @param hasten makes the slots in backoff whose source has that {@link #key} attempt now */
    SharedConnections(Dialer dialer, Loop loop, Outlet outlet, RestBudget rests, Clock clock, Consumer<Key> hasten) {
        this.hasten = hasten;
        this.dialer = dialer;
        this.loop = loop;
        this.outlet = outlet;
        this.rests = rests;
        this.clock = clock;
    }

    /**
     * Who has the same one can share: the same peer, the same login, and what the task wants to be equal.
     *
     * @param password as the connection gives it: another one is another login
     */
    record Key(
            String host,
            int port,
            @Nullable Tls tls,
            @Nullable String user,
            @Nullable Secret password,
            String task) {}

    static Key key(Source source, Task.Shared task) {
        return new Key(source.host(), source.port(), source.tls(), source.user(), source.password(), task.key());
    }

    /** Whether a connection is being made that the source can join. */
    boolean isGathering(Source source, Task.Shared task) {
        return byKey.getOrDefault(key(source, task), List.of()).stream().anyMatch(SharedConnection::isGathering);
    }

    long now() {
        return clock.nanoTime();
    }

    /** Finds or makes a connection. */
    void join(SharedRun run) {
        var key = key(run.source(), run.task());
        for (var connection : List.copyOf(byKey.getOrDefault(key, List.of()))) {
            if (connection.take(run)) {
                return;
            }
        }
        var made = new SharedConnection(this, key, outlet, rests, clock);
        var all = byKey.computeIfAbsent(key, _ -> new ArrayList<>());
        all.add(made);
        made.take(run);
        hasten.accept(key);
        var standing = new ArrayList<>(
                all.stream().filter(other -> !other.isGathering()).toList());
        standing.stream().max(Comparator.comparingInt(SharedConnection::size)).ifPresent(largest -> {
            standing.remove(largest);
            standing.forEach(SharedConnections::merge);
            if (made.size() > largest.size()) {
                merge(largest);
            }
        });
        loop.schedule(() -> made.dial(dialer), GATHER_NANOS);
    }

    /** Its members attempt at once, and join the connection that is being made. */
    private static void merge(SharedConnection smaller) {
        smaller.end(EndReason.TOLD, "merged with another connection of the same key");
    }

    /** It takes nobody any more. */
    void remove(SharedConnection connection) {
        var all = byKey.get(connection.key());
        if (all != null && all.remove(connection) && all.isEmpty()) {
            byKey.remove(connection.key());
        }
    }
}
