package org.stationmaster.core.machine;

import java.util.List;
import java.util.Optional;

/** Chooses the worker for a source: the least loaded by cost with an idle slot, ties by idle slots, then by index. */
final class Placement {
    private Placement() {}

    /**
     * What placement knows of a worker.
     *
     * @param load CPU seconds per second of what it holds
     */
    record Candidate(int worker, double load, int idleSlots) {}

    /** The worker to take, or none when no slot is idle. Pure. */
    static Optional<Candidate> choose(List<Candidate> workers) {
        Candidate best = null;
        for (var candidate : workers) {
            if (candidate.idleSlots() > 0 && (best == null || isBetter(candidate, best))) {
                best = candidate;
            }
        }
        return Optional.ofNullable(best);
    }

    private static boolean isBetter(Candidate one, Candidate other) {
        int byLoad = Double.compare(one.load(), other.load());
        return byLoad < 0 || (byLoad == 0 && one.idleSlots() > other.idleSlots());
    }
}
