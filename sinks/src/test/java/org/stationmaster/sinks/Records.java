package org.stationmaster.sinks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Protocol.ArchiveForm;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;

/** Batches for tests: one view that moves, as the machine's. */
final class Records implements RecordBatch {
    static final Function<String, Optional<ArchiveForm>> FORMS = protocol -> switch (protocol) {
        case "tcp-lines" -> Optional.of(new ArchiveForm.Daily("lines", ArchiveForm.Framing.LINES));
        case "tcp-frames" -> Optional.of(new ArchiveForm.Daily("frames", ArchiveForm.Framing.LENGTH_PREFIXED));
        default -> Optional.empty();
    };

    /** Noon of 2026-11-24, day 328. */
    static final long NOON = LocalDate.of(2026, 11, 24).atTime(12, 0).toEpochSecond(ZoneOffset.UTC) * 1_000_000_000L;

    static final long DAY_NANOS = 86_400_000_000_000L;

    private record Entry(Source source, long receivedNanos, ByteBuffer payload) {}

    private final List<Entry> entries = new ArrayList<>();
    private long bytes;

    static Source frames(String id) {
        return Source.of(id, "tcp-frames", "127.0.0.1", 7001);
    }

    static Source lines(String id) {
        return Source.of(id, "tcp-lines", "127.0.0.1", 7001);
    }

    Records add(Source source, String payload) {
        return add(source, NOON, payload.getBytes(ISO_8859_1));
    }

    Records add(Source source, long receivedNanos, byte[] payload) {
        entries.add(new Entry(source, receivedNanos, ByteBuffer.wrap(payload)));
        bytes += payload.length;
        return this;
    }

    @Override
    public int size() {
        return entries.size();
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void forEach(Consumer<? super StationRecord> visitor) {
        var view = new View();
        for (var entry : entries) {
            view.entry = entry;
            visitor.accept(view);
            view.seq++;
        }
    }

    private static final class View implements StationRecord {
        private @Nullable Entry entry;
        private long seq;

        private Entry entry() {
            if (entry == null) {
                throw new IllegalStateException("no record");
            }
            return entry;
        }

        @Override
        public Source source() {
            return entry().source();
        }

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public long seq() {
            return seq;
        }

        @Override
        public long eventNanos() {
            return UNKNOWN;
        }

        @Override
        public long receivedNanos() {
            return entry().receivedNanos();
        }

        @Override
        public long position() {
            return UNKNOWN;
        }

        @Override
        public ByteBuffer payload() {
            // inside a larger buffer: a sink must not take the array, nor begin at 0
            var payload = entry().payload();
            int length = payload.remaining();
            return ByteBuffer.allocate(length + 2)
                    .put(1, payload, 0, length)
                    .position(1)
                    .limit(length + 1)
                    .asReadOnlyBuffer();
        }
    }
}
