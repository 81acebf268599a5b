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
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.stationmaster.core.api.Decoder;
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
        private static final Pattern HOURLY = Pattern.compile(".+_S_(\\d{11,})_01H_01S_MO\\.[A-Za-z0-9]+");

        /** Its files, oldest first; pieces that a repair moved aside are not among them. */
        public List<Path> files() throws IOException {
            var daily = Pattern.compile(Pattern.quote(id) + "\\.(\\d{4,}\\.\\d{3})\\.[A-Za-z0-9]+");
            var byTime = new TreeMap<String, Path>();
            for (var file : list(directory)) {
                var name = nameOf(file);
                Stream.of(daily, HOURLY)
                        .map(form -> form.matcher(name))
                        .filter(Matcher::matches)
                        .forEach(matcher -> byTime.put(matcher.group(1) + name, file));
            }
            return List.copyOf(byTime.values());
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
            if (framing instanceof Framing.SelfDelimiting(var decoder)) {
                return decoded(channel, decoder.get(), visitor);
            }
            boolean isLines = framing instanceof Framing.Lines;
            var buffer = ByteBuffer.allocate(Math.clamp(channel.size(), MIN_BUFFER_BYTES, CHUNK_BYTES))
                    .limit(0);
            long records = 0;
            long bytes = 0;
            int scanned = 0;
            while (true) {
                int header = isLines ? 0 : Tail.HEADER_BYTES;
                int size = isLines ? lineBytes(buffer, scanned) : framedBytes(buffer);
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

    private static Reading decoded(FileChannel channel, Decoder decoder, Consumer<ByteBuffer> visitor)
            throws IOException {
        var counts = new long[2];
        var tail = DecodedWalk.walk(channel, decoder, 0, channel.size(), payload -> {
            counts[0]++;
            counts[1] += payload.remaining();
            visitor.accept(payload);
        });
        return new Reading(counts[0], counts[1], tail.tornBytes());
    }

    private static final int NEED_MORE = 0;
    private static final int IMPOSSIBLE = -1;

    /** Bytes of the frame at the buffer's position, its length included; may be more than there are yet. */
    private static int framedBytes(ByteBuffer buffer) {
        if (buffer.remaining() < Tail.HEADER_BYTES) {
            return NEED_MORE;
        }
        int length = buffer.getInt(buffer.position());
        return length < 0 || length > Tail.MAX_PAYLOAD_BYTES ? IMPOSSIBLE : Tail.HEADER_BYTES + length;
    }

    /** Bytes of the line at the buffer's position. */
    private static int lineBytes(ByteBuffer buffer, int scanned) {
        for (int i = buffer.position() + scanned; i < buffer.limit(); i++) {
            if (buffer.get(i) == '\n') {
                return i + 1 - buffer.position();
            }
        }
        return buffer.remaining() > Tail.MAX_PAYLOAD_BYTES ? IMPOSSIBLE : NEED_MORE;
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
