package org.stationmaster.stations.seedlink;

import java.util.Arrays;
import org.stationmaster.core.api.StationRecord;

/**
 * Whether the records of a station follow each other in time, channel by channel. Bounded: of more than
 * {@value #MOST_CHANNELS} channels the others are not judged. Allocates only when a channel is new.
 */
final class Continuity {
    /** How a record stands to the one before it. */
    enum Step {
        FOLLOWS,
        GAP,
        OVERLAP
    }

    static final int MOST_CHANNELS = 256;

    /** A record's time has a resolution of 0.1 ms in version 2. */
    private static final long LEAST_TOLERANCE_NANOS = 200_000;

    private static final long MOST_AHEAD_NANOS = 86_400_000_000_000L;

    private long[] channels = new long[4];
    private long[] endNanos = new long[4];
    private int count;
    private int last;
    private long gapNanos;
    private long beforeNanos = StationRecord.UNKNOWN;

    /**
     * Says when the station was last heard before this, in another activation: the latest time of a sample of any channel. A
     * channel that begins later has a gap. What begins before is not called an overlap: it may come again.
     */
    void goOnFrom(long latestNanos) {
        beforeNanos = latestNanos;
    }

    /**
     * Judges a record and remembers where it ends. Half a sample is no gap. A record from more than a day ahead of its
     * receipt is not judged and not remembered: its clock is off, and what follows it would be no overlap.
     */
    Step step(MiniSeedHeader record, long receivedNanos) {
        double period = record.periodNanos();
        if (period == 0 || isAhead(record, receivedNanos)) {
            return Step.FOLLOWS;
        }
        int index = indexOf(record.channelHash());
        if (index < 0) {
            return Step.FOLLOWS;
        }
        long end = record.endNanos() + (long) period;
        long tolerance = Math.max(LEAST_TOLERANCE_NANOS, (long) (period / 2));
        if (endNanos[index] == Long.MIN_VALUE) {
            endNanos[index] = end;
            gapNanos = beforeNanos == StationRecord.UNKNOWN ? 0 : record.startNanos() - beforeNanos - (long) period;
            return gapNanos > tolerance ? Step.GAP : Step.FOLLOWS;
        }
        gapNanos = record.startNanos() - endNanos[index];
        endNanos[index] = Math.max(endNanos[index], end);
        return gapNanos > tolerance ? Step.GAP : gapNanos < -tolerance ? Step.OVERLAP : Step.FOLLOWS;
    }

    /** Whether its clock is off, and no measure for the time of others. */
    static boolean isAhead(MiniSeedHeader record, long receivedNanos) {
        return record.endNanos() > receivedNanos + MOST_AHEAD_NANOS;
    }

    /** How long the last gap was; negative: how much the record overlapped. */
    long gapNanos() {
        return gapNanos;
    }

    private int indexOf(long channel) {
        for (int i = 0; i < count; i++) {
            last = last + 1 < count ? last + 1 : 0; // channels come in turns
            if (channels[last] == channel) {
                return last;
            }
        }
        if (count == MOST_CHANNELS) {
            return -1;
        }
        if (count == channels.length) {
            channels = Arrays.copyOf(channels, 2 * count);
            endNanos = Arrays.copyOf(endNanos, 2 * count);
        }
        channels[count] = channel;
        endNanos[count] = Long.MIN_VALUE;
        last = count;
        return count++;
    }
}
