package org.stationmaster.core.worker;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn.Refusal;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;

/** What the machine tells a worker. Plain data, so that it can cross a socket. */
public sealed interface WorkerCommand {
    /**
     * Hold this source in this slot, in place of what it may hold.
     *
     * @param acceptedNanos when the activation was accepted, by the machine's clock
     */
    record Activate(int slot, Source source, long epoch, boolean paused, long acceptedNanos) implements WorkerCommand {}

    /** Give the slot back: in order, or at once. */
    record Release(int slot, long epoch, boolean atOnce) implements WorkerCommand {}

    /** Rest or go on. */
    record Pause(int slot, long epoch, boolean paused) implements WorkerCommand {}

    /** Give the task a command and report what became of it under this number. */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never changed
    record Send(int slot, long epoch, long number, byte[] bytes) implements WorkerCommand {
        /** A larger one would not fit into a message. */
        public static final int LIMIT_BYTES = MessageCodec.LIMIT_BYTES - 1024;
    }

    /** Report copies of these sources' records, and of no others; to a worker process. */
    record Tap(Set<SourceId> sources) implements WorkerCommand {}

    /**
     * The call of that number is for the source that is called by this name: a slot that is given to it dials next, or has it; to
     * a worker process, in front of the slot's activation.
     */
    record TakeCall(long call, String name) implements WorkerCommand {}

    /**
     * Nobody here takes the call of that number; to a worker process.
     *
     * @param source whom it asked for; null: a stranger
     */
    record RefuseCall(long call, Refusal why, @Nullable SourceId source) implements WorkerCommand {}

    /** The machine stops: listen for no more calls; to a worker process. */
    record HangUp() implements WorkerCommand {}

    /** All slots are idle: deliver what is on the way, flush, say what is left undone, and end. */
    record Finish(long deadlineMillis) implements WorkerCommand {}
}
