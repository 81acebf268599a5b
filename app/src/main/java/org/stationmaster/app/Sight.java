package org.stationmaster.app;

import java.time.Instant;
import java.util.List;

/** A machine as {@code status} and {@code top} see it: by its state table, or over its control endpoint. One thread. */
sealed interface Sight permits TableSight, RemoteSight {
    /**
     * Looks anew.
     *
     * @throws Failure there is nothing to see; it says what to do
     */
    void look() throws Failure, InterruptedException;

    /** Looks until rates are known, a second or two; once at a machine that is dead, or when a signal came. */
    void settle(StopSignals signals) throws Failure, InterruptedException;

    /** Between two looks, ten times a second. */
    void feel() throws Failure;

    /** Whether the machine lived at the last look. */
    boolean isAlive();

    /** What was seen, as one document. */
    Object json();

    /** All there is to tell, as long as it takes. */
    List<String> report(Instant now, Look look);

    /** At most {@code look.height()} lines. */
    List<String> screen(Instant now, Look look);

    /** One line that says it all. */
    String line(Instant now);
}
