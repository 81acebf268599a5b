package org.stationmaster.sinks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;

/**
 * Reads what an {@link ArchiveSink} has written, also while it writes. Streams: memory is bounded by the longest record.
 * Stateless; safe from any thread.
 *
 * <p>Example: {@code for (var source : new ArchiveReader(root).sources()) for (var file : source.files())
 * ArchiveReader.forEachFrame(file, payload -> …);}
 */
public final class ArchiveReader {
    private static final int CHUNK_BYTES = 256 * 1024;
    private static final int MIN_BUFFER_BYTES = 512;

    private final Path root;

    /** @param root the archive's directory ({@code DATA/archive}) */
    public ArchiveReader(Path root) {
        this.root = root;
    }

    /**
     * A source's place in the archive.
     *
     * @param protocol its protocol's name
     * @param id its id
     * @param directory where its files are
     */
    public record ArchivedSource(String protocol, String id, Path directory) {
        /** Its files, oldest day first; pieces that a repair moved aside are not among them. */
        public List<Path> files() throws IOException {
            var name = Pattern.compile(Pattern.quote(id) + "\\.\\d{4,}\\.\\d{3}\\.[A-Za-z0-9]+");
            return list(directory).stream()
                    .filter(file -> name.matcher(nameOf(file)).matches())
                    .toList();
        }
    }

    /**
     * What was read from a file.
     *
     * @param records whole records
     * @param bytes of their payloads
     * @param tornBytes bytes at the end that are no whole record: one that is being written right now, or was torn by
     *     a crash and not yet cut by the sink
     */
    public record Reading(long records, long bytes, long tornBytes) {}

    /** The sources in the archive, by protocol and id; empty when there is no archive. */
    public List<ArchivedSource> sources() throws IOException {
        var found = new ArrayList<ArchivedSource>();
        if (!Files.isDirectory(root)) {
            return found;
        }
        for (var protocol : directories(root)) {
            for (var source : directories(protocol)) {
                found.add(new ArchivedSource(nameOf(protocol), nameOf(source), source));
            }
        }
        return found;
    }

    /** Visits each payload of a {@code LENGTH_PREFIXED} file; the buffer is valid during the call. */
    public static Reading forEachFrame(Path file, Consumer<ByteBuffer> visitor) throws IOException {
        return forEach(file, Framing.LENGTH_PREFIXED, visitor);
    }

    /** Visits each line of a {@code LINES} file, LF and all; the buffer is valid during the call. */
    public static Reading forEachLine(Path file, Consumer<ByteBuffer> visitor) throws IOException {
        return forEach(file, Framing.LINES, visitor);
    }

    /**
     * Visits each payload of a file.
     *
     * @param visitor is given a read-only view, position to limit, valid during the call
     */
    public static Reading forEach(Path file, Framing framing, Consumer<ByteBuffer> visitor) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var buffer = ByteBuffer.allocate(Math.clamp(channel.size(), MIN_BUFFER_BYTES, CHUNK_BYTES))
                    .limit(0);
            long records = 0;
            long bytes = 0;
            int scanned = 0;
            while (true) {
                int header = framing == Framing.LENGTH_PREFIXED ? Tail.HEADER_BYTES : 0;
                int size = recordBytes(buffer, framing, scanned);
                if (size > 0 && size <= buffer.remaining()) {
                    int start = buffer.position();
                    visitor.accept(buffer.slice(start + header, size - header).asReadOnlyBuffer());
                    buffer.position(start + size);
                    records++;
                    bytes += size - header;
                    scanned = 0;
                    continue;
                }
                scanned = buffer.remaining();
                buffer = withRoom(buffer, size);
                int read = size == IMPOSSIBLE ? -1 : channel.read(buffer);
                buffer.flip();
                if (read < 0) {
                    long unread = size == IMPOSSIBLE ? channel.size() - channel.position() : 0;
                    return new Reading(records, bytes, buffer.remaining() + unread);
                }
            }
        }
    }

    private static final int NEED_MORE = 0;
    private static final int IMPOSSIBLE = -1;

    /** Bytes of the record at the buffer's position, framing included; may be more than there are yet. */
    private static int recordBytes(ByteBuffer buffer, Framing framing, int scanned) {
        return switch (framing) {
            case LENGTH_PREFIXED -> {
                if (buffer.remaining() < Tail.HEADER_BYTES) {
                    yield NEED_MORE;
                }
                int length = buffer.getInt(buffer.position());
                yield length < 0 || length > Tail.MAX_PAYLOAD_BYTES ? IMPOSSIBLE : Tail.HEADER_BYTES + length;
            }
            case LINES -> {
                for (int i = buffer.position() + scanned; i < buffer.limit(); i++) {
                    if (buffer.get(i) == '\n') {
                        yield i + 1 - buffer.position();
                    }
                }
                yield buffer.remaining() > Tail.MAX_PAYLOAD_BYTES ? IMPOSSIBLE : NEED_MORE;
            }
        };
    }

    /** The unread bytes at the front of a buffer that has room for {@code size} bytes, ready to be filled. */
    private static ByteBuffer withRoom(ByteBuffer buffer, int size) {
        int unread = buffer.remaining();
        int needed = Math.max(size, unread + 1);
        if (needed <= buffer.capacity()) {
            return buffer.compact();
        }
        // A length field may lie: grow with what is really there, not with what it promises.
        int grown = (int) Math.min(2L * buffer.capacity(), Tail.MAX_PAYLOAD_BYTES + 64L);
        return ByteBuffer.allocate(Math.max(grown, unread + 1)).put(buffer);
    }

    private static List<Path> directories(Path parent) throws IOException {
        return list(parent).stream()
                .filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                .filter(path -> !nameOf(path).startsWith("."))
                .toList();
    }

    private static List<Path> list(Path directory) throws IOException {
        try (var entries = Files.list(directory)) {
            return entries.sorted().toList();
        }
    }

    private static String nameOf(Path path) {
        return path.getFileName().toString();
    }
}
