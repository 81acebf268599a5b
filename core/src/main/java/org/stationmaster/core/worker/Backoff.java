package org.stationmaster.core.worker;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: 1 s doubling to 60 s, each with ±20 % of jitter so that stations that
 * failed together do not return together; at least 10 s after the peer refused us by name.
 */
final class Backoff {
    static final long FIRST_NANOS = 1_000_000_000L;
    static final long LONGEST_NANOS = 60_000_000_000L;
    static final long REFUSED_FLOOR_NANOS = 10_000_000_000L;
    private static final double JITTER = 0.2;

    private final RandomGenerator random;
    private long nextNanos = FIRST_NANOS;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** The wait after one more failure. */
    long next(boolean refused) {
        long base = refused ? Math.max(nextNanos, REFUSED_FLOOR_NANOS) : nextNanos;
        nextNanos = Math.min(LONGEST_NANOS, base * 2);
        long jittered = (long) (base * (1 + JITTER * (2 * random.nextDouble() - 1)));
        return refused ? Math.max(jittered, REFUSED_FLOOR_NANOS) : jittered;
    }

    /** All was well for a while. */
    void reset() {
        nextNanos = FIRST_NANOS;
    }
}
