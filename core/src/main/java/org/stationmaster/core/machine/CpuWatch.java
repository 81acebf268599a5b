package org.stationmaster.core.machine;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;

/**
 * The share of a processor that each worker takes, beside what its sources should cost. It looks when it is asked, at most
 * each half minute; a look tells of the time since the one before. Any thread.
 */
final class CpuWatch {
    static final long WINDOW_NANOS = 30_000_000_000L;

    /** Sources that came or went by this share of the cost make a window say nothing of the cost. */
    private static final double CHANGED = 0.05;

    /** Less than this, in processors, is mostly what a worker takes without sources. */
    private static final double LEAST = 0.05;

    /** A cost that is lower yet is none that will last: an alarm says by then that the profile is not of these sources. */
    private static final double LEAST_BELIEVED = 0.7;

    private final Clock clock;
    private final Supplier<List<Mark>> look;
    private long lookedNanos;
    private List<Mark> last;
    private List<Window> windows;

    /**
     * A worker at one moment.
     *
     * @param incarnation whose CPU time it is; 0: nobody's
     * @param cost what its running sources should take, CPU seconds per second; NaN: it is not known
     * @param charge what they are charged with
     */
    record Mark(long incarnation, long cpuNanos, double cost, double charge) {}

    /**
     * A worker between two looks.
     *
     * @param cpu share of a processor; null: it is another incarnation, or none
     * @param cost what its running sources should have taken; null: they changed, or it is not known
     * @param charge what they were charged with
     */
    record Window(@Nullable Double cpu, @Nullable Double cost, double charge) {
        /** So much more than they are charged with its sources took, or less; NaN: it is not known. */
        double excess() {
            if (cpu == null || cost == null || cost == 0) {
                return Double.NaN;
            }
            return (Math.max(cpu, LEAST_BELIEVED * cost) - cost) * charge / cost;
        }
    }

    /** @param look at all workers, by index */
    CpuWatch(Clock clock, Supplier<List<Mark>> look) {
        this.clock = clock;
        this.look = look;
        this.lookedNanos = clock.nanoTime();
        this.last = look.get();
        this.windows = last.stream().map(_ -> new Window(null, null, 0)).toList();
    }

    /** By worker. */
    synchronized List<Window> windows() {
        long nanos = clock.nanoTime() - lookedNanos;
        if (nanos >= WINDOW_NANOS) {
            var now = look.get();
            var before = last;
            windows = IntStream.range(0, now.size())
                    .mapToObj(i -> window(before.get(i), now.get(i), nanos))
                    .toList();
            last = now;
            lookedNanos += nanos;
        }
        return windows;
    }

    private static Window window(Mark before, Mark now, long nanos) {
        if (now.incarnation() == 0 || before.incarnation() != now.incarnation()) {
            return new Window(null, null, 0);
        }
        boolean comparable = Math.abs(now.cost() - before.cost()) <= CHANGED * Math.max(now.cost(), before.cost());
        return new Window(
                (now.cpuNanos() - before.cpuNanos()) / (double) nanos,
                comparable ? (now.cost() + before.cost()) / 2 : null,
                (now.charge() + before.charge()) / 2);
    }

    /** What the workers took over what they should have taken; empty when that is too little to tell, or changed. */
    OptionalDouble costRatio() {
        double cpu = 0;
        double cost = 0;
        for (var window : windows()) {
            if (window.cpu() != null && window.cost() != null) {
                cpu += window.cpu();
                cost += window.cost();
            }
        }
        return cost < LEAST ? OptionalDouble.empty() : OptionalDouble.of(cpu / cost);
    }
}
