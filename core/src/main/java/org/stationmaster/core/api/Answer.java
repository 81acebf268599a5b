package org.stationmaster.core.api;

/** The answer to an activation. There always is one. */
public sealed interface Answer {
    /** A slot was woken for the source, in a new epoch. */
    record Assigned(SlotId slot, long epoch) implements Answer {}

    /** The source was active with the very same metadata: nothing was touched. */
    record AlreadyAssigned(SlotId slot, long epoch) implements Answer {}

    /**
     * No slot is idle, or no worker may be given more: the source is queued and will be woken when there is room.
     *
     * @param reason which limit it waits for, for people
     */
    record NoIdleSlot(String reason) implements Answer {}

    /** Its station calls in at worker processes: it is given a slot where it is called. */
    record NotCalled() implements Answer {}

    /** The filter does not take the source: it is known, and not assigned. */
    record Refused(String reason) implements Answer {}
}
