package org.stationmaster.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.stationmaster.core.sizing.LeastSquares;
import org.stationmaster.core.sizing.Profile;

/**
 * Finds how many sources a worker carries at one rate: the first looks tell what a source costs, the next ones go beside the
 * cap that follows from it, then the gap between what held and what did not is halved. Pure; one thread.
 */
final class CapSearch {
    /** The gap is narrow enough. */
    private static final double PRECISION = 1.08;

    private static final double BELOW = 0.95;
    private static final double ABOVE = 1.06;
    private static final int LARGEST_STEP = 6;

    /** Looks at less than this share of the largest count say little of the cost at the cap. */
    private static final double NEAR = 0.45;

    /** What was sent and did not come: beyond this share the worker, or the simulator, is behind. */
    private static final double BEHIND = 0.95;

    /** The simulator is one thread. */
    private static final double GENERATOR_FULL = 0.9;

    /**
     * The latency rises slowly with the load, and a second measurement of the same load differs: a cap at the very target would hold
     * every other time.
     */
    private static final double LATENCY_MARGIN = 1.18;

    /** A slope that is less of the cost is noise. */
    private static final double LEAST_SLOPE = 0.5;

    private final Profile.Target target;
    private final int most;
    private final List<Look> looks = new ArrayList<>();
    private int low;
    private int high;
    private Profile.Limit highLimit = Profile.Limit.CPU;
    private int next;

    /**
     * One window with so many sources.
     *
     * @param cpu share of one processor that the worker took
     * @param generatorCpu the same of the simulator
     * @param arrived records that came, as a share of those that should
     * @param noise why the look is not to be trusted; empty: it is
     */
    record Look(int sources, double cpu, double latencyP99Millis, double generatorCpu, double arrived, String noise) {
        private double cost() {
            return cpu / sources;
        }

        /** Whether the worker kept to its target, and nothing stayed behind. */
        boolean holds(Profile.Target target) {
            return !isOver(target) && !isLate(target);
        }

        boolean isOver(Profile.Target target) {
            return cpu > target.cpu();
        }

        private boolean isLate(Profile.Target target) {
            return latencyP99Millis > target.latencyP99Millis() || arrived < BEHIND;
        }

        /** Whether a stall may have made it late, and not the load: the processor had room. */
        boolean isOnlyLate(Profile.Target target) {
            return isLate(target) && !isOver(target);
        }
    }

    /**
     * @param first how many to begin with
     * @param most how many there are
     */
    CapSearch(Profile.Target target, int first, int most) {
        this.target = target;
        this.most = most;
        this.next = Math.clamp(first, 1, most);
    }

    /** How many sources to look at next; 0: the cap is known well enough. */
    int next() {
        return next;
    }

    void add(Look look) {
        looks.add(look);
        boolean over = look.isOver(target);
        if (!look.holds(target)) {
            boolean generator = !over && look.arrived() < BEHIND && look.generatorCpu() > GENERATOR_FULL;
            high = high == 0 ? look.sources() : Math.min(high, look.sources());
            highLimit = generator ? Profile.Limit.GENERATOR : over ? Profile.Limit.CPU : Profile.Limit.LATENCY;
            low = Math.min(low, high - 1);
        } else {
            low = Math.max(low, high == 0 ? look.sources() : Math.min(look.sources(), high - 1));
        }
        next = following(look);
    }

    private int following(Look last) {
        int predicted = (int) Math.clamp(target.cpu() / last.cost(), 1.0, most * 4.0);
        if (high == 0) {
            if (low >= most) {
                return 0;
            }
            int below = (int) (predicted * BELOW);
            int beside =
                    last.sources() < below * BELOW ? below : Math.max(last.sources() + 1, (int) (predicted * ABOVE));
            return Math.min(most, Math.min(beside, last.sources() * LARGEST_STEP));
        }
        if (low == 0 && highLimit == Profile.Limit.LATENCY) { // what the processor would carry says nothing of it
            return high / 2;
        }
        if (low == 0) {
            return high == 1 ? 0 : Math.clamp((int) (predicted * BELOW), 1, Math.max(1, (int) (high * 0.8)));
        }
        return high <= Math.max(low + 1, low * PRECISION) ? 0 : (low + high) / 2;
    }

    /** No count that was looked at and did not hold. */
    private static int[] fromCost(double predicted, double error, int most) {
        return new int[] {
            (int) Math.min(most, predicted),
            (int) Math.min(most, Math.max(0, predicted * (1 - error))),
            (int) Math.min(most, predicted * (1 + error))
        };
    }

    /** What is known by now, after one look at the least. */
    Profile.Point point(double ratePerSecond) {
        int largest = looks.stream().mapToInt(Look::sources).max().orElseThrow();
        var costs = looks.stream()
                .filter(look -> look.sources() >= NEAR * largest)
                .map(Look::cost)
                .sorted()
                .toList();
        double cost = costs.get(costs.size() / 2);
        double error = Math.max(0.01, (costs.getLast() - costs.getFirst()) / 2 / cost);
        double predicted = target.cpu() / cost;
        boolean noneHeld = low == 0 && high > 1; // the time was over before one was found that does
        var limit = noneHeld
                ? Profile.Limit.TIME
                : high > 0 ? highLimit : low >= most ? Profile.Limit.STATIONS : Profile.Limit.TIME;
        int[] cap = switch (limit) {
            case CPU -> within(predicted, error);
            case LATENCY -> within(crossing() / LATENCY_MARGIN, error);
            case STATIONS, GENERATOR, TIME -> fromCost(predicted, error, noneHeld ? high - 1 : Integer.MAX_VALUE);
        };
        return new Profile.Point(
                ratePerSecond,
                cap[0],
                cap[1],
                cap[2],
                largest,
                cost,
                marginal(cost),
                error,
                looks.stream()
                        .filter(look -> look.sources() <= Math.max(low, 1))
                        .max(Comparator.comparingInt(Look::sources))
                        .or(() -> looks.stream().min(Comparator.comparingInt(Look::sources)))
                        .map(Look::latencyP99Millis)
                        .orElseThrow(),
                limit);
    }

    /** What one source more adds: the slope of the CPU over all looks, and what the worker takes for itself is no less than 0. */
    private double marginal(double cost) {
        var rows = looks.stream()
                .filter(look -> look.cpu() > 0)
                .map(look -> new LeastSquares.Row(List.of(1.0, (double) look.sources()), look.cpu()))
                .toList();
        boolean tellsTheSlope =
                rows.stream().map(LeastSquares.Row::terms).distinct().count() > 1;
        double slope = tellsTheSlope ? LeastSquares.of(rows).factors().get(1) : cost;
        return slope > LEAST_SLOPE * cost ? slope : cost;
    }

    /**
     * Where the latency reaches its target, on the line p99 = α + β·sources through all looks; between the largest count that held and the
     * smallest that did not.
     */
    private double crossing() {
        double sources = looks.stream().mapToInt(Look::sources).average().orElseThrow();
        double millis =
                looks.stream().mapToDouble(Look::latencyP99Millis).average().orElseThrow();
        double products = 0;
        double squares = 0;
        for (var look : looks) {
            products += (look.sources() - sources) * (look.latencyP99Millis() - millis);
            squares += (look.sources() - sources) * (look.sources() - sources);
        }
        return products > 0
                ? Math.clamp(sources + (target.latencyP99Millis() - millis) * squares / products, low, high)
                : low;
    }

    private int[] within(double value, double error) {
        int cap = Math.clamp((int) value, 0, Math.max(0, high - 1));
        return new int[] {cap, Math.min((int) (cap * Math.max(0, 1 - error)), low), high};
    }

    /** The look at the largest count that held; if none did the last one. */
    Look held() {
        return looks.stream().filter(look -> look.sources() == low).findFirst().orElseGet(looks::getLast);
    }

    List<Look> looks() {
        return List.copyOf(looks);
    }
}
