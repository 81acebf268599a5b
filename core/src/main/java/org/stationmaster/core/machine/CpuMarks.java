package org.stationmaster.core.machine;

import java.util.List;
import java.util.function.Supplier;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.core.state.Incarnation;
import org.stationmaster.core.state.StateReader;

/** Looks at all workers for the {@link CpuWatch}: their CPU time, and what their running sources should take. Any thread. */
final class CpuMarks implements Supplier<List<CpuWatch.Mark>> {
    private final StateReader table;
    private final Registry registry;
    private final List<WorkerBook> workers;
    private final CpuTime times;

    CpuMarks(StateReader table, Registry registry, List<WorkerBook> workers, CpuTime times) {
        this.table = table;
        this.registry = registry;
        this.workers = workers;
        this.times = times;
    }

    /** What the running sources of a worker should take, and what they are charged with. */
    private static final class Sum {
        private double cost;
        private double charge;
    }

    @Override
    public List<CpuWatch.Mark> get() {
        var sums = workers.stream().map(_ -> new Sum()).toList();
        var capacity = registry.capacity();
        for (var entry : registry.after(null)) {
            var slot = entry.slot();
            if (slot != null && entry.want() == Entry.Want.RUN && table.slotState(slot) == SlotState.RUNNING) {
                var sum = sums.get(slot.worker().index());
                boolean tells = entry.source().ratePerSecond().isPresent();
                sum.cost += tells ? capacity.cost(entry.source()) : Double.NaN;
                sum.charge += capacity.charge(entry.source());
            }
        }
        return workers.stream()
                .map(book -> mark(book, capacity, sums.get(book.worker().id().index())))
                .toList();
    }

    private CpuWatch.Mark mark(WorkerBook book, Capacity capacity, Sum sum) {
        var id = book.worker().id();
        long incarnation =
                book.isUp() ? table.incarnation(id).map(Incarnation::number).orElse(0L) : 0;
        // of a thread the time is that of its loop alone, and a profile has its sinks' too
        boolean isWhole = capacity.isKnown() && book.worker().kind().equals("process");
        return new CpuWatch.Mark(incarnation, cpuNanos(book, id), isWhole ? sum.cost : Double.NaN, sum.charge);
    }

    private long cpuNanos(WorkerBook book, WorkerId id) {
        long told = table.cpuNanos(id);
        return book.isUp() && book.worker().kind().equals("process") ? times.workNanos(table.pid(id), told) : told;
    }
}
