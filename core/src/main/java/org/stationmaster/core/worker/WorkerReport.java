package org.stationmaster.core.worker;

import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.SlotId;

/** What a worker tells the machine. Plain data, so that it can cross a socket. */
public sealed interface WorkerReport {
    /**
     * The slot has given back what it held under this epoch, and all its records are on their way to the sinks. At
     * most one for each activation, so that a queue of reports is bounded by the slots.
     */
    record Idle(SlotId slot, long epoch) implements WorkerReport {}

    /** Why a slot's connection ended, in words; told when it differs from the last. */
    record Ended(SlotId slot, long epoch, EndReason reason, String detail) implements WorkerReport {}

    /** What became of a command. */
    record Replied(long number, CommandOutcome outcome, String detail) implements WorkerReport {}
}
