package org.stationmaster.bench;

import java.time.Duration;
import org.HdrHistogram.Histogram;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.sinks.ArchiveSink;
import org.stationmaster.sinks.ArchiveTotals;
import org.stationmaster.testkit.Stamp;

/** The archive, and behind each delivery a look at how old its records have become. */
final class TimedArchive implements Sink {
    private static final long MOST_MICROS = 60_000_000L;

    private final ArchiveSink inner;
    private final Stamp stamp = new Stamp();
    private final Histogram micros = new Histogram(MOST_MICROS, 3);
    private boolean measuring;

    TimedArchive(ArchiveSink inner) {
        this.inner = inner;
    }

    /** Begins to measure, with nothing measured yet, or ends. Any thread. */
    synchronized void measure(boolean on) {
        if (on) {
            micros.reset();
        }
        measuring = on;
    }

    /** What was measured last, microseconds from send stamp to written. Any thread. */
    synchronized Histogram micros() {
        return micros.copy();
    }

    ArchiveTotals totals() {
        return inner.totals();
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public Duration linger() {
        return inner.linger();
    }

    @Override
    public void open() throws SinkException {
        inner.open();
    }

    @Override
    public Acknowledgement deliver(RecordBatch batch) throws SinkException {
        var taken = inner.deliver(batch);
        look(batch);
        return taken;
    }

    private synchronized void look(RecordBatch batch) {
        if (measuring) {
            long now = Clock.SYSTEM.epochNanos();
            batch.forEach(record -> {
                if (stamp.read(record.payload())) {
                    micros.recordValue(Math.clamp((now - stamp.epochNanos()) / 1_000, 0, MOST_MICROS - 1));
                }
            });
        }
    }

    @Override
    public void flush() throws SinkException {
        inner.flush();
    }

    @Override
    public void close() {
        inner.close();
    }
}
