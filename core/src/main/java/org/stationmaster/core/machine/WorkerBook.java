package org.stationmaster.core.machine;

import java.util.ArrayList;
import java.util.List;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.worker.Worker;
import org.stationmaster.core.worker.WorkerCommand;

/** The supervisor's book of one worker: its idle slots, its load, and the messages of this turn. */
final class WorkerBook {
    private final Worker worker;
    /** A stack; the lowest index on top at first. */
    private final int[] idle;

    private int idleCount;
    private volatile double load;
    private List<WorkerCommand> unsent = new ArrayList<>();

    WorkerBook(Worker worker, int slots) {
        this.worker = worker;
        this.idle = new int[slots];
        for (int i = 0; i < slots; i++) {
            idle[i] = slots - 1 - i;
        }
        idleCount = slots;
    }

    Worker worker() {
        return worker;
    }

    Placement.Candidate candidate() {
        return new Placement.Candidate(worker.id().index(), load, idleCount);
    }

    SlotId take(double cost) {
        charge(cost);
        return new SlotId(worker.id(), idle[--idleCount]);
    }

    void giveBack(SlotId slot) {
        idle[idleCount++] = slot.index();
    }

    /** Changes the load by what a source costs. */
    void charge(double cost) {
        double before = load; // one writer
        load = Math.max(0, before + cost);
    }

    /** CPU seconds per second; any thread. */
    double load() {
        return load;
    }

    void tell(WorkerCommand command) {
        unsent.add(command);
    }

    /** Sends the messages of this turn as one. */
    void send() {
        if (!unsent.isEmpty()) {
            worker.tell(unsent);
            unsent = new ArrayList<>();
        }
    }
}
