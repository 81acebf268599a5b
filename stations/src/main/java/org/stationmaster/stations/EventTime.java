package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.StationRecord;

/** When what a frame tells of has happened. Used by one session; allocates nothing. */
interface EventTime {
    /** The protocol has no times. */
    EventTime NONE = (_, _) -> StationRecord.UNKNOWN;

    /**
     * The time in the frame.
     *
     * @param frame position to limit; not moved
     * @param receivedNanos when it was read: a time that repeats each week or day is taken for the one nearest to it
     * @return nanoseconds since 1970 UTC, or {@link StationRecord#UNKNOWN}
     */
    long nanos(ByteBuffer frame, long receivedNanos);
}
