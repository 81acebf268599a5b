package org.stationmaster.core.machine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chooses the worker for a source: the least loaded by cost with an idle slot, ties by idle slots, then by index. */
final class Placement {
    private Placement() {}

    /** What placement knows of a worker. */
    interface Candidate {
        /** CPU seconds per second of what it holds. */
        double load();

        /** How many it may be given. */
        int idleSlots();
    }

    /** The worker to take, or null when no slot is idle. Pure; allocates nothing, it is asked for each activation. */
    static <C extends Candidate> @Nullable C choose(List<C> workers) {
        C best = null;
        for (int i = 0; i < workers.size(); i++) {
            var candidate = workers.get(i);
            if (candidate.idleSlots() > 0 && (best == null || isBetter(candidate, best))) {
                best = candidate;
            }
        }
        return best;
    }

    private static boolean isBetter(Candidate one, Candidate other) {
        int byLoad = Double.compare(one.load(), other.load());
        return byLoad < 0 || (byLoad == 0 && one.idleSlots() > other.idleSlots());
    }
}
