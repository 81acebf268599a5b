package org.stationmaster.sinks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;

/**
 * Where the whole records of a file end.
 *
 * @param wholeBytes length up to the end of the last whole record
 * @param tornBytes what is behind it
 * @param isPossible whether the torn bytes can be the beginning of a record; false: nothing of that kind begins so
 */
record Tail(long wholeBytes, long tornBytes, boolean isPossible) {
    /** The longest payload a file can hold. */
    static final int MAX_PAYLOAD_BYTES = 1 << 30;

    static final int HEADER_BYTES = 4;
    private static final int CHUNK_BYTES = 256 * 1024;

    /**
     * Looks at a file without changing it. Lines are searched backwards from the end; frames are walked header by
     * header, forwards, since a length says nothing to one who comes from behind; what delimits itself is decoded.
     *
     * @param from an offset at which a record is known to begin, or the file to end
     * @param size where the look ends: the file's length, or an offset in it
     */
    static Tail of(FileChannel file, Framing framing, long from, long size) throws IOException {
        return switch (framing) {
            case Framing.LengthPrefixed _ -> walk(file, from, size);
            case Framing.Lines _ -> lastLine(file, from, size);
            case Framing.SelfDelimiting(var decoder) -> DecodedWalk.walk(file, decoder.get(), from, size, _ -> {});
        };
    }

    /** Whether there is nothing behind the whole records but, at most, what a crash leaves of one. */
    boolean canBeTorn(int limitBytes) {
        return isPossible && tornBytes <= limitBytes;
    }

    private static Tail walk(FileChannel file, long from, long size) throws IOException {
        var chunk = ByteBuffer.allocateDirect(Math.clamp(size - from, HEADER_BYTES, CHUNK_BYTES));
        chunk.limit(0);
        long chunkStart = from;
        long at = from;
        while (size - at >= HEADER_BYTES) {
            if (at + HEADER_BYTES > chunkStart + chunk.limit()) {
                chunkStart = at;
                fill(file, chunk, at, size);
            }
            int length = chunk.getInt((int) (at - chunkStart));
            if (length < 0 || length > MAX_PAYLOAD_BYTES) {
                return new Tail(at, size - at, false);
            }
            if (length > size - at - HEADER_BYTES) {
                break;
            }
            at += HEADER_BYTES + length;
        }
        return new Tail(at, size - at, true);
    }

    private static Tail lastLine(FileChannel file, long from, long size) throws IOException {
        var chunk = ByteBuffer.allocateDirect(Math.clamp(size - from, 1, CHUNK_BYTES));
        // Most files end well: look at the last byte before reading more.
        long end = size;
        int want = 1;
        while (end > from) {
            long start = Math.max(from, end - want);
            fill(file, chunk, start, end);
            for (int i = chunk.limit() - 1; i >= 0; i--) {
                if (chunk.get(i) == '\n') {
                    return new Tail(start + i + 1, size - (start + i + 1), true);
                }
            }
            end = start;
            want = chunk.capacity();
        }
        return new Tail(from, size - from, true);
    }

    private static void fill(FileChannel file, ByteBuffer chunk, long from, long size) throws IOException {
        chunk.clear().limit((int) Math.min(chunk.capacity(), size - from));
        while (chunk.hasRemaining()) {
            if (file.read(chunk, from + chunk.position()) < 0) {
                throw new IOException("the file became shorter while it was checked");
            }
        }
        chunk.flip();
    }
}
