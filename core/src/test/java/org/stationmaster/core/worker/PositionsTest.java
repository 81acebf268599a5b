package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.WorkerId;

/** Behind which record a source goes on. */
@Timeout(20)
class PositionsTest {
    private static final Source SOURCE = Source.of("COLA", "test", "127.0.0.1", 1);

    @TempDir
    private Path directory;

    private Positions positions() {
        return Positions.beside(directory.resolve("table"));
    }

    private Path file() {
        return directory.resolve("positions").resolve("COLA");
    }

    private static BatchBuffer batch(long... positions) {
        var owner = new Activation(new SlotId(new WorkerId(0), 0), SOURCE, 1);
        var batch = new BatchBuffer();
        for (long position : positions) {
            batch.append(owner, ByteBuffer.allocate(1), 0, 0, 0, position);
        }
        return batch;
    }

    private void acknowledge(long... positions) {
        var all = positions();
        all.acknowledged(all.submitted(batch(positions)));
    }

    private static long position(Positions positions) {
        return positions.of(SOURCE.id()).position();
    }

    @Test
    void theLastOneOfABatchIsKeptAndReadByOthers() {
        assertThat(position(positions())).isEqualTo(StationRecord.UNKNOWN);
        acknowledge(7, Long.MAX_VALUE);
        assertThat(position(positions())).isEqualTo(Long.MAX_VALUE);
        acknowledge(9, StationRecord.UNKNOWN);
        assertThat(position(positions())).isEqualTo(9);
        assertThat(positions().of(new SourceId("OTHER")).position()).isEqualTo(StationRecord.UNKNOWN);
    }

    @Test
    void aFileHoldsTheNumberAndKeepsItsLength() throws IOException {
        acknowledge(4_611_686_018_444_164_351L);
        assertThat(file()).hasSize(48);
        acknowledge(12);
        assertThat(Files.readString(file())).hasSize(48).startsWith("12 ").endsWith(" \n");
    }

    @Test
    void aFileOfAPositionAloneIsReadToo() throws IOException {
        acknowledge(12);
        Files.writeString(file(), "4711" + " ".repeat(27) + "\n");
        assertThat(positions().of(SOURCE.id())).isEqualTo(new Positions.Kept(4711, StationRecord.UNKNOWN));
    }

    @Test
    void theLatestTimeIsKeptOverActivationsAndThatOfAClockThatIsAheadIsNot() {
        long day = Duration.ofDays(1).toNanos();
        assertThat(latest(1, 100, 70, 100 + day + 1)).isEqualTo(100);
        assertThat(latest(2, 80)).as("a late one is no step back").isEqualTo(100);
        assertThat(latest(3, 120)).isEqualTo(120);
    }

    /** Of an activation whose records have these times, all received at 100. */
    private long latest(long position, long... times) {
        var positions = positions();
        var owner = new Activation(new SlotId(new WorkerId(0), 0), SOURCE, position);
        owner.goOnFrom(positions.of(SOURCE.id()).latestNanos());
        var batch = new BatchBuffer();
        for (long time : times) {
            long seq = owner.count(1, 0, 100, time);
            batch.append(owner, ByteBuffer.allocate(1), seq, time, 100, position);
        }
        positions.acknowledged(positions.submitted(batch));
        return positions().of(SOURCE.id()).latestNanos();
    }

    @Test
    void whatIsNoNumberIsAsGoodAsNone() throws IOException {
        acknowledge(12);
        for (var text : List.of("", "twelve", "1 2 3", "1 two", "\u00e9")) {
            Files.writeString(file(), text);
            assertThat(position(positions())).isEqualTo(StationRecord.UNKNOWN);
        }
    }

    @Test
    void recordsWithoutPositionsMakeNoFile() {
        acknowledge(StationRecord.UNKNOWN);
        assertThat(Positions.NONE.submitted(batch(1))).isEmpty();
        assertThat(directory.resolve("positions")).doesNotExist();
        assertThat(position(Positions.NONE)).isEqualTo(StationRecord.UNKNOWN);
    }

    @Test
    void aDirectoryThatCannotBeWrittenIsToldAndStopsNothing() throws IOException {
        Files.writeString(directory.resolve("positions"), "a file in its place");
        acknowledge(1);
        assertThat(position(positions())).isEqualTo(StationRecord.UNKNOWN);
    }

    @Test
    void aPositionIsKeptWhenTheLastSinkHasTheRecord() throws Exception {
        var slow = new CountDownLatch(1);
        var quick = new AtomicInteger();
        var positions = positions();
        var delivery = new Delivery(
                List.of(sink("quick", quick::incrementAndGet), sink("slow", () -> await(slow))),
                positions,
                Clock.SYSTEM,
                Thread.ofPlatform().daemon().factory());
        delivery.start();
        var back = new CountDownLatch(1);
        delivery.submit(batch(5), given -> back.countDown());
        org.awaitility.Awaitility.await().until(() -> quick.get() == 1);
        assertThat(position(positions)).as("it is on its way in this process").isEqualTo(5);
        assertThat(position(positions())).as("others cannot count on it").isEqualTo(StationRecord.UNKNOWN);
        slow.countDown();
        back.await();
        assertThat(position(positions)).isEqualTo(5);
        assertThat(position(positions())).isEqualTo(5);
        assertThat(delivery.stop(Duration.ofSeconds(5))).isEmpty();
    }

    private static int await(CountDownLatch latch) {
        try {
            latch.await();
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private interface Work {
        int work();
    }

    private static Sink sink(String name, Work work) {
        return new Sink() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Acknowledgement deliver(RecordBatch batch) throws SinkException {
                var _ = work.work();
                return new Acknowledgement(batch.size(), 0);
            }
        };
    }
}
