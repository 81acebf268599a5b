package org.stationmaster.core.state;

import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Headroom;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.WorkerId;

/** Reads a table, from any thread, without disturbing its writers. An empty answer is a torn row. */
public final class StateReader {
    private static final SlotState[] SLOT_STATES = SlotState.values();
    private static final WorkerState[] WORKER_STATES = WorkerState.values();

    private final Words words;
    private final MachineSize size;

    StateReader(Words words, MachineSize size) {
        this.words = words;
        this.size = size;
    }

    public MachineSize size() {
        return size;
    }

    /** When the machine was started, epoch nanoseconds. */
    public long bootNanos() {
        return words.getOpaque(Layout.HEADER_BOOT);
    }

    /** The process whose machine this is; its workers may live longer. */
    public ProcessIdentity supervisor() {
        return new ProcessIdentity(words.getOpaque(Layout.HEADER_PID), words.getOpaque(Layout.HEADER_START));
    }

    /** Room for so many more sources, as of the last seconds; empty: it is not known. */
    public Optional<Headroom> headroom() {
        long sources = words.getOpaque(Layout.HEADER_HEADROOM);
        return sources == DesiredWriter.UNKNOWN
                ? Optional.empty()
                : Optional.of(
                        new Headroom(sources, Double.longBitsToDouble(words.getOpaque(Layout.HEADER_HEADROOM_RATE))));
    }

    /** What the slot should hold. */
    public Optional<Desired> desired(SlotId slot) {
        int row = Layout.slotRow(size, slot.worker().index(), slot.index()) + Layout.DESIRED;
        var copy = new long[Layout.DESIRED_ID + Layout.ID_WORDS];
        if (!copy(row, copy)) {
            return Optional.empty();
        }
        int length = (int) ((copy[Layout.FLAGS] >>> 8) & 0xff);
        var id = length == 0 ? null : new SourceId(unpacked(copy, length));
        return Optional.of(new Desired(id, copy[Layout.EPOCH], (copy[Layout.FLAGS] & 1) != 0));
    }

    private static String unpacked(long[] copy, int length) {
        var id = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            id.append((char) ((copy[Layout.DESIRED_ID + i / 8] >>> (i % 8 * 8)) & 0xff));
        }
        return id.toString();
    }

    /** What the slot does. */
    public Optional<Observed> observed(SlotId slot) {
        var row = new ObservedRow();
        return read(slot, row) ? Optional.of(row.observed()) : Optional.empty();
    }

    /**
     * What the slot does, into a row.
     *
     * @return false: what is in the row is torn
     */
    public boolean read(SlotId slot, ObservedRow into) {
        return copy(Layout.slotRow(size, slot.worker().index(), slot.index()) + Layout.OBSERVED, into.words);
    }

    private boolean copy(int row, long[] copy) {
        return Half.read(words, row + Layout.SEQUENCE, () -> {
            for (int i = 0; i < copy.length; i++) {
                copy[i] = words.getOpaque(row + i);
            }
        });
    }

    /** The slot's state alone: one word, never torn. */
    public SlotState slotState(SlotId slot) {
        int row = Layout.slotRow(size, slot.worker().index(), slot.index()) + Layout.OBSERVED;
        return SLOT_STATES[(int) (words.getOpaque(row + Layout.FLAGS) & 0xff)];
    }

    /** Whether the slot's source fails again and again. */
    public boolean isFailing(SlotId slot) {
        int row = Layout.slotRow(size, slot.worker().index(), slot.index()) + Layout.OBSERVED;
        return (words.getOpaque(row + Layout.FLAGS) & (1L << 17)) != 0;
    }

    public WorkerState workerState(WorkerId worker) {
        return WORKER_STATES[(int) words.getAcquire(Layout.workerRow(size, worker.index()) + Layout.WORKER_STATE)];
    }

    /** Who runs the worker, or ran it last. */
    public Optional<Incarnation> incarnation(WorkerId worker) {
        var copy = new long[Layout.WORKER_START + 1];
        return copy(Layout.workerRow(size, worker.index()), copy)
                ? Optional.of(new Incarnation(
                        copy[Layout.WORKER_INCARNATION],
                        new ProcessIdentity(copy[Layout.WORKER_PID], copy[Layout.WORKER_START])))
                : Optional.empty();
    }

    /** The pid alone: one word, never torn. */
    public long pid(WorkerId worker) {
        return words.getOpaque(Layout.workerRow(size, worker.index()) + Layout.WORKER_PID);
    }

    /** Counts up; only its changes mean something. */
    public long beat(WorkerId worker) {
        return words.getAcquire(Layout.workerRow(size, worker.index()) + Layout.WORKER_BEAT);
    }

    public long cpuNanos(WorkerId worker) {
        return words.getOpaque(Layout.workerRow(size, worker.index()) + Layout.WORKER_CPU_NANOS);
    }

    /** What the worker's process keeps in memory; of a worker in the supervisor's JVM, that JVM's heap in use. */
    public long memoryBytes(WorkerId worker) {
        return words.getOpaque(Layout.workerRow(size, worker.index()) + Layout.WORKER_MEMORY_BYTES);
    }

    /** The worker's sum since the table was made. */
    public long total(WorkerId worker, Total total) {
        return words.getOpaque(Layout.workerRow(size, worker.index()) + Layout.WORKER_TOTALS + total.ordinal());
    }

    /** Ended connections and failed attempts of that reason. */
    public long ends(WorkerId worker, EndReason reason) {
        return words.getOpaque(Layout.workerRow(size, worker.index()) + Layout.WORKER_ENDS + reason.ordinal());
    }

    /** The machine's sum since the table was made. */
    public long total(Total total) {
        return workers().mapToLong(worker -> total(worker, total)).sum();
    }

    /** The machine's ended connections and failed attempts of that reason. */
    public long ends(EndReason reason) {
        return workers().mapToLong(worker -> ends(worker, reason)).sum();
    }

    /** From accepted to started, of all activations since the table was made; within 6.3 %, the longest exact. */
    public Quantiles wakeMillis() {
        var counts = new long[WakeBuckets.COUNT];
        long longest = 0;
        for (int worker = 0; worker < size.workers(); worker++) {
            int row = Layout.workerRow(size, worker);
            for (int i = 0; i < counts.length; i++) {
                counts[i] += words.getOpaque(row + Layout.WORKER_WAKES + i);
            }
            longest = Math.max(longest, words.getOpaque(row + Layout.WORKER_WAKE_MAX));
        }
        return new Quantiles(
                WakeBuckets.quantileNanos(counts, 0.5, longest) / 1e6,
                WakeBuckets.quantileNanos(counts, 0.99, longest) / 1e6,
                longest / 1e6,
                LongStream.of(counts).sum());
    }

    private Stream<WorkerId> workers() {
        return IntStream.range(0, size.workers()).mapToObj(WorkerId::new);
    }
}
