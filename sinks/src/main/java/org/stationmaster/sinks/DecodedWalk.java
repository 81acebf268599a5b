package org.stationmaster.sinks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.Consumer;
import org.stationmaster.core.api.Decoder;

/**
 * Finds the payloads of a {@code SelfDelimiting} file again, with the decoder that found them on the wire. Memory is bounded
 * by the longest payload that the decoder takes.
 */
final class DecodedWalk {
    private static final int CHUNK_BYTES = 256 * 1024;
    private static final int MIN_BUFFER_BYTES = 512;

    private DecodedWalk() {}

    /**
     * Walks forwards. Damaged bytes between payloads are stepped over: nothing before the last whole payload is torn.
     *
     * @param from an offset at which a payload is known to begin, or the file to end
     * @param size where the walk ends: the file's length, or an offset in it
     * @param visitor is given a read-only view of each payload, valid during the call
     */
    static Tail walk(FileChannel file, Decoder decoder, long from, long size, Consumer<ByteBuffer> visitor)
            throws IOException {
        var buffer = ByteBuffer.allocate(Math.clamp(size - from, MIN_BUFFER_BYTES, CHUNK_BYTES))
                .limit(0);
        long read = from;
        long whole = from;
        boolean isClean = true;
        while (true) {
            switch (decoder.decode(buffer)) {
                case FRAME -> {
                    visitor.accept(buffer.slice(decoder.frameStart(), decoder.frameLength())
                            .asReadOnlyBuffer());
                    whole = read - buffer.remaining();
                    isClean = true;
                }
                case CORRUPT -> {
                    isClean = false;
                    if (decoder.isLost()) {
                        return new Tail(whole, size - whole, false);
                    }
                }
                case NEED_MORE -> {
                    if (read == size) {
                        return new Tail(whole, size - whole, isClean && decoder.untoldBytes() == 0);
                    }
                    buffer = withRoom(buffer);
                    buffer.limit((int) Math.min(buffer.capacity(), buffer.position() + size - read));
                    int count = file.read(buffer, read);
                    if (count < 0) {
                        throw new IOException("the file became shorter while it was read");
                    }
                    read += count;
                    buffer.flip();
                }
            }
        }
    }

    /** The unread bytes at the front of a buffer with room behind them. */
    private static ByteBuffer withRoom(ByteBuffer buffer) {
        return buffer.remaining() < buffer.capacity()
                ? buffer.compact()
                : ByteBuffer.allocate(2 * buffer.capacity()).put(buffer);
    }
}
