package org.stationmaster.core.machine;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.MachineView.Headroom;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.machine.Entry.Want;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.core.sizing.Cost;
import org.stationmaster.core.state.DesiredWriter;

/** Counts how many more sources there is room for. Counted by the supervisor's thread alone; any thread reads the error. */
final class HeadroomCount {
    private final Capacity capacity;
    private final List<WorkerBook> workers;
    private final DesiredWriter table;
    private volatile long error = -1;

    HeadroomCount(Capacity capacity, List<WorkerBook> workers, DesiredWriter table) {
        this.capacity = capacity;
        this.workers = workers;
        this.table = table;
    }

    /** One of the sources of which there are most, by protocol and rate; null: there are none, or no profile. Any thread. */
    @Nullable
    Source mostCommon(Collection<Entry> entries) {
        if (!capacity.isKnown()) {
            return null;
        }
        var counts = new HashMap<Kind, Integer>();
        Source most = null;
        int largest = 0;
        for (var entry : entries) {
            var source = entry.source();
            if (entry.want() == Want.RUN) {
                int count = counts.merge(new Kind(source.protocol(), source.ratePerSecond()), 1, Integer::sum);
                if (count > largest) {
                    largest = count;
                    most = source;
                }
            }
        }
        return most;
    }

    private record Kind(String protocol, OptionalDouble ratePerSecond) {}

    /**
     * Tells in the table how many more there is room for: an idle slot and a processor for each, by what the workers were measured
     * to take, and until they were by the profile.
     *
     * @param like a source such as they would be; null: nobody knows
     */
    void publish(@Nullable Source like) {
        if (like == null || !capacity.isKnown()) {
            workers.forEach(book -> book.headroom(-1));
            error = -1;
            table.headroom(Optional.empty());
            return;
        }
        long sources = 0;
        for (var book : workers) {
            // in what was measured a worker's own part is once, and in a charge there is a share of it
            double each = book.isMeasured() ? capacity.marginalCharge(like) : capacity.charge(like);
            long affordable = (long) Math.max(0, Math.floor((capacity.ceiling() - book.taken()) / each));
            book.headroom(Math.min(book.idleSlots(), affordable));
            sources += book.headroom();
        }
        error = (long) Math.ceil(sources * capacity.relativeError(like));
        table.headroom(Optional.of(new Headroom(sources, like.ratePerSecond().orElse(Cost.UNKNOWN_RATE_PER_SECOND))));
    }

    /** How many more or less it may be; -1: nobody knows. */
    long error() {
        return error;
    }
}
