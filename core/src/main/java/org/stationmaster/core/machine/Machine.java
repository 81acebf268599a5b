package org.stationmaster.core.machine;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.TaskAssignator;
import org.stationmaster.core.api.TaskScheduler;

/**
 * n workers × m slots, running. Everything is idle at start; {@link #assignator()} wakes slots.
 *
 * <p>Safe from any thread.
 */
public final class Machine implements AutoCloseable {
    private Machine() {}

    /** Starts the description of a machine whose tasks the scheduler makes. */
    public static Builder of(TaskScheduler scheduler) {
        return new Builder();
    }

    /** Takes activations, releases and commands. */
    public TaskAssignator assignator() {
        throw new UnsupportedOperationException();
    }

    /** What can be seen of the machine. */
    public MachineView view() {
        throw new UnsupportedOperationException();
    }

    /**
     * Tells the machine that the sources known at start have been given to the assignator; {@link MachineView#isReady}
     * is false before.
     */
    public void ready() {
        throw new UnsupportedOperationException();
    }

    /**
     * Stops in order: no new connects, read what the kernel holds, close, deliver, flush. A second call returns the
     * first one's answer.
     *
     * @return what was left undone at the deadline, for people; empty when the stop was whole
     */
    public List<String> stop(Duration deadline) throws InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** {@link #stop} with 20 s. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    /** What a machine is made of. Not thread-safe. */
    public static final class Builder {
        private Builder() {}

        /** Default: as many workers as processors × 250 slots. */
        public Builder size(MachineSize size) {
            return this;
        }

        /** Default: all sources. */
        public Builder filter(Filter filter) {
            return this;
        }

        /** Adds a sink; without one, records are counted and discarded. */
        public Builder sink(Sink sink) {
            return this;
        }

        /** Adds a listener for records, on a thread of its own; one that is behind makes the machine stop reading. */
        public Builder onRecord(Consumer<? super StationRecord> listener) {
            return this;
        }

        /** Connects per second to one host and port: default 20, loopback 5,000. */
        public Builder connectsPerSecond(double perSecond) {
            return this;
        }

        /** Default: {@link Clock#SYSTEM}. */
        public Builder clock(Clock clock) {
            return this;
        }

        /**
         * Starts the machine, all or nothing.
         *
         * @throws MachineStartException it cannot work here; the message says what to do
         */
        public Machine start() throws MachineStartException {
            throw new UnsupportedOperationException();
        }
    }
}
