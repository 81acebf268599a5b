package org.stationmaster.server.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.WorkerId;

/**
 * Finds the gaps of one source from what is seen of it, look by look. A gap opens when its connection is not there, was another one
 * at the last look, or brings nothing for longer than the silence limit; the first record behind it closes it. For one thread.
 */
final class SourceGaps {
    /** How far what is seen may be ahead of the look: it is read behind the clock. */
    private static final Duration AHEAD = Duration.ofSeconds(10);

    private final String source;
    private @Nullable Gap open;
    /** The newest record that was seen, also from before a pause; null: none. */
    private @Nullable Instant lastRecord;
    /** Since when it has been wanted; null: it is not, or was not looked at yet. */
    private @Nullable Instant wantedSince;

    private long lastLook;
    /** As of the last look, like what follows; the status itself would be kept from one look to the next, ten thousand of them. */
    private @Nullable SlotId slot;

    private long epoch;
    private long reconnects;

    /**
     * What else is seen at a look.
     *
     * @param look its number, from 1
     * @param lost whose process has died in the last seconds
     * @param isBlocked whether a sink takes no records
     */
    record Circumstances(long look, Instant now, Predicate<WorkerId> lost, BooleanSupplier isBlocked) {}

    SourceGaps(String source) {
        this.source = source;
    }

    /**
     * Goes on where an earlier machine ended.
     *
     * @param alive when that one was last known to run
     * @param gap what was open then; null: nothing
     */
    static SourceGaps behind(String source, Instant alive, @Nullable Gap gap) {
        var gaps = new SourceGaps(source);
        gaps.open = gap == null ? new Gap(source, alive, null, Cause.MACHINE_DOWN, "") : gap;
        return gaps;
    }

    /** @return gaps that have opened or closed, each as it is now; of one and the same the last counts */
    List<Gap> look(SourceStatus status, Circumstances seen) {
        var changed = new ArrayList<Gap>(); // takes room when there is something in it
        switch (status.state()) {
            case STARTING, RUNNING, BACKOFF, WAITING -> wanted(status, seen, changed);
            case PAUSED, FILTERED -> unwanted(status, seen.now(), changed);
            case STOPPING -> {} // on its way to one of the others
        }
        lastLook = seen.look();
        slot = status.slot();
        epoch = status.epoch();
        reconnects = status.reconnects();
        return changed;
    }

    /** The number of the last look that saw it; 0: none has. */
    long lastLook() {
        return lastLook;
    }

    /** It is no longer known to the machine. */
    List<Gap> gone(Instant now) {
        var last = open;
        open = null;
        return last == null ? List.of() : List.of(last.until(now));
    }

    private void unwanted(SourceStatus status, Instant now, List<Gap> changed) {
        wantedSince = null;
        lastRecord = newest(status, now);
        var last = open;
        if (last == null || last.cause() != Cause.NOT_WANTED) {
            close(now, changed);
            open(new Gap(source, now, null, Cause.NOT_WANTED, ""), changed);
        }
    }

    private void wanted(SourceStatus status, Circumstances seen, List<Gap> changed) {
        var now = seen.now();
        forgetWhatIsAhead(now, changed);
        if (open != null && open.cause() == Cause.NOT_WANTED) {
            close(now, changed);
        }
        var record = newest(status, now);
        if (wantedSince == null) {
            wantedSince = lastRecord == null && record != null ? record : now;
        }
        if (open != null && open.cause() == Cause.MACHINE_DOWN && isOfNow(status, now)) {
            close(now, changed);
            open(gap(now, status, seen, false), changed);
        }

        boolean isFresh = record != null && (lastRecord == null || record.isAfter(lastRecord));
        if (open == null && isOther(status)) { // all of it may have been between two looks
            open(gap(quietSince(), status, seen, true), changed);
        }
        if (isFresh) {
            lastRecord = record;
        }
        if (open != null) {
            if (isFresh && record != null && status.state() == SourceState.RUNNING && record.isAfter(open.from())) {
                close(record, changed);
            }
        } else if (status.state() != SourceState.RUNNING
                ? hasCome() || isOverdue(status, now)
                : isOverdue(status, now)) {
            open(gap(quietSince(), status, seen, false), changed);
        }
    }

    /** Whether that no record comes is no longer because the machine was down: this one knows why by now. */
    private boolean isOfNow(SourceStatus status, Instant now) {
        return switch (status.state()) {
            case BACKOFF, WAITING -> true;
            case RUNNING -> isOverdue(status, now);
            case STARTING, STOPPING, PAUSED, FILTERED -> false;
        };
    }

    /** Another connection or activation than at the last look. */
    private boolean isOther(SourceStatus status) {
        return epoch != 0 && hasCome() && (epoch != status.epoch() || reconnects != status.reconnects());
    }

    private boolean isOverdue(SourceStatus status, Instant now) {
        return quietSince().plus(status.source().silence()).isBefore(now);
    }

    private Instant quietSince() {
        var begun = wantedSince == null ? Instant.EPOCH : wantedSince;
        return lastRecord == null || lastRecord.isBefore(begun) ? begun : lastRecord;
    }

    /** Whether a record has come since it has been wanted. */
    private boolean hasCome() {
        return lastRecord != null && wantedSince != null && !lastRecord.isBefore(wantedSince);
    }

    private @Nullable Instant newest(SourceStatus status, Instant now) {
        var record = status.lastRecordAt();
        return record == null || isAhead(record, now) ? lastRecord : record;
    }

    private static boolean isAhead(@Nullable Instant moment, Instant now) {
        return moment != null && moment.isAfter(now.plus(AHEAD));
    }

    /** The clock was set back: silence is measured anew from now, and a gap that lasts goes on from now. */
    private void forgetWhatIsAhead(Instant now, List<Gap> changed) {
        if (isAhead(lastRecord, now) || isAhead(wantedSince, now)) {
            lastRecord = null;
            wantedSince = now;
        }
        var lasting = open;
        if (lasting != null && isAhead(lasting.from(), now)) {
            close(lasting.from(), changed);
            open(new Gap(source, now, null, lasting.cause(), lasting.detail()), changed);
        }
    }

    private Gap gap(Instant from, SourceStatus status, Circumstances seen, boolean isOther) {
        return new Gap(source, from, null, cause(status, seen, isOther), status.detail());
    }

    private Cause cause(SourceStatus status, Circumstances seen, boolean isOther) {
        var held = slot;
        if (held != null && seen.lost().test(held.worker())) {
            return Cause.WORKER_LOST;
        }
        return switch (status.state()) {
            case WAITING -> status.reason() == EndReason.NOT_CALLED ? Cause.NOT_CALLED : Cause.NO_SLOT;
            case RUNNING -> {
                if (isOther) {
                    yield epoch == status.epoch() ? Cause.of(status.reason()) : Cause.MOVED;
                }
                yield seen.isBlocked().getAsBoolean() ? Cause.OVERFLOW : Cause.SOURCE_SILENT;
            }
            case STARTING, BACKOFF -> epoch != 0 && epoch != status.epoch() ? Cause.MOVED : Cause.of(status.reason());
            case PAUSED, STOPPING, FILTERED -> Cause.NOT_WANTED;
        };
    }

    private void open(Gap gap, List<Gap> changed) {
        open = gap;
        changed.add(gap);
    }

    private void close(Instant at, List<Gap> changed) {
        if (open != null) {
            changed.add(open.until(at));
            open = null;
        }
    }
}
