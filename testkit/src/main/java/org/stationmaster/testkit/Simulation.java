package org.stationmaster.testkit;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Source;

/** What serves the ports of a {@link StationNetwork}, on its thread. */
interface Simulation extends Runnable {
    /** Asks the thread to wind up; from any thread. */
    void stop();

    /** What was counted, once the thread has ended; null when it failed. */
    @Nullable
    NetworkReport report();

    /** Why the thread failed. */
    @Nullable
    Throwable failure();

    /** Counts while it runs; from any thread. */
    LiveCounts counts();

    /**
     * What a machine needs to know of the stations.
     *
     * @param port the first
     */
    List<Source> sources(int port);
}
