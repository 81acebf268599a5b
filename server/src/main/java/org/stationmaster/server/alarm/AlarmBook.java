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
 * clear time. So what comes and goes is one alarm, and what passes at once is none. One that has grown for its hold time is told
 * again: when it is about all sources of its subject for the first time, or about twice as many as were told, and {@link #GROWTH} more.
 * So n sources are told 2 + log2(n) times at the most. At most {@link #MOST} alarms at a time.
 */
final class AlarmBook {
    static final int MOST = 1_000;
    static final long CLEAR_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** The least growth that is news by itself. */
    static final int GROWTH = 5;

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private int left;

    /**
     * One condition that was seen.
     *
     * @param firstNanos since when it is to be told, or has grown beyond what was told
     * @param raisedAt null: not yet
     * @param told about how many sources its receivers know
     * @param toldWhole whether they know that it is about all
     */
    private record Entry(
            Condition condition,
            long firstNanos,
            long lastNanos,
            @Nullable Instant raisedAt,
            int told,
            boolean toldWhole) {

        static Entry fresh(Condition condition, long nowNanos) {
            return new Entry(condition, nowNanos, nowNanos, null, 0, false);
        }

        boolean isNews(Condition now) {
            return raisedAt == null
                    || (now.whole() && !toldWhole)
                    || now.sources() >= Math.max(2 * told, told + GROWTH);
        }

        /** As it is now, and not told of. */
        Entry seen(Condition now, long nowNanos) {
            return new Entry(
                    now.lasting(condition), isNews(now) ? firstNanos : nowNanos, nowNanos, raisedAt, told, toldWhole);
        }

        Entry told(Instant now) {
            return new Entry(
                    condition,
                    lastNanos,
                    lastNanos,
                    raisedAt == null ? now : raisedAt,
                    condition.sources(),
                    toldWhole || condition.whole());
        }
    }

    /** News: an alarm was raised, or has grown; or is over. */
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
            var entry = before == null ? Entry.fresh(condition, nowNanos) : before.seen(condition, nowNanos);
            boolean due = entry.isNews(condition) && nowNanos - entry.firstNanos() >= holdNanos(condition.kind());
            if (due) {
                entry = entry.told(now);
                changes.add(new Change(true, told(entry)));
            }
            entries.put(condition.key(), entry);
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
