package org.stationmaster.core.machine;

import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;

/**
 * What the supervisor knows of one source. Immutable; the supervisor replaces it, anyone may read it.
 *
 * @param slot the slot it has, or is giving back; null: none
 * @param epoch of its last activation; 0: it never had one
 * @param lastEnd why its connection last ended, and in words
 */
record Entry(
        Source source,
        Want want,
        @Nullable SlotId slot,
        long epoch,
        boolean paused,
        EndReason lastEnd,
        String lastDetail) {
    private static final String NOT_CALLED = "not called";

    /** What should become of the source. */
    enum Want {
        /** To be alive; without a slot it waits. */
        RUN,
        /** To be alive in another slot, as soon as the one it has is idle. */
        MOVE,
        /** To be known, without a slot. */
        FILTERED,
        /** To be forgotten when its slot is idle. */
        GONE
    }

    static Entry of(Source source, Want want) {
        return new Entry(source, want, null, 0, false, EndReason.NONE, "");
    }

    Entry with(Want next) {
        return new Entry(source, next, slot, epoch, paused, lastEnd, lastDetail);
    }

    Entry with(Source next) {
        return new Entry(next, want, slot, epoch, paused, lastEnd, lastDetail);
    }

    Entry in(SlotId next, long nextEpoch) {
        return new Entry(source, want, next, nextEpoch, paused, EndReason.NONE, "");
    }

    Entry waits(String why) {
        return new Entry(source, want, null, epoch, paused, lastEnd, why);
    }

    /** Without a slot until its station calls. */
    Entry awaitsCall(long nextEpoch) {
        var words = lastEnd == EndReason.NOT_CALLED
                ? lastDetail
                : lastEnd == EndReason.NONE
                        ? NOT_CALLED
                        : NOT_CALLED + "; the last call: " + lastEnd + ", " + lastDetail;
        return new Entry(source, want, null, nextEpoch, paused, EndReason.NOT_CALLED, words);
    }

    /** Whether it has no slot because its station has not called. */
    boolean isAwaitingCall() {
        return slot == null && want == Want.RUN && lastEnd == EndReason.NOT_CALLED;
    }

    Entry withoutSlot() {
        return new Entry(source, want, null, epoch, paused, lastEnd, lastDetail);
    }

    Entry paused(boolean next) {
        return new Entry(source, want, slot, epoch, next, lastEnd, lastDetail);
    }

    Entry ended(EndReason reason, String detail) {
        return new Entry(source, want, slot, epoch, paused, reason, detail);
    }
}
