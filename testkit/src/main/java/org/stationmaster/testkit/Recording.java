package org.stationmaster.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A recording in memory, cut into records as they stand on the wire. For one thread. */
final class Recording {
    private static final long MAX_BYTES = 1L << 30;

    private final ByteBuffer bytes;
    private final ByteBuffer view;
    private final int[] ends;

    private Recording(ByteBuffer bytes, int[] ends) {
        this.bytes = bytes;
        this.view = bytes.duplicate();
        this.ends = ends;
    }

    /**
     * Reads a file.
     *
     * @throws IOException it cannot be read, holds no record, or is no recording of this kind; names the file
     */
    static Recording read(Path file, Wire wire) throws IOException {
        var bytes = load(file);
        if (wire instanceof LineWire && bytes.limit() > 0 && bytes.get(bytes.limit() - 1) != '\n') {
            bytes.limit(bytes.limit() + 1).put(bytes.limit() - 1, (byte) '\n');
        }
        try {
            int[] ends = wire.recordEnds(bytes);
            if (ends.length == 0) {
                throw new IOException("the recording " + file + " holds no record");
            }
            return new Recording(bytes, ends);
        } catch (IllegalArgumentException e) {
            throw new IOException("the recording " + file + " cannot be replayed: " + e.getMessage(), e);
        }
    }

    /** The file's bytes from 0 to the limit, with room for one more. */
    private static ByteBuffer load(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > MAX_BYTES) {
                throw new IOException("the recording " + file + " is larger than 1 GiB: cut it");
            }
            var bytes = ByteBuffer.allocateDirect((int) channel.size() + 1);
            bytes.limit(bytes.capacity() - 1);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // a read may give less than there is
            }
            return bytes.flip();
        }
    }

    int size() {
        return ends.length;
    }

    /** The record with its framing; valid until the next call. */
    ByteBuffer record(int index) {
        view.limit(ends[index]);
        return view.position(index == 0 ? 0 : ends[index - 1]);
    }

    /** All of it, as it goes over the wire. */
    ByteBuffer bytes() {
        return bytes.asReadOnlyBuffer();
    }
}
