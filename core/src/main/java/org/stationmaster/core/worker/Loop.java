package org.stationmaster.core.worker;

import java.util.concurrent.Executor;

/** The one thread on which a worker's slots live. */
interface Loop extends Executor {
    /** Runs {@code task} on the loop, in order; from any thread. */
    @Override
    void execute(Runnable task);

    /** Runs {@code task} on the loop after {@code delayNanos}; from any thread. */
    void schedule(Runnable task, long delayNanos);

    /** The monotonic time by which {@link #schedule} counts, whatever the clock that limits are judged by says. */
    long nanoTime();
}
