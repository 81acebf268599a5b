package org.stationmaster.core.sizing;

import java.util.List;

/**
 * Sources of some kinds on the workers of one machine, in shares of a worker: a worker is full at 1. Placement is to the least
 * loaded, so no worker holds more than {@code load/k + dearest·(1 − 1/k)}; with one kind, no more than ⌈sources/k⌉.
 *
 * @param dearer how many times what its profile says a source costs
 */
record Mix(List<Demand> demands, double dearer) {
    private static final double ROUNDING = 1e-9;

    /**
     * How many times what its profile says a source costs in one of several workers: they are in each other's way, in the processors' caches
     * and for their turn, and a profile is of a worker alone. Chosen: with what {@link Profile#plannedCpu(double)} keeps it makes a fifth, and
     * 7 to 22 % were measured, with two workers on two processors.
     */
    static final double AMONG_OTHERS = 1.07;

    /** Standard deviations of how many sources a worker gets by chance. */
    private static final double CHANCE = 4;

    static Mix alone(List<Demand> demands) {
        return new Mix(demands, 1);
    }

    static Mix amongOthers(List<Demand> demands) {
        return new Mix(demands, AMONG_OTHERS);
    }

    double load() {
        return demands.stream()
                .mapToDouble(demand -> demand.sources() * demand.share() * dearer)
                .sum();
    }

    long sources() {
        return demands.stream().mapToLong(Demand::sources).sum();
    }

    private double dearest() {
        return demands.stream().mapToDouble(Demand::share).max().orElseThrow();
    }

    private double cheapest() {
        return demands.stream().mapToDouble(Demand::share).min().orElseThrow();
    }

    private boolean isOfOneKind() {
        return dearest() == cheapest();
    }

    /** Sources of one kind in a worker: at least the one that it would carry alone. */
    private long each(double share) {
        return Math.max(1, (long) Math.floor(1 / (share * dearer) + ROUNDING));
    }

    /** The fewest workers that carry all; there are such when no source alone is more than a worker. */
    long workers() {
        if (isOfOneKind()) {
            return Math.ceilDiv(sources(), each(dearest()));
        }
        double dearest = dearest();
        double least = dearest >= 1 ? (double) sources() : Math.ceil((load() - dearest) / (1 - dearest) - ROUNDING);
        long most = sources(); // a worker each
        return Math.clamp((long) least, Math.min(most, (long) Math.max(1, Math.ceil(load() - ROUNDING))), most);
    }

    /**
     * Slots that each of so many workers needs. Of a mix no worker has its even part exactly: loads differ by one source of the
     * dearest kind, which so many of the cheapest make good, and which kinds a worker happens to get is chance.
     */
    long slots(long workers) {
        long even = Math.ceilDiv(sources(), workers);
        if (isOfOneKind()) {
            return even;
        }
        double uneven = Math.ceil(dearest() / cheapest() - ROUNDING) - 1 + Math.ceil(CHANCE * Math.sqrt((double) even));
        return Math.min(sources(), even + (long) uneven);
    }

    /** How many more of one kind so many workers carry; negative: so many less. */
    long room(long workers, Demand kind) {
        if (isOfOneKind()) {
            return workers * each(kind.share()) - sources();
        }
        double fullest = workers - dearest() * (workers - 1);
        return (long) Math.floor((fullest - load()) / (kind.share() * dearer) + ROUNDING);
    }
}
