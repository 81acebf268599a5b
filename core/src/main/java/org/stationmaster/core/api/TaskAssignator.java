package org.stationmaster.core.api;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Takes activations, chooses the slot, sends the message that wakes it and reports the answer.
 *
 * <p>Every method may be called from any thread; each blocks until the machine has answered (microseconds as a rule,
 * 30 s at the most) and can be interrupted. One id is one task, whatever the interleaving of the calls.
 *
 * @see MachineStoppedException thrown by each method when the machine is stopping or did not answer in time
 */
public interface TaskAssignator {
    /**
     * Wants the source alive. A known id with other metadata is started anew, in a new epoch; with the same metadata
     * nothing happens.
     *
     * @throws InvalidSourceException the scheduler cannot make a task of it
     */
    Answer activate(Source source) throws InterruptedException;

    /** Activates many in one message; the answers stand in the order of the sources. */
    List<Answer> activateAll(List<Source> sources) throws InterruptedException;

    /** The same; those in {@code paused} come to rest in their slots without a connection before, as after {@link #pause}. */
    List<Answer> activateAll(List<Source> sources, Set<SourceId> paused) throws InterruptedException;

    /** Changes which sources are taken: those that no longer are give their slots back in order, the others are woken. */
    void filter(Filter filter) throws InterruptedException;

    /**
     * Stops the source in order and gives its slot back: what has arrived is still read and delivered.
     *
     * @return false when the id is not known
     */
    boolean release(SourceId id) throws InterruptedException;

    /** As {@link #release}, but at once: the connection is closed, a blocking task is interrupted. */
    boolean cancel(SourceId id) throws InterruptedException;

    /**
     * Closes the connection and keeps slot and epoch, until {@link #resume}. A waiting source can be paused, too.
     *
     * @return false when the id is not known
     */
    boolean pause(SourceId id) throws InterruptedException;

    /** Ends a pause. */
    boolean resume(SourceId id) throws InterruptedException;

    /**
     * Service → network: gives a command to the source's task and waits for its acknowledgement.
     *
     * @param deadline how long to wait, at most an hour
     */
    CommandResult send(SourceId id, byte[] command, Duration deadline) throws InterruptedException;

    /**
     * @param outcome what became of it
     * @param detail why, for people; empty when acknowledged
     * @param millis from the call to the answer
     */
    record CommandResult(CommandOutcome outcome, String detail, double millis) {
        /** The same with the time it took. */
        public CommandResult took(double tookMillis) {
            return new CommandResult(outcome, detail, tookMillis);
        }
    }
}
