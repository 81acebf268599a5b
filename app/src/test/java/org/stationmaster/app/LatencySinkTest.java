package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.testkit.ManualClock;

@Timeout(10)
class LatencySinkTest {
    private static final long MILLI = 1_000_000;

    private final ManualClock clock = new ManualClock();
    private final List<String> log = new ArrayList<>();
    private boolean full;

    private final Sink slow = new Sink() {
        @Override
        public String name() {
            return "slow";
        }

        @Override
        public Acknowledgement deliver(RecordBatch batch) throws SinkException {
            if (full) {
                throw new SinkException("full", null);
            }
            clock.advance(java.time.Duration.ofMillis(5));
            return new Acknowledgement(batch.size(), 0);
        }

        @Override
        public void flush() {
            log.add("flush");
        }

        @Override
        public void close() {
            log.add("close");
        }
    };

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @SuppressWarnings("NullAway.Init")
    private LatencySink sink;

    @SuppressWarnings("NullAway.Init")
    private LatencyLogs logs;

    @BeforeEach
    void open() throws SinkException {
        sink = new LatencySink(slow, clock, StationRecord::eventNanos, LatencyLogs.file(directory, 0));
        sink.open();
        logs = new LatencyLogs(directory);
    }

    @Test
    void measuresFromTheStampToTheReturnOfTheDelivery() throws SinkException, IOException {
        long now = clock.epochNanos();
        sink.deliver(batch(now - 20 * MILLI, now - 10 * MILLI, StationRecord.UNKNOWN));
        sink.close();
        var total = logs.total();
        assertThat(total.count()).as("a record without a stamp is not measured").isEqualTo(2);
        assertThat(total.max()).isBetween(25.0, 25.1);
        assertThat(total.p50()).isBetween(15.0, 15.1);
    }

    @Test
    void theRecentOnesStartAnewAtEachLookAndTheTotalKeepsAll() throws SinkException, IOException {
        sink.deliver(batch(clock.epochNanos()));
        sink.flush();
        assertThat(logs.recent().count()).isEqualTo(1);
        assertThat(logs.recent().count()).isZero();
        clock.advance(java.time.Duration.ofSeconds(2));
        sink.deliver(batch(clock.epochNanos(), clock.epochNanos()));
        assertThat(logs.recent().count())
                .as("logged with the first delivery after a second")
                .isEqualTo(2);
        assertThat(logs.total().count()).isEqualTo(3);
    }

    @Test
    void oneSecondThatStalledIsNotTheMiddle() throws SinkException, IOException {
        for (int millis : new int[] {900, 10, 20, 3_000, 30}) {
            clock.advance(java.time.Duration.ofSeconds(1));
            sink.deliver(batch(clock.epochNanos() - (millis - 5) * MILLI));
        }
        assertThat(logs.recentP99Millis()).as("without the first").isBetween(25.0, 25.2);
        assertThat(logs.recentP99Millis()).isZero();
        assertThat(logs.total().count()).isEqualTo(5);
    }

    @Test
    void severalPartsAreOneSum() throws SinkException, IOException {
        var other = new LatencySink(slow, clock, StationRecord::eventNanos, LatencyLogs.file(directory, 1));
        other.open();
        sink.deliver(batch(clock.epochNanos()));
        other.deliver(batch(clock.epochNanos()));
        sink.close();
        other.close();
        assertThat(logs.total().count()).isEqualTo(2);
    }

    @Test
    void aFailedDeliveryIsNotMeasuredAndPassesOn() throws IOException {
        full = true;
        assertThatThrownBy(() -> sink.deliver(batch(clock.epochNanos()))).isInstanceOf(SinkException.class);
        sink.close();
        assertThat(logs.total().count()).isZero();
    }

    @Test
    void passesEverythingOn() throws SinkException {
        assertThat(sink.name()).isEqualTo("slow");
        sink.flush();
        sink.close();
        assertThat(log).containsExactly("flush", "close");
    }

    private static RecordBatch batch(long... sentNanos) {
        return new RecordBatch() {
            @Override
            public int size() {
                return sentNanos.length;
            }

            @Override
            public long bytes() {
                return 0;
            }

            @Override
            public void forEach(Consumer<? super StationRecord> visitor) {
                for (long sent : sentNanos) {
                    visitor.accept(new Stamped(sent));
                }
            }
        };
    }

    /** @param eventNanos stands for the stamp */
    private record Stamped(long eventNanos) implements StationRecord {
        @Override
        public Source source() {
            return Source.of("A", "tcp-frames", "h", 1);
        }

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public long seq() {
            return 0;
        }

        @Override
        public long receivedNanos() {
            return 0;
        }

        @Override
        public long position() {
            return UNKNOWN;
        }

        @Override
        public ByteBuffer payload() {
            return ByteBuffer.allocate(0);
        }
    }
}
