package org.stationmaster.core.worker;

import java.time.Instant;
import java.util.function.Supplier;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotReleasedException;
import org.stationmaster.core.api.Source;

/**
 * One attempt of a task, from the first dial to the end of its connection, and the {@link Slot} that the task sees.
 * Everything but the slot's methods is called on the loop.
 */
abstract sealed class TaskRun implements Slot, Drain.Drained permits EventRun, SharedRun, BlockingRun {
    /** Hears of a run, on the loop. */
    interface Listener {
        /** The task has started, at that time: its dial is on the way, or its thread runs. */
        void started(TaskRun run, long nanoTime);

        /** The connection stands. */
        void running(TaskRun run);

        /** The run is over: told once, as its last word. */
        void ended(TaskRun run, EndReason reason, String detail);

        /** Output came after the run was over and was refused; any thread, perhaps long after. */
        void late();

        /** How far the source has come in its records that every sink has; any thread. */
        Positions.Kept kept(TaskRun run);

        /** The first oddity of its kind in the activation; any thread. */
        void odd(TaskRun run, String words);
    }

    final Activation activation;
    final Listener listener;

    /** Whether the task should go on. Written by the loop. */
    private volatile boolean active = true;
    /** Whether output is accepted; false for ever once the run is over. Written by the loop. */
    private volatile boolean open = true;
    /** What the protocol asks for before the next attempt. On the loop. */
    private long leastBackoffNanos;

    TaskRun(Activation activation, Listener listener) {
        this.activation = activation;
        this.listener = listener;
    }

    abstract void start();

    /** Ends at once. {@link Listener#ended} follows with that reason, at once or when a blocking task lets go. */
    @Override
    public abstract void abort(EndReason reason, String detail);

    abstract void send(byte[] command, CommandReply reply);

    /** Lets or stops the reading, when the sinks fall behind or catch up. */
    void reading(boolean allowed) {}

    /** Whether bytes came since then, as far as it is read for the task. */
    boolean hasReadSince(long nanoTime) {
        return false;
    }

    /** Time passes. */
    void tick(long nanoTime) {}

    /** No output from here on. */
    void close() {
        active = false;
        open = false;
    }

    @Override
    public final boolean isOpen() {
        return open;
    }

    /** Before {@link #abort} or the end: how long the next attempt should wait. */
    final void backsOff(ProtocolException end) {
        leastBackoffNanos = end.leastBackoff().toNanos();
    }

    final long leastBackoffNanos() {
        return leastBackoffNanos;
    }

    final SlotReleasedException refused() {
        activation.late.incrementAndGet();
        listener.late();
        return new SlotReleasedException(source().id(), epoch());
    }

    @Override
    public final SlotId id() {
        return activation.slot();
    }

    @Override
    public final Source source() {
        return activation.source();
    }

    @Override
    public final long epoch() {
        return activation.epoch();
    }

    @Override
    public final long lastPosition() {
        return listener.kept(this).position();
    }

    @Override
    public final long lastEventNanos() {
        long nanos = listener.kept(this).latestNanos();
        activation.goOnFrom(nanos);
        return nanos;
    }

    @Override
    public final boolean isActive() {
        return active;
    }

    @Override
    public final boolean isInitialised() {
        return activation.initialised;
    }

    @Override
    public final void odd(Oddity what, Supplier<String> words) {
        if (activation.odd(what)) {
            listener.odd(this, words.get());
        }
    }

    /** Behind each record that was taken: its own time against that of its receipt. */
    final void judgeClock(long eventNanos, long receivedNanos) {
        if (Activation.isClockOff(eventNanos, receivedNanos)) {
            odd(
                    Oddity.CLOCK_OFF,
                    () -> "a record of " + Instant.ofEpochSecond(0, eventNanos) + " came at "
                            + Instant.ofEpochSecond(0, receivedNanos)
                            + ": a clock is off, or it lay there for more than a day; such records have no latency");
        }
    }

    @Override
    public final void corrupt(long bytes, String what) {
        activation.corrupt.incrementAndGet();
        activation.corruptBytes.addAndGet(bytes);
        activation.corruption = what;
    }
}
