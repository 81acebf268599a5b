package org.stationmaster.core.state;

import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.StationRecord;

/**
 * What a slot does.
 *
 * @param epoch the activation it holds; 0 when idle
 * @param reason why its last connection ended
 * @param lastRecordNanos epoch nanoseconds of the last record, or {@code StationRecord.UNKNOWN}
 * @param latencyNanos of the last record, or {@code StationRecord.UNKNOWN}
 * @param totals by {@link Total#ordinal()}, since the activation
 * @param sinceNanos epoch nanoseconds of the last change of state
 */
@SuppressWarnings("ArrayRecordComponent") // written once by its maker, read by one reader
public record Observed(
        SlotState state,
        long epoch,
        boolean initialised,
        boolean failing,
        EndReason reason,
        long lastRecordNanos,
        long latencyNanos,
        long[] totals,
        long sinceNanos) {

    /** A slot that holds nothing. */
    static Observed idle(long sinceNanos) {
        return new Observed(
                SlotState.IDLE,
                0,
                false,
                false,
                EndReason.NONE,
                StationRecord.UNKNOWN,
                StationRecord.UNKNOWN,
                new long[Total.values().length],
                sinceNanos);
    }

    public long total(Total which) {
        return totals[which.ordinal()];
    }
}
