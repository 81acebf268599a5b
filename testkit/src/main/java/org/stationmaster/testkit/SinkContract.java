package org.stationmaster.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.Source;

/**
 * What every sink must do. Extend it and say how the sink is made, what it holds, and how it is made to fail. The
 * sink is given batches as the machine gives them: one thread, the same batch again until it is taken.
 */
@Timeout(60)
public abstract class SinkContract {
    private static final int MANY_SOURCES = 600;
    private static final int LARGE_BYTES = 1024 * 1024;
    private static final long RECEIVED_NANOS = 1_767_225_600_000_000_000L; // 2026-01-01T00:00:00Z
    private static final byte[] NOTHING = {};

    /** The sink's own folder, fresh for each test. */
    @TempDir
    protected @Nullable Path folder;

    private Batches batches = new Batches(1, RECEIVED_NANOS);
    private final Map<Source, List<byte[]>> given = new HashMap<>();

    /** A new, unopened sink on {@code where}; a second one on the same folder goes on where the first has ended. */
    protected abstract Sink sink(Path where) throws IOException;

    /**
     * The payloads that the sink holds of a source, in its order, read without the sink.
     *
     * @param where as given to {@link #sink}; the sink was flushed and closed before
     */
    protected abstract List<byte[]> held(Path where, Source source) throws IOException;

    /** Makes every {@link Sink#deliver} fail until {@link #recover}; false: this sink cannot be made to fail. */
    protected abstract boolean fail(Path where) throws IOException;

    /** Makes the sink work again. */
    protected abstract void recover(Path where) throws IOException;

    /**
     * Makes a delivery fail after {@code records} more records were taken, until {@link #recover}; false: this sink
     * cannot be made to.
     */
    protected boolean failAfter(Path where, int records) throws IOException {
        return false;
    }

    /** Open files of the sink at the moment; -1: not known. */
    protected long openFiles() {
        return -1;
    }

    /** The most files that the sink may have open. */
    protected long openFileLimit() {
        return Long.MAX_VALUE;
    }

    /** A source whose payloads the sink takes; binary payloads must be legal. */
    protected Source source(String id) {
        return Source.of(id, "tcp-frames", "localhost", 7001);
    }

    @BeforeEach
    final void begin() {
        batches = new Batches(1, RECEIVED_NANOS);
        given.clear();
    }

    private Path where() {
        if (folder == null) {
            throw new AssertionError("run by JUnit only, which gives the folder");
        }
        return folder;
    }

    private void add(Source source, byte[] payload) {
        batches.add(source, payload);
        given.computeIfAbsent(source, s -> new ArrayList<>()).add(payload);
    }

    private void add(Source source, String payload) {
        add(source, payload.getBytes(StandardCharsets.UTF_8));
    }

    private static void deliver(Sink sink, RecordBatch batch) throws SinkException {
        var acknowledgement = sink.deliver(batch);
        assertThat(acknowledgement.records()).isEqualTo(batch.size());
        assertThat(acknowledgement.refused()).isZero();
    }

    private static void end(Sink sink) throws SinkException {
        sink.flush();
        sink.close();
    }

    private void assertAllHeld() throws IOException {
        for (var each : given.entrySet()) {
            assertThat(held(where(), each.getKey()))
                    .as("payloads of %s", each.getKey().id())
                    .containsExactlyElementsOf(each.getValue());
        }
    }

    @Test
    public void allIsHeldInOrder() throws Exception {
        var sink = sink(where());
        sink.open();
        var random = new SplittableRandom(7);
        for (int batch = 0; batch < 20; batch++) {
            for (int i = 0; i < 100; i++) {
                add(source("ST" + random.nextInt(5)), "batch " + batch + " record " + i);
            }
            deliver(sink, batches.batch());
        }
        end(sink);
        assertAllHeld();
    }

    @Test
    public void everyByteIsKept() throws Exception {
        var all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        var sink = sink(where());
        sink.open();
        add(source("BYTES"), all);
        deliver(sink, batches.batch());
        end(sink);
        assertAllHeld();
    }

    @Test
    public void largeAndEmptyPayloadsAreHeld() throws Exception {
        var large = new byte[LARGE_BYTES];
        new SplittableRandom(1).nextBytes(large);
        var sink = sink(where());
        sink.open();
        add(source("LARGE"), "before");
        add(source("LARGE"), large);
        add(source("LARGE"), NOTHING);
        add(source("LARGE"), "after");
        deliver(sink, batches.batch());
        end(sink);
        assertAllHeld();
    }

    @Test
    public void anEmptyBatchIsNothing() throws Exception {
        var sink = sink(where());
        sink.open();
        deliver(sink, batches.batch());
        end(sink);
        assertThat(held(where(), source("NOBODY"))).isEmpty();
    }

    @Test
    public void aClosedSinkIsGoneOnWith() throws Exception {
        for (int life = 0; life < 3; life++) {
            var sink = sink(where());
            sink.open();
            for (int i = 0; i < 10; i++) {
                add(source("AGAIN"), "life " + life + " record " + i);
            }
            deliver(sink, batches.batch());
            end(sink);
            assertAllHeld();
        }
    }

    @Test
    public void theSameBatchAfterAFailureGivesNeitherLossNorDuplicate() throws Exception {
        var sink = sink(where());
        sink.open();
        add(source("RETRY"), "first");
        deliver(sink, batches.batch());
        if (fail(where())) {
            for (int i = 0; i < 50; i++) {
                add(source("RETRY" + i % 3), "record " + i);
            }
            retry(sink, batches.batch());
        }
        add(source("RETRY"), "last");
        deliver(sink, batches.batch());
        end(sink);
        assertAllHeld();
    }

    @Test
    public void aBatchTakenInPartIsNotTakenTwice() throws Exception {
        var sink = sink(where());
        sink.open();
        for (int taken : new int[] {0, 1, 7, 29}) {
            if (failAfter(where(), taken)) {
                for (int i = 0; i < 30; i++) {
                    add(source("PART" + i % 4), "after " + taken + " record " + i);
                }
                retry(sink, batches.batch());
            }
        }
        end(sink);
        assertAllHeld();
    }

    private void retry(Sink sink, RecordBatch batch) throws Exception {
        for (int attempt = 0; attempt < 3; attempt++) {
            assertThatThrownBy(() -> sink.deliver(batch))
                    .isInstanceOf(SinkException.class)
                    .hasMessageMatching("(?s).+");
        }
        recover(where());
        deliver(sink, batch);
    }

    @Test
    public void manySourcesNeedFewFiles() throws Exception {
        var sink = sink(where());
        sink.open();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < MANY_SOURCES; i++) {
                add(source("MANY" + i), "round " + round);
            }
            deliver(sink, batches.batch());
            assertThat(openFiles()).isLessThanOrEqualTo(openFileLimit());
        }
        end(sink);
        assertThat(openFiles()).isLessThanOrEqualTo(0);
        assertAllHeld();
    }

    @Test
    public void everyLegalIdIsAPlaceOfItsOwn() throws Exception {
        var sink = sink(where());
        sink.open();
        for (var id : List.of("A", "0", "A.", "A..", "a-_.b", "A".repeat(64), "A".repeat(63), "NUL", "con.txt")) {
            add(source(id), "of " + id);
        }
        deliver(sink, batches.batch());
        end(sink);
        assertAllHeld();
    }
}
