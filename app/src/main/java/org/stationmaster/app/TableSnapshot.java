package org.stationmaster.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.Headroom;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.MachineView.Totals;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.MachineView.WorkerStatus;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.Observed;
import org.stationmaster.core.state.ProcessIdentity;
import org.stationmaster.core.state.StateReader;
import org.stationmaster.core.state.Total;

/**
 * One look at a state table, of a machine that lives or is dead. It holds a state for each slot and as many rows as were
 * asked for, whatever the size of the machine.
 *
 * @param life whether the machine lives
 * @param asOfNanos what ages are counted from, epoch nanoseconds: now, or when a dead machine wrote last
 * @param machine what the live view of a running machine shows too; load is the measured share of a processor
 * @param workers by index
 * @param held slots that hold a source
 * @param torn halves of rows that could not be read whole
 * @param headroom room for so many more sources, by the profile; empty: not known
 * @param failing sources whose last three attempts or more brought no record, or did not last 30 s
 * @param silent others that run, and of which no record came for longer than five times what is usual
 * @param slowest others that run, by {@link Source#delayNanos}
 */
record TableSnapshot(
        Life life,
        ProcessIdentity supervisor,
        long bootNanos,
        long asOfNanos,
        Snapshot machine,
        List<Worker> workers,
        int held,
        int torn,
        Optional<Headroom> headroom,
        Ranked failing,
        Ranked silent,
        Ranked slowest) {

    /** Of a machine. */
    enum Life {
        ALIVE,
        /** Its process is gone, and left nothing behind in a slot. */
        STOPPED,
        /** Its process is gone, and did not end in order. */
        DIED
    }

    /**
     * One worker.
     *
     * @param state as it was last written by whom it is about
     * @param pulse what its beats tell
     */
    record Worker(
            WorkerId id, ProcessIdentity process, boolean isAlive, WorkerState state, long memoryBytes, Pulse pulse) {}

    /**
     * One source in its slot.
     *
     * @param reason why its last connection ended
     * @param ageNanos since its last record, or since its activation when there was none
     * @param usualNanos from one record to the next, on the average since its activation; null: too few to say
     * @param latencyNanos of its last record; null where the protocol knows none
     */
    record Source(
            SourceId id,
            SlotId slot,
            SlotState state,
            EndReason reason,
            long lastRecordNanos,
            long ageNanos,
            @Nullable Long usualNanos,
            @Nullable Long latencyNanos,
            long records,
            long reconnects) {
        private static final int RECORDS_TO_KNOW = 5;
        private static final long MIN_SILENCE_NANOS = 5_000_000_000L;
        private static final long UNKNOWN_SILENCE_NANOS = 300_000_000_000L;

        /** An epoch is the time of an activation: the records since then tell how often they come. */
        static Source of(SourceId id, SlotId slot, Observed observed, long asOfNanos) {
            long last = observed.lastRecordNanos();
            boolean any = last != StationRecord.UNKNOWN;
            long records = observed.total(Total.RECORDS);
            long activatedNanos = observed.epoch() * 1_000_000;
            boolean known = any && records >= RECORDS_TO_KNOW;
            return new Source(
                    id,
                    slot,
                    observed.state(),
                    observed.reason(),
                    last,
                    Math.max(0, asOfNanos - (any ? last : activatedNanos)),
                    known ? Math.max(0, last - activatedNanos) / records : null,
                    observed.latencyNanos() == StationRecord.UNKNOWN ? null : observed.latencyNanos(),
                    records,
                    observed.total(Total.RECONNECTS));
        }

        boolean isSilent() {
            return ageNanos
                    > (usualNanos == null ? UNKNOWN_SILENCE_NANOS : Math.max(MIN_SILENCE_NANOS, 5 * usualNanos));
        }

        /** How late its data are: the latency of the last record, or how overdue the next one is. */
        long delayNanos() {
            long overdue = ageNanos - (usualNanos == null ? 0 : usualNanos);
            return Math.max(overdue, latencyNanos == null ? overdue : latencyNanos);
        }
    }

    /**
     * The worst of them.
     *
     * @param count how many there are
     * @param rows the worst first
     */
    record Ranked(int count, List<Source> rows) {}

    /** Keeps the worst. */
    private static final class Ranking {
        private final int limit;
        private final Comparator<Source> worstLast;
        private final PriorityQueue<Source> worst;
        private int count;

        Ranking(int limit, ToDoubleFunction<Source> badness) {
            this.limit = limit;
            worstLast = Comparator.comparingDouble(badness)
                    .thenComparing(source -> source.id().value(), Comparator.reverseOrder());
            worst = new PriorityQueue<>(worstLast);
        }

        void add(Source source) {
            count++;
            worst.add(source);
            if (worst.size() > limit) {
                worst.remove();
            }
        }

        Ranked ranked() {
            return new Ranked(count, worst.stream().sorted(worstLast.reversed()).toList());
        }
    }

    boolean isAlive() {
        return life == Life.ALIVE;
    }

    /**
     * @param pulses what the beats told so far, by worker
     * @param rows how many of each ranking to keep
     */
    static TableSnapshot of(StateReader table, List<Pulse> pulses, long nanoTime, long epochNanos, int rows) {
        return new Reading(table, rows).read(pulses, nanoTime, epochNanos);
    }

    /** Goes through the table once. */
    private static final class Reading {
        private final StateReader table;
        private final Ranking failing;
        private final Ranking silent;
        private final Ranking slowest;
        private int held;
        private int torn;

        Reading(StateReader table, int rows) {
            this.table = table;
            failing = new Ranking(rows, Source::ageNanos);
            silent = new Ranking(rows, Source::ageNanos);
            slowest = new Ranking(rows, Source::delayNanos);
        }

        TableSnapshot read(List<Pulse> pulses, long nanoTime, long epochNanos) {
            boolean alive = table.supervisor().find().isPresent();
            long asOfNanos = alive ? epochNanos : lastWrittenNanos();
            var workers = new ArrayList<Worker>();
            var shown = new ArrayList<Snapshot.Row>();
            for (var pulse : pulses) {
                var worker = worker(new WorkerId(workers.size()), pulse);
                workers.add(worker);
                shown.add(row(worker, asOfNanos));
            }
            return new TableSnapshot(
                    life(alive, workers),
                    table.supervisor(),
                    table.bootNanos(),
                    asOfNanos,
                    machine(nanoTime, shown),
                    workers,
                    held,
                    torn,
                    alive ? table.headroom() : Optional.empty(),
                    failing.ranked(),
                    silent.ranked(),
                    slowest.ranked());
        }

        private Life life(boolean alive, List<Worker> workers) {
            if (alive) {
                return Life.ALIVE;
            }
            boolean inOrder = held == 0 && workers.stream().allMatch(worker -> worker.state() == WorkerState.STOPPING);
            return inOrder ? Life.STOPPED : Life.DIED;
        }

        /** The youngest stamp of all. */
        private long lastWrittenNanos() {
            long last = table.bootNanos();
            for (int worker = 0; worker < table.size().workers(); worker++) {
                for (int index = 0; index < table.size().slots(); index++) {
                    var observed = table.observed(new SlotId(new WorkerId(worker), index));
                    if (observed.isPresent()) {
                        last = Math.max(last, observed.get().sinceNanos());
                        last = Math.max(last, observed.get().lastRecordNanos());
                    }
                }
            }
            return last;
        }

        private Worker worker(WorkerId id, Pulse pulse) {
            var process = table.incarnation(id)
                    .map(incarnation -> incarnation.process())
                    .orElse(new ProcessIdentity(table.pid(id), 0));
            return new Worker(
                    id, process, process.find().isPresent(), table.workerState(id), table.memoryBytes(id), pulse);
        }

        private Snapshot.Row row(Worker worker, long asOfNanos) {
            var states = new SlotState[table.size().slots()];
            var counts = new EnumMap<SlotState, Integer>(SlotState.class);
            for (int index = 0; index < states.length; index++) {
                var slot = new SlotId(worker.id(), index);
                states[index] = table.slotState(slot);
                counts.merge(states[index], 1, Integer::sum);
                if (states[index] != SlotState.IDLE) {
                    held++;
                }
                rank(slot, asOfNanos);
            }
            var status = new WorkerStatus(
                    worker.id(),
                    worker.process().equals(table.supervisor()) ? "thread" : "process",
                    worker.process().pid(),
                    worker.isAlive() || worker.state() == WorkerState.STOPPING ? worker.state() : WorkerState.LOST,
                    counts,
                    worker.pulse().cpuShare().orElse(0),
                    null,
                    0); // its supervisor counts them, not the table
            return new Snapshot.Row(status, List.of(states));
        }

        private void rank(SlotId slot, long asOfNanos) {
            var desired = table.desired(slot);
            var observed = table.observed(slot);
            if (desired.isEmpty() || observed.isEmpty()) {
                torn++;
                return;
            }
            var id = desired.get().source();
            if (id == null || observed.get().epoch() != desired.get().epoch()) {
                return; // nothing, or what is on its way out or in
            }
            var source = Source.of(id, slot, observed.get(), asOfNanos);
            if (observed.get().failing()) {
                failing.add(source);
            } else if (source.state() == SlotState.RUNNING) {
                (source.isSilent() ? silent : slowest).add(source);
            }
        }

        private Snapshot machine(long nanoTime, List<Snapshot.Row> rows) {
            var ends = new EnumMap<EndReason, Long>(EndReason.class);
            for (var reason : EndReason.values()) {
                ends.put(reason, table.ends(reason));
            }
            var totals = new Totals(
                    Map.of(),
                    failing.count,
                    table.total(Total.RECORDS),
                    table.total(Total.BYTES),
                    table.total(Total.RECONNECTS),
                    table.total(Total.CORRUPT),
                    table.total(Total.CORRUPT_BYTES),
                    table.total(Total.LATE),
                    table.total(Total.SILENCES),
                    ends,
                    Map.of(),
                    Map.of());
            var wake = table.wakeMillis();
            var unmeasured = new Quantiles(0, 0, 0, 0);
            return new Snapshot(nanoTime, table.size(), rows, totals, List.of(), List.of(), unmeasured, wake);
        }
    }
}
