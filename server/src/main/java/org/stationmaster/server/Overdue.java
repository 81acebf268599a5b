package org.stationmaster.server;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceState;

/**
 * Which running sources are on their way to a silence: no record for longer than half of their limit, since their activation
 * where none came yet, and never since before they began to run: who was away or paused has the time again. Every source is read for
 * it, at most once a second for all who ask. Safe from any thread.
 */
final class Overdue {
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final MachineView view;
    private final Clock clock;
    private long lookedNanos;
    private @Nullable Set<String> found;

    Overdue(MachineView view, Clock clock) {
        this.view = view;
        this.clock = clock;
    }

    /** Their ids. */
    synchronized Set<String> now() {
        var last = found;
        if (last != null && clock.nanoTime() - lookedNanos < LOOK_NANOS) {
            return last;
        }
        var quiet = new HashMap<String, Duration>();
        var at = Instant.ofEpochSecond(0, clock.epochNanos());
        String after = null;
        do {
            var page = view.sources(new SourceQuery(null, SourceState.RUNNING, after, SourceQuery.MAX_LIMIT));
            for (var status : page.sources()) {
                var allowed = status.source().silence().dividedBy(2);
                if (Duration.between(heard(status), at).compareTo(allowed) > 0) {
                    quiet.put(status.source().id().value(), allowed);
                }
            }
            after = page.next();
        } while (after != null);
        if (!quiet.isEmpty()) {
            removeFresh(quiet, at);
        }
        lookedNanos = clock.nanoTime();
        var next = new TreeSet<>(quiet.keySet());
        found = next;
        return next;
    }

    /** Removes those that began to run less long ago than they may be quiet. */
    private void removeFresh(Map<String, Duration> quiet, Instant now) {
        var page = view.eventsAfter(0, Integer.MAX_VALUE); // behind the states: what they tell has its event
        var since = new HashMap<String, Instant>();
        for (var event : page.events()) {
            if (event.to() == SlotState.RUNNING) {
                since.put(event.source().value(), event.at());
            }
        }
        // Where the event of a source is no longer kept, it is from before the oldest that is.
        var atLatest = page.missed() > 0 && !page.events().isEmpty()
                ? page.events().getFirst().at()
                : Instant.EPOCH;
        quiet.entrySet()
                .removeIf(one -> Duration.between(since.getOrDefault(one.getKey(), atLatest), now)
                                .compareTo(one.getValue())
                        <= 0);
    }

    private static Instant heard(SourceStatus status) {
        var last = status.lastRecordAt();
        return last == null ? Instant.ofEpochMilli(status.epoch()) : last;
    }
}
