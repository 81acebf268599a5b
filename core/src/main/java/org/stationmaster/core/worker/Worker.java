package org.stationmaster.core.worker;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.stationmaster.core.api.WorkerId;

/**
 * The machine's handle of a worker: in this JVM, or a JVM of its own. Messages go in order and never block; state
 * goes through the state table.
 */
public interface Worker {
    WorkerId id();

    /** {@code thread} or {@code process}. */
    String kind();

    /** Gives the worker its messages. A worker that is gone ignores them. */
    void tell(List<WorkerCommand> commands);

    /**
     * The same, for the process of this incarnation alone: another one, of which the machine has not heard yet, is not given
     * what was meant for a dead one. A thread has one incarnation.
     */
    default void tell(long incarnation, List<WorkerCommand> commands) {
        tell(commands);
    }

    /**
     * Delivers what is on the way in this worker and flushes, if it has sinks of its own; a worker in a process ends with
     * that. Does not wait.
     *
     * @return what was left undone, for people
     */
    CompletableFuture<List<String>> finish(Duration deadline);

    /** Ends the worker's loop; its slots are idle by then, or are given up. Does not wait. */
    void shutdown();
}
