package org.stationmaster.core.machine;

import org.stationmaster.core.worker.WorkerHost;

/** What a worker process runs. Started by the machine, by nobody else. */
final class WorkerMain {
    private WorkerMain() {}

    /** @param arguments the worker's id, for those who look at the list of processes */
    public static void main(String... arguments) {
        WorkerHost.run(System.in, Rehearsal::once);
    }
}
