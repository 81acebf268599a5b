package org.stationmaster.core.worker;

/**
 * When a sink is given what waits for it: early enough that, as deliveries went lately, the oldest record is written when its
 * linger is over. A sink that takes long is not hurried without end: half of the linger is waited at the least. One thread.
 */
final class Linger {
    /** Each delivery counts for an eighth: one that stalled is forgotten after some. */
    private static final int WEIGHT = 8;

    private final long nanos;
    private long tookNanos;

    Linger(long nanos) {
        this.nanos = nanos;
    }

    /** When to deliver what has come since {@code firstNanos}. */
    long dueNanos(long firstNanos) {
        return firstNanos + nanos - Math.min(tookNanos, nanos / 2);
    }

    /** A delivery took so long. */
    void took(long deliveryNanos) {
        tookNanos += (Math.min(deliveryNanos, nanos) - tookNanos) / WEIGHT;
    }
}
