package org.stationmaster.core.worker;

/**
 * Memory for what the sessions of one worker leave unread, together: a frame limit bounds each connection, this bounds
 * their sum. On the loop.
 */
final class RestBudget {
    /** A rest of this size is always kept: stations that begin large frames must not stop those with small ones. */
    static final int FREE_BYTES = 4 * 1024;

    private final long limitBytes;
    private long usedBytes;

    RestBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Changes what one rest occupies; false, and nothing is changed, when it would not fit. */
    boolean resize(int fromBytes, int toBytes) {
        long next = usedBytes - counted(fromBytes) + counted(toBytes);
        if (toBytes > fromBytes && counted(toBytes) > 0 && next > limitBytes) {
            return false;
        }
        usedBytes = next;
        return true;
    }

    private static int counted(int bytes) {
        return bytes <= FREE_BYTES ? 0 : bytes;
    }

    long limitBytes() {
        return limitBytes;
    }

    long usedBytes() {
        return usedBytes;
    }
}
