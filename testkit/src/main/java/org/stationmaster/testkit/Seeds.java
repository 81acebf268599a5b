package org.stationmaster.testkit;

/** Numbers that depend on a seed and a place alone, not on the order in which they are asked for. */
final class Seeds {
    private Seeds() {}

    /** 64 well mixed bits (the finaliser of SplitMix64). */
    static long mix(long seed, long place) {
        long z = seed + 0x9E3779B97F4A7C15L * (place + 1);
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** From 0, below 1. */
    static double fraction(long seed, long place) {
        return (mix(seed, place) >>> 11) * 0x1.0p-53;
    }
}
