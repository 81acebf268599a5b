package org.stationmaster.core.api;

import java.util.function.Consumer;

/**
 * Records on their way to a sink. Records of one source stand in the order of their (epoch, seq). The batch and its
 * records are valid during the call they were given to.
 */
public interface RecordBatch {
    /** How many records. */
    int size();

    /** Their payload bytes in all. */
    long bytes();

    /** Visits every record in order; the same records in the same order at each call. The record is one view, moved. */
    void forEach(Consumer<? super StationRecord> visitor);
}
