package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;

/**
 * Makes batches for tests of a sink. One instance counts the seq of each source over all its batches. The records of
 * a batch are one object, moved, and their payload is overwritten behind the visit: a sink that keeps either is found
 * out. Not thread-safe.
 */
public final class Batches {
    private final Map<SourceId, Long> nextSeq = new HashMap<>();
    private final long epoch;
    private long receivedNanos;
    private List<Entry> entries = new ArrayList<>();

    /**
     * @param epoch of every record
     * @param receivedNanos when the records were received, nanoseconds since 1970 UTC; see {@link #receivedAt}
     */
    public Batches(long epoch, long receivedNanos) {
        this.epoch = epoch;
        this.receivedNanos = receivedNanos;
    }

    /** Records from now on were received at this time. */
    public Batches receivedAt(long epochNanos) {
        receivedNanos = epochNanos;
        return this;
    }

    /** Adds a record with the source's next seq. */
    public Batches add(Source source, byte[] payload) {
        long seq = nextSeq.merge(source.id(), 1L, Long::sum) - 1;
        entries.add(new Entry(source, seq, receivedNanos, ByteBuffer.wrap(payload.clone())));
        return this;
    }

    /** Adds a record of UTF-8 text. */
    public Batches add(Source source, String payload) {
        return add(source, payload.getBytes(StandardCharsets.UTF_8));
    }

    /** What was added since the last batch; the same records at each visit. */
    public RecordBatch batch() {
        var taken = List.copyOf(entries);
        entries = new ArrayList<>();
        return new Batch(epoch, taken);
    }

    private record Entry(Source source, long seq, long receivedNanos, ByteBuffer payload) {}

    private record Batch(long epoch, List<Entry> entries) implements RecordBatch {
        @Override
        public int size() {
            return entries.size();
        }

        @Override
        public long bytes() {
            return entries.stream().mapToLong(e -> e.payload().remaining()).sum();
        }

        @Override
        public void forEach(Consumer<? super StationRecord> visitor) {
            var view = new View(epoch);
            for (var entry : entries) {
                view.entry = entry;
                var bytes = ByteBuffer.allocateDirect(entry.payload().remaining());
                bytes.put(entry.payload().duplicate()).flip();
                view.payload = bytes.asReadOnlyBuffer();
                visitor.accept(view);
                bytes.clear();
                while (bytes.hasRemaining()) {
                    bytes.put((byte) 0xA5);
                }
            }
        }
    }

    /** One record at a time. */
    private static final class View implements StationRecord {
        private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);
        private static final Entry NONE = new Entry(Source.of("none", "none", "none", 1), 0, 0, EMPTY);

        private final long epoch;
        private Entry entry = NONE;
        private ByteBuffer payload = EMPTY;

        View(long epoch) {
            this.epoch = epoch;
        }

        @Override
        public Source source() {
            return entry.source();
        }

        @Override
        public long epoch() {
            return epoch;
        }

        @Override
        public long seq() {
            return entry.seq();
        }

        @Override
        public long eventNanos() {
            return UNKNOWN;
        }

        @Override
        public long receivedNanos() {
            return entry.receivedNanos();
        }

        @Override
        public long position() {
            return UNKNOWN;
        }

        @Override
        public ByteBuffer payload() {
            return payload.slice();
        }
    }
}
