package org.stationmaster.core.state;

/** What is counted for each slot and summed for each worker. The order is part of the layout: append only. */
public enum Total {
    RECORDS,
    BYTES,
    RECONNECTS,
    CORRUPT,
    CORRUPT_BYTES,
    LATE,
    SILENCES,
    GAPS,
    OVERLAPS,
    FOREIGN,
    CLOCK_OFF
}
