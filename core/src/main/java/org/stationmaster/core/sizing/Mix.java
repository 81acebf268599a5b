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
     * Workers that run at once are in each other's way, in the processors' caches and for their turn: a source costs so much more than where it
     * was measured, in a worker alone.
     */
    private static final double AMONG_OTHERS = 1.07;

    /** Standard deviations of how many sources a worker gets by chance. */
    private static final double CHANCE = 4;

    /** How much dearer a source is in one of so many workers. */
    static double dearer(int workers) {
        return workers > 1 ? AMONG_OTHERS : 1;
    }

    /** One source that a worker alone carries is carried by one among others, too: there is no smaller part. */
    private double share(Demand demand) {
        double alone = demand.share();
        return alone > 1 ? alone : Math.min(1, alone * dearer);
    }

    double load() {
        return demands.stream()
                .mapToDouble(demand -> demand.sources() * share(demand))
                .sum();
    }

    long sources() {
        return demands.stream().mapToLong(Demand::sources).sum();
    }

    private double dearest() {
        return demands.stream().mapToDouble(this::share).max().orElseThrow();
    }

    private double cheapest() {
        return demands.stream().mapToDouble(this::share).min().orElseThrow();
    }

    private boolean isOfOneKind() {
        return dearest() == cheapest();
    }

    /** The fewest workers that carry all; there are such when no source alone is more than a worker. */
    long workers() {
        if (isOfOneKind()) {
            long each = (long) Math.floor(1 / dearest() + ROUNDING);
            return Math.ceilDiv(sources(), each);
        }
        double dearest = dearest();
        double least = dearest >= 1 ? (double) sources() : Math.ceil((load() - dearest) / (1 - dearest) - ROUNDING);
        return Math.clamp((long) least, (long) Math.max(1, Math.ceil(load() - ROUNDING)), sources());
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
        double share = share(kind);
        if (isOfOneKind()) {
            return workers * (long) Math.floor(1 / share + ROUNDING) - sources();
        }
        double fullest = workers - dearest() * (workers - 1);
        return (long) Math.floor((fullest - load()) / share + ROUNDING);
    }
}
