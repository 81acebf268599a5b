package org.stationmaster.server;

import java.time.Duration;
import java.util.List;

/** Restarts the workers of a machine one after another. */
public interface RollingRestart {
    /** For a machine whose workers are threads. */
    RollingRestart IMPOSSIBLE = new RollingRestart() {
        @Override
        public boolean isPossible() {
            return false;
        }

        @Override
        public List<String> run(Duration limit) {
            throw new IllegalStateException("the workers are threads");
        }
    };

    /** Whether the workers are processes. */
    default boolean isPossible() {
        return true;
    }

    /**
     * Blocks until all are fresh.
     *
     * @param limit for each worker
     * @return what did not go in order, for people
     */
    List<String> run(Duration limit) throws InterruptedException;
}
