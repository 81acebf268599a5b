package org.stationmaster.core.worker;

import java.util.List;
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

    /** Ends the worker's loop; its slots are idle by then, or are given up. Does not wait. */
    void shutdown();
}
