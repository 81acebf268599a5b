package org.stationmaster.testkit;

/**
 * What a simulated SeedLink server has, oldest first: which record of which station, and when it was made. Bounded: the
 * oldest are forgotten. The index of a record counts up for ever. For one thread.
 */
final class SeedLinkRing {
    /** Sequence numbers begin here, so that those of version 3 wrap soon. */
    static final long FIRST_SEQUENCE = 0xffff00;

    static final long MASK_3 = 0xffffff;

    private final int mask;
    private final SeedLinkStation[] stations;
    private final long[] seqs;
    private final long[] madeNanos;
    private long head;

    /** @param records how many are kept; a power of two */
    SeedLinkRing(int records) {
        mask = records - 1;
        stations = new SeedLinkStation[records];
        seqs = new long[records];
        madeNanos = new long[records];
    }

    void add(SeedLinkStation station, long seq, long epochNanos) {
        int at = (int) (head++ & mask);
        stations[at] = station;
        seqs[at] = seq;
        madeNanos[at] = epochNanos;
    }

    /** The index that the next record will have. */
    long head() {
        return head;
    }

    /** The index of the oldest record that is kept. */
    long oldest() {
        return Math.max(0, head - mask - 1);
    }

    SeedLinkStation station(long index) {
        return stations[(int) (index & mask)];
    }

    /** Counts the station's records from 0. */
    long seq(long index) {
        return seqs[(int) (index & mask)];
    }

    long madeNanos(long index) {
        return madeNanos[(int) (index & mask)];
    }

    static long sequence(int version, long index) {
        long sequence = FIRST_SEQUENCE + index;
        return version == 3 ? sequence & MASK_3 : sequence;
    }

    /** The first index that is kept and not before that sequence number. */
    long from(int version, long sequence) {
        long index = version == 3 ? head - ((FIRST_SEQUENCE + head - sequence) & MASK_3) : sequence - FIRST_SEQUENCE;
        return Math.clamp(index, oldest(), head);
    }

    /** The first index that is kept and was not made before that time. */
    long since(long epochNanos) {
        long low = oldest();
        long high = head;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (madeNanos(middle) < epochNanos) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
