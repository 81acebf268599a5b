package org.stationmaster.app;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.StationRecord;

/**
 * Passes batches on and measures send stamp → written, for records that carry a stamp. A batch's records are measured
 * once its delivery has returned: before that none of them is there. What was measured goes to a log of histograms, in
 * microseconds, with the first delivery after a second and at the end; a process that is killed takes the last second's
 * with it. On the sink's thread.
 */
final class LatencySink implements Sink {
    static final long HIGHEST_MICROS = TimeUnit.HOURS.toMicros(1);
    static final int DIGITS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(LatencySink.class);
    private static final long INTERVAL_NANOS = 1_000_000_000L;
    private static final double MICROS_PER_MILLI = 1_000;

    private final Sink sink;
    private final Clock clock;
    private final SendStamps stamps;
    private final Path file;
    private final Histogram interval = new Histogram(HIGHEST_MICROS, DIGITS);
    private long sinceNanos;
    private long writtenNanos;
    private @Nullable PrintStream out;
    private @Nullable HistogramLogWriter log;

    /** Where a payload says when it was sent. */
    interface SendStamps {
        /** @return nanoseconds since 1970 UTC, or {@link StationRecord#UNKNOWN} */
        long sentNanos(StationRecord stationRecord);
    }

    /** @param file where to log; it may be there already */
    LatencySink(Sink sink, Clock clock, SendStamps stamps, Path file) {
        this.sink = sink;
        this.clock = clock;
        this.stamps = stamps;
        this.file = file;
    }

    @Override
    public void open() throws SinkException {
        sink.open();
        try {
            var stream = new PrintStream(
                    new BufferedOutputStream(
                            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)),
                    false,
                    StandardCharsets.UTF_8);
            var opened = new HistogramLogWriter(stream);
            opened.outputLogFormatVersion();
            opened.outputLegend();
            stream.flush();
            out = stream;
            log = opened;
            sinceNanos = clock.epochNanos();
        } catch (IOException e) {
            throw new SinkException("latencies cannot be logged: " + e, e);
        }
    }

    @Override
    public Acknowledgement deliver(RecordBatch batch) throws SinkException {
        var acknowledgement = sink.deliver(batch);
        writtenNanos = clock.epochNanos();
        batch.forEach(this::measure);
        if (writtenNanos - sinceNanos >= INTERVAL_NANOS) {
            logInterval();
        }
        return acknowledgement;
    }

    private void measure(StationRecord stationRecord) {
        long sent = stamps.sentNanos(stationRecord);
        if (sent != StationRecord.UNKNOWN) {
            long micros = Math.ceilDiv(writtenNanos - sent, 1_000L);
            interval.recordValue(Math.clamp(micros, 0, HIGHEST_MICROS));
        }
    }

    /** In one write: who reads meanwhile finds whole lines. */
    private void logInterval() {
        var writer = log;
        var stream = out;
        long now = clock.epochNanos();
        if (writer != null && stream != null && interval.getTotalCount() > 0) {
            writer.outputIntervalHistogram(sinceNanos / 1e9, now / 1e9, interval, MICROS_PER_MILLI);
            if (stream.checkError()) { // it has flushed
                LOG.warn("{} cannot be written: latencies are no longer logged; records are archived as before", file);
                log = null;
            }
        }
        interval.reset();
        sinceNanos = now;
    }

    @Override
    public String name() {
        return sink.name();
    }

    @Override
    public Duration linger() {
        return sink.linger();
    }

    @Override
    public void flush() throws SinkException {
        logInterval();
        sink.flush();
    }

    @Override
    public void close() {
        sink.close();
        logInterval();
        var stream = out;
        if (stream != null) {
            stream.close();
        }
    }
}
