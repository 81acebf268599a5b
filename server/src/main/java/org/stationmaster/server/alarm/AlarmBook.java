package org.stationmaster.server.alarm;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.server.alarm.AlarmWatch.Raised;

/**
 * Which conditions are alarms: those that have lasted for the hold time of their kind, until they have been gone for the
 * clear time. So what comes and goes is one alarm, and what passes at once is none. At most {@link #MOST} at a time.
 */
final class AlarmBook {
    static final int MOST = 1_000;
    static final long CLEAR_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private int left;

    /** One condition that was seen; raised when {@code raisedAt} says since when. */
    private record Entry(
            Condition condition,
            long firstNanos,
            long lastNanos,
            @Nullable Instant raisedAt) {}

    /** News: an alarm was raised, or is over. */
    record Change(boolean raised, Raised alarm) {}

    static long holdNanos(Alarm.Kind kind) {
        return TimeUnit.SECONDS.toNanos(
                switch (kind) {
                    case SILENT, FAILING, CAPACITY -> 30;
                    case SINK -> 10;
                    case WORKER_LOST, DISK, INVENTORY -> 0;
                });
    }

    /** Takes what is wrong now. */
    synchronized List<Change> look(Collection<Condition> conditions, long nowNanos, Instant now) {
        var changes = new ArrayList<Change>();
        Set<String> seen = new HashSet<>();
        left = 0;
        for (var condition : conditions) {
            var before = entries.get(condition.key());
            if (before == null && entries.size() >= MOST) {
                left++;
                continue;
            }
            seen.add(condition.key());
            var first = before == null ? nowNanos : before.firstNanos();
            var raisedAt = before == null ? null : before.raisedAt();
            boolean due = raisedAt == null && nowNanos - first >= holdNanos(condition.kind());
            var entry = new Entry(condition, first, nowNanos, due ? now : raisedAt);
            entries.put(condition.key(), entry);
            if (due) {
                changes.add(new Change(true, told(entry)));
            }
        }
        entries.values().removeIf(entry -> {
            boolean over = !seen.contains(entry.condition().key())
                    && (entry.raisedAt() == null || nowNanos - entry.lastNanos() >= CLEAR_NANOS);
            if (over && entry.raisedAt() != null) {
                changes.add(new Change(false, told(entry)));
            }
            return over;
        });
        return changes;
    }

    /** The alarms now, the oldest first. */
    synchronized List<Raised> raised() {
        return entries.values().stream()
                .filter(entry -> entry.raisedAt() != null)
                .map(AlarmBook::told)
                .toList();
    }

    /** Conditions that found no room. */
    synchronized int left() {
        return left;
    }

    private static Raised told(Entry entry) {
        var condition = entry.condition();
        return new Raised(
                condition.kind().name(),
                condition.subject(),
                condition.since().toString(),
                requireNonNull(entry.raisedAt()).toString(),
                condition.sources(),
                condition.message());
    }
}
