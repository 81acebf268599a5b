package org.stationmaster.core.machine;

import org.stationmaster.core.worker.WorkerHost;

/** What a worker process runs. Started by the machine, by nobody else. */
final class WorkerMain {
    /**
     * How often its slots are woken before it is up, when told otherwise: a JVM that others are to learn from does it more often.
     */
    private static final String WAKES = "stationmaster.rehearsal.wakes";

    /** It starts from what another has learnt, and is waited for. */
    private static final int DEFAULT_WAKES = 20;

    private WorkerMain() {}

    /** @param arguments the worker's id, for those who look at the list of processes */
    public static void main(String... arguments) {
        int wakes = Integer.getInteger(WAKES, DEFAULT_WAKES);
        WorkerHost.run(System.in, () -> Rehearsal.once(wakes));
    }
}
