package org.stationmaster.core.worker;

import java.util.List;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.Calls;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.TappedRecord;
import org.stationmaster.core.api.WorkerId;

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

    /** A worker process is up: its slots are warm and idle. What it is told from now on bears its incarnation. */
    record Ready(WorkerId worker, long incarnation) implements WorkerReport {}

    /** A slot of a worker process has changed its state. Left out, and counted, when the machine is slow to listen. */
    record Moved(SlotEvent event) implements WorkerReport {}

    /**
     * A copy of a record that somebody looks at. Left out, and counted, when the machine is slow to listen.
     *
     * @param droppedBefore how many of its source were left out since the last
     */
    record Tapped(TappedRecord copy, long droppedBefore) implements WorkerReport {}

    /**
     * Somebody has called at a worker process, and for no source that has a slot there. Answered with {@link WorkerCommand.TakeCall}
     * or {@link WorkerCommand.RefuseCall}; at most {@link CallListener#MOST_CALLERS} of a worker wait for it.
     *
     * @param call the worker's number of it
     * @param greeting the first bytes of it, in which the greeting is; empty where the certificate stands in its place
     * @param names those of the certificate
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never changed
    record Called(WorkerId worker, long call, String protocol, byte[] greeting, List<String> names)
            implements WorkerReport {}

    /** The calls at a worker process; told when it has changed, once a second at the most. */
    record Counted(WorkerId worker, Calls calls) implements WorkerReport {}

    /** How the sinks of a worker process are; told when it has changed, once a second at the most. */
    record Sinks(WorkerId worker, List<Delivery.LaneStatus> lanes) implements WorkerReport {}

    /** A worker process has delivered and flushed, but for what is named; it is about to end. */
    record Finished(WorkerId worker, List<String> left) implements WorkerReport {}

    /** A worker process is no more: killed and awaited. It holds nothing and writes nothing any longer. */
    record Lost(WorkerId worker, String cause) implements WorkerReport {}
}
