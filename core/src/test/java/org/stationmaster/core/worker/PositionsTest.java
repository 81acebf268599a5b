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

    @Test
    void theLastOneOfABatchIsKeptAndReadByOthers() {
        assertThat(positions().of(SOURCE.id())).isEqualTo(StationRecord.UNKNOWN);
        positions().acknowledged(batch(7, Long.MAX_VALUE));
        assertThat(positions().of(SOURCE.id())).isEqualTo(Long.MAX_VALUE);
        positions().acknowledged(batch(9, StationRecord.UNKNOWN));
        assertThat(positions().of(SOURCE.id())).isEqualTo(9);
        assertThat(positions().of(new SourceId("OTHER"))).isEqualTo(StationRecord.UNKNOWN);
    }

    @Test
    void aFileHoldsTheNumberAndKeepsItsLength() throws IOException {
        positions().acknowledged(batch(4_611_686_018_444_164_351L));
        assertThat(file()).hasSize(32);
        positions().acknowledged(batch(12));
        assertThat(Files.readString(file())).hasSize(32).startsWith("12 ").endsWith(" \n");
    }

    @Test
    void whatIsNoNumberIsAsGoodAsNone() throws IOException {
        positions().acknowledged(batch(12));
        for (var text : List.of("", "twelve", "1 2", "\u00e9")) {
            Files.writeString(file(), text);
            assertThat(positions().of(SOURCE.id())).isEqualTo(StationRecord.UNKNOWN);
        }
    }

    @Test
    void recordsWithoutPositionsMakeNoFile() {
        positions().acknowledged(batch(StationRecord.UNKNOWN));
        Positions.NONE.acknowledged(batch(1));
        assertThat(directory.resolve("positions")).doesNotExist();
        assertThat(Positions.NONE.of(SOURCE.id())).isEqualTo(StationRecord.UNKNOWN);
    }

    @Test
    void aDirectoryThatCannotBeWrittenIsToldAndStopsNothing() throws IOException {
        Files.writeString(directory.resolve("positions"), "a file in its place");
        positions().acknowledged(batch(1));
        assertThat(positions().of(SOURCE.id())).isEqualTo(StationRecord.UNKNOWN);
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
        assertThat(positions.of(SOURCE.id()))
                .as("it is on its way in this process")
                .isEqualTo(5);
        assertThat(positions().of(SOURCE.id())).as("others cannot count on it").isEqualTo(StationRecord.UNKNOWN);
        slow.countDown();
        back.await();
        assertThat(positions.of(SOURCE.id())).isEqualTo(5);
        assertThat(positions().of(SOURCE.id())).isEqualTo(5);
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
