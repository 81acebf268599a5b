package org.stationmaster.core.state;

import java.util.Arrays;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.StationRecord;

/**
 * A place for what a slot does, to be read into again and again ({@link StateReader#read}): who looks at all slots each second leaves no
 * garbage. Idle until then. For one thread at a time; {@link Observed} is the same for keeps.
 */
public final class ObservedRow {
    private static final SlotState[] SLOT_STATES = SlotState.values();
    private static final EndReason[] END_REASONS = EndReason.values();

    /** As in the table. */
    final long[] words = new long[Layout.OBSERVED_SINCE + 1];

    public ObservedRow() {
        idle(0);
    }

    /** A slot that holds nothing yet of an activation. */
    public void idle(long epoch) {
        Arrays.fill(words, 0); // in the flags: idle, for no reason
        words[Layout.EPOCH] = epoch;
        words[Layout.OBSERVED_LAST_RECORD] = StationRecord.UNKNOWN;
        words[Layout.OBSERVED_LATENCY] = StationRecord.UNKNOWN;
    }

    /** The same as the other. */
    public void set(ObservedRow other) {
        System.arraycopy(other.words, 0, words, 0, words.length);
    }

    private SlotState state() {
        return SLOT_STATES[(int) (words[Layout.FLAGS] & 0xff)];
    }

    /** The activation it holds; 0 when idle. */
    public long epoch() {
        return words[Layout.EPOCH];
    }

    public boolean initialised() {
        return (words[Layout.FLAGS] & (1L << 16)) != 0;
    }

    public boolean failing() {
        return (words[Layout.FLAGS] & (1L << 17)) != 0;
    }

    private EndReason reason() {
        return END_REASONS[(int) ((words[Layout.FLAGS] >>> 8) & 0xff)];
    }

    /** Epoch nanoseconds of the last record, or {@code StationRecord.UNKNOWN}. */
    public long lastRecordNanos() {
        return words[Layout.OBSERVED_LAST_RECORD];
    }

    /** Of the last record, or {@code StationRecord.UNKNOWN}. */
    public long latencyNanos() {
        return words[Layout.OBSERVED_LATENCY];
    }

    /** Since the activation. */
    public long total(Total which) {
        return words[Layout.OBSERVED_TOTALS + which.ordinal()];
    }

    /** Epoch nanoseconds of the last change of state. */
    public long sinceNanos() {
        return words[Layout.OBSERVED_SINCE];
    }

    Observed observed() {
        var totals = new long[Total.values().length];
        System.arraycopy(words, Layout.OBSERVED_TOTALS, totals, 0, totals.length);
        return new Observed(
                state(),
                epoch(),
                initialised(),
                failing(),
                reason(),
                lastRecordNanos(),
                latencyNanos(),
                totals,
                sinceNanos());
    }
}
