package org.stationmaster.app;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.StationRecord;

/**
 * Passes batches on and measures send stamp → written, for records that carry a stamp. A batch's records are measured
 * once its delivery has returned: before that none of them is there. Delivery on the sink's thread; reading from any.
 */
final class LatencySink implements Sink {
    private static final long HIGHEST_MICROS = TimeUnit.HOURS.toMicros(1);

    private final Sink sink;
    private final Clock clock;
    private final SendStamps stamps;
    private final Recorder recorder = new Recorder(HIGHEST_MICROS, 3);
    private final Histogram all = new Histogram(HIGHEST_MICROS, 3);
    private Histogram part = recorder.getIntervalHistogram();
    private long writtenNanos;

    /** Where a payload says when it was sent. */
    interface SendStamps {
        /** @return nanoseconds since 1970 UTC, or {@link StationRecord#UNKNOWN} */
        long sentNanos(StationRecord stationRecord);
    }

    LatencySink(Sink sink, Clock clock, SendStamps stamps) {
        this.sink = sink;
        this.clock = clock;
        this.stamps = stamps;
    }

    @Override
    public Acknowledgement deliver(RecordBatch batch) throws SinkException {
        var acknowledgement = sink.deliver(batch);
        writtenNanos = clock.epochNanos();
        batch.forEach(this::measure);
        return acknowledgement;
    }

    private void measure(StationRecord stationRecord) {
        long sent = stamps.sentNanos(stationRecord);
        if (sent != StationRecord.UNKNOWN) {
            long micros = Math.ceilDiv(writtenNanos - sent, 1_000L);
            recorder.recordValue(Math.clamp(micros, 0, HIGHEST_MICROS));
        }
    }

    /** Since the last call: for a live view. */
    synchronized Quantiles recent() {
        collect();
        return quantiles(part);
    }

    /** Since start. */
    synchronized Quantiles total() {
        collect();
        return quantiles(all);
    }

    private void collect() {
        part = recorder.getIntervalHistogram(part);
        all.add(part);
    }

    private static Quantiles quantiles(Histogram micros) {
        return micros.getTotalCount() == 0
                ? new Quantiles(0, 0, 0, 0)
                : new Quantiles(
                        micros.getValueAtPercentile(50) / 1e3,
                        micros.getValueAtPercentile(99) / 1e3,
                        micros.getMaxValue() / 1e3,
                        micros.getTotalCount());
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
    public void open() throws SinkException {
        sink.open();
    }

    @Override
    public void flush() throws SinkException {
        sink.flush();
    }

    @Override
    public void close() {
        sink.close();
    }
}
