package org.stationmaster.core.state;

/**
 * Eight buckets for each doubling, from 8 µs to 137 s: the middle of a bucket is within 6.3 % of what it counts. Shorter
 * and longer durations count in the first and in the last.
 */
final class WakeBuckets {
    private static final int LOWEST_BIT = 13;
    private static final int DOUBLINGS = 24;
    private static final int STEP_BITS = 3;
    private static final int STEPS = 1 << STEP_BITS;

    static final int COUNT = DOUBLINGS * STEPS;

    private static final long LOWEST_NANOS = 1L << LOWEST_BIT;
    private static final long HIGHEST_NANOS = (1L << (LOWEST_BIT + DOUBLINGS)) - 1;

    private WakeBuckets() {}

    static int of(long nanos) {
        long counted = Math.clamp(nanos, LOWEST_NANOS, HIGHEST_NANOS);
        int highestBit = Long.SIZE - 1 - Long.numberOfLeadingZeros(counted);
        int step = (int) ((counted >>> (highestBit - STEP_BITS)) % STEPS);
        return (highestBit - LOWEST_BIT) * STEPS + step;
    }

    /** The middle of a bucket. */
    static long middleNanos(int bucket) {
        long steps = (long) STEPS + bucket % STEPS;
        int shift = LOWEST_BIT - STEP_BITS + bucket / STEPS;
        return (steps << shift) + (1L << (shift - 1));
    }

    /** The duration below which a share of all lies, at most {@code maxNanos}; 0 when none was counted. */
    static long quantileNanos(long[] counts, double share, long maxNanos) {
        long all = 0;
        for (long count : counts) {
            all += count;
        }
        long left = (long) Math.ceil(share * all);
        for (int bucket = 0; bucket < counts.length && left > 0; bucket++) {
            left -= counts[bucket];
            if (left <= 0) {
                return Math.min(middleNanos(bucket), maxNanos);
            }
        }
        return 0;
    }
}
