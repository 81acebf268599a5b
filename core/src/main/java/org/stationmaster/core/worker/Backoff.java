package org.stationmaster.core.worker;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: 1 s doubling to 60 s, each with ±20 % of jitter so that stations that
 * failed together do not return together. A failure may ask for a longer one: of a minute and more, it doubles to fifteen times itself.
 */
final class Backoff {
    static final long FIRST_NANOS = 1_000_000_000L;
    static final long LONGEST_NANOS = 60_000_000_000L;
    /** The least after the peer refused us by name. */
    static final long REFUSED_FLOOR_NANOS = 10_000_000_000L;

    private static final int LONG_GROWS = 15;
    private static final double JITTER = 0.2;

    private final RandomGenerator random;
    private long nextNanos = FIRST_NANOS;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** The wait after one more failure; never shorter than {@code leastNanos}. */
    long next(long leastNanos) {
        long longest = leastNanos < LONGEST_NANOS ? LONGEST_NANOS : LONG_GROWS * leastNanos;
        long base = Math.clamp(nextNanos, leastNanos, longest);
        nextNanos = Math.min(longest, base * 2);
        return Math.max(leastNanos, (long) (base * (1 + JITTER * (2 * random.nextDouble() - 1))));
    }

    /** All was well for a while. */
    void reset() {
        nextNanos = FIRST_NANOS;
    }
}
