package org.stationmaster.core.api;

/**
 * Looks on as records leave their worker. Called on the threads that collect them, one at a time for each source: must
 * return at once and throw nothing.
 */
public interface RecordListener {
    void record(TappedRecord copy);

    /** So many records were not shown: the way to the listener was full, or they were too large to be copied. */
    void dropped(long count);
}
