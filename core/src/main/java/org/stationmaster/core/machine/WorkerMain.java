package org.stationmaster.core.machine;

import org.stationmaster.core.worker.WorkerHost;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** What a worker process runs. Started by the machine, by nobody else. */
final class WorkerMain {
    private WorkerMain() {}

    /** @param arguments the worker's id, for those who look at the list of processes */
    public static void main(String... arguments) {
        // A signal to the terminal's whole group is for the machine: it tells us what to do.
        for (var signal : new String[] {"INT", "TERM", "HUP"}) {
            Signal.handle(new Signal(signal), SignalHandler.SIG_IGN);
        }
        WorkerHost.run(System.in, Rehearsal::once);
    }
}
