package org.stationmaster.core.state;

import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.WorkerId;

/** Writes what is, in the rows of one worker. One thread, that worker's loop. */
public final class ObservedWriter {
    private final Words words;
    private final MachineSize size;
    private final int worker;
    private final int workerRow;

    ObservedWriter(Words words, MachineSize size, WorkerId worker) {
        this.words = words;
        this.size = size;
        this.worker = worker.index();
        this.workerRow = Layout.workerRow(size, worker.index());
    }

    /** Rewrites the observed half of a slot's row whole. */
    public void write(int slot, Observed observed) {
        int row = Layout.slotRow(size, worker, slot) + Layout.OBSERVED;
        Half.write(words, row + Layout.SEQUENCE, () -> {
            words.setOpaque(row + Layout.EPOCH, observed.epoch());
            words.setOpaque(row + Layout.FLAGS, flags(observed));
            words.setOpaque(row + Layout.OBSERVED_LAST_RECORD, observed.lastRecordNanos());
            words.setOpaque(row + Layout.OBSERVED_LATENCY, observed.latencyNanos());
            for (int i = 0; i < observed.totals().length; i++) {
                words.setOpaque(row + Layout.OBSERVED_TOTALS + i, observed.totals()[i]);
            }
            words.setOpaque(row + Layout.OBSERVED_SINCE, observed.sinceNanos());
        });
    }

    private static long flags(Observed observed) {
        return observed.state().ordinal()
                | ((long) observed.reason().ordinal() << 8)
                | (observed.initialised() ? 1L << 16 : 0)
                | (observed.failing() ? 1L << 17 : 0);
    }

    /**
     * Takes the rows over and says who runs this worker now. Whoever wrote them before must be known to be dead. Every
     * slot of its rows is idle and whole before the new incarnation can be seen; the worker's sums go on counting.
     *
     * @param startMillis when that process started, epoch milliseconds
     */
    public void born(long incarnation, long pid, long startMillis) {
        for (int slot = 0; slot < size.slots(); slot++) {
            int row = Layout.slotRow(size, worker, slot) + Layout.OBSERVED;
            if (words.getOpaque(row + Layout.SEQUENCE) != 0) { // of 0: nobody has ever written it
                write(slot, Observed.idle(startMillis * 1_000_000L));
            }
        }
        Half.write(words, workerRow + Layout.SEQUENCE, () -> {
            words.setOpaque(workerRow + Layout.WORKER_INCARNATION, incarnation);
            words.setOpaque(workerRow + Layout.WORKER_PID, pid);
            words.setOpaque(workerRow + Layout.WORKER_START, startMillis);
        });
    }

    public void state(WorkerState state) {
        words.setRelease(workerRow + Layout.WORKER_STATE, state.ordinal());
    }

    /** One more sign of life, with what the worker has used. */
    public void beat(long cpuNanos, long memoryBytes) {
        words.setOpaque(workerRow + Layout.WORKER_CPU_NANOS, cpuNanos);
        words.setOpaque(workerRow + Layout.WORKER_MEMORY_BYTES, memoryBytes);
        words.setRelease(workerRow + Layout.WORKER_BEAT, words.getOpaque(workerRow + Layout.WORKER_BEAT) + 1);
    }

    /** Adds to the worker's sums, which outlive the activations. */
    public void add(Total total, long delta) {
        words.addOpaque(workerRow + Layout.WORKER_TOTALS + total.ordinal(), delta);
    }

    /** Counts an ended connection or a failed attempt. */
    public void ended(EndReason reason) {
        words.addOpaque(workerRow + Layout.WORKER_ENDS + reason.ordinal(), 1);
    }

    /** Counts an activation by the time from accepted to started. */
    public void woken(long nanos) {
        int longest = workerRow + Layout.WORKER_WAKE_MAX;
        words.setOpaque(longest, Math.max(words.getOpaque(longest), nanos));
        words.addOpaque(workerRow + Layout.WORKER_WAKES + WakeBuckets.of(nanos), 1);
    }
}
