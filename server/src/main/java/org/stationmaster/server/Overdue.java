package org.stationmaster.server;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.SourceState;

/**
 * Which running sources are on their way to a silence: no record for longer than half of their limit, since their activation
 * where none came yet. Every source is read for it, at most once a second for all who ask. Safe from any thread.
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
        var next = new TreeSet<String>();
        var at = Instant.ofEpochSecond(0, clock.epochNanos());
        String after = null;
        do {
            var page = view.sources(new SourceQuery(null, SourceState.RUNNING, after, SourceQuery.MAX_LIMIT));
            for (var status : page.sources()) {
                if (isOverdue(status, at)) {
                    next.add(status.source().id().value());
                }
            }
            after = page.next();
        } while (after != null);
        lookedNanos = clock.nanoTime();
        found = next;
        return next;
    }

    private static boolean isOverdue(SourceStatus status, Instant now) {
        var last = status.lastRecordAt();
        var heard = last == null ? Instant.ofEpochMilli(status.epoch()) : last;
        return Duration.between(heard, now).compareTo(status.source().silence().dividedBy(2)) > 0;
    }
}
