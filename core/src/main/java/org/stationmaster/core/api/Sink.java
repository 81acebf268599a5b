package org.stationmaster.core.api;

import java.time.Duration;

/**
 * Where records end. The machine gives batches to a sink on one thread of its own, one at a time and in order; a
 * sink may block. A sink that is behind makes the machine stop reading from the stations, never drop.
 *
 * <p>Life: {@link #open}, {@link #deliver} …, {@link #flush}, {@link #close}; {@code open} before the sink's thread
 * starts, the others on it. Whatever they throw, an {@code Error} too, is the sink's failure and an alarm: a delivery is
 * tried again, what the last flush or close could not do is told by {@code Machine.stop}.
 */
public interface Sink extends AutoCloseable {
    /** A short name for metrics and alarms. */
    String name();

    /**
     * How long records may take until they are delivered, together with others that came meanwhile: what a delivery takes lately is
     * waited less, half of the linger at the least is waited. Longer makes fewer, larger writes and later delivery. Asked once,
     * before {@link #open}.
     */
    default Duration linger() {
        return Duration.ZERO;
    }

    /**
     * Makes ready. Called once, before the first batch.
     *
     * @throws SinkException the sink cannot work; the machine does not start
     */
    default void open() throws SinkException {}

    /**
     * Takes a batch. To return is to acknowledge all of it.
     *
     * @throws SinkException it could not be delivered now. The machine raises an alarm, waits and gives the very same
     *     batch (same object, same records) again, until it is taken or the machine is stopped at its deadline. A sink
     *     that had taken a part must remember it, so that nothing is delivered twice.
     */
    Acknowledgement deliver(RecordBatch batch) throws SinkException;

    /**
     * Makes everything acknowledged so far durable: to return is to say that it is.
     *
     * @throws SinkException some of it may not be. Flushing again must not hide that: after a failed {@code fsync} a second
     *     one may succeed and have written nothing.
     */
    default void flush() throws SinkException {}

    @Override
    default void close() {}
}
