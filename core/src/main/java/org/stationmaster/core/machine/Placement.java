package org.stationmaster.core.machine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the worker for a source: the least loaded by cost with an idle slot, ties by idle slots, then by index. And the
 * sources that leave a worker that has more than its share.
 */
final class Placement {
    /** Loads are sums: what is even up to their rounding is even. */
    private static final double ROUNDING = 1 + 1e-9;

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

    /**
     * Which sources move, each to the least loaded worker, to even the load. A source moves only where its new worker has no
     * more than its old one afterwards; of sources that cost the same, as few move as do. Pure.
     *
     * @param movable of a worker, those that may move, in the order in which they would
     * @param charge what a source adds to the load
     */
    static <C extends Candidate, S> List<S> evenOut(
            List<C> workers, Function<C, List<S>> movable, ToDoubleFunction<S> charge) {
        var shares = workers.stream()
                .map(worker -> new Share<>(worker, movable.apply(worker).iterator()))
                .toList();
        var moves = new ArrayList<S>();
        while (true) {
            var most = shares.stream().filter(share -> share.left.hasNext()).max(Share.BY_LOAD);
            var least = shares.stream().filter(share -> share.idleSlots > 0).min(Share.BY_LOAD);
            if (most.isEmpty() || least.isEmpty() || most.get().load <= least.get().load) {
                return moves;
            }
            var source = most.get().left.next();
            double more = charge.applyAsDouble(source);
            if (2 * more <= (most.get().load - least.get().load) * ROUNDING) {
                most.get().load -= more;
                most.get().idleSlots++;
                least.get().load += more;
                least.get().idleSlots--;
                moves.add(source);
            }
        }
    }

    /** What a worker would hold. */
    private static final class Share<S> {
        static final Comparator<Share<?>> BY_LOAD = Comparator.comparingDouble(share -> share.load);

        final Iterator<S> left;
        double load;
        int idleSlots;

        Share(Candidate worker, Iterator<S> left) {
            this.left = left;
            this.load = worker.load();
            this.idleSlots = worker.idleSlots();
        }
    }

    private static boolean isBetter(Candidate one, Candidate other) {
        int byLoad = Double.compare(one.load(), other.load());
        return byLoad < 0 || (byLoad == 0 && one.idleSlots() > other.idleSlots());
    }
}
