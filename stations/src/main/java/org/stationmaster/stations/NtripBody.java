package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Slot;

/** What follows a head of NTRIP: frames of RTCM 3, as they are or in chunks that do not know of frames. */
final class NtripBody {
    private static final int HELD_BYTES = 4096;

    private final DecodedSession stream;
    private @Nullable NtripChunks chunks;

    /** What came in chunks and is not decoded yet. */
    private @Nullable ByteBuffer held;

    NtripBody(Slot slot) {
        stream = Rtcm3.session(slot);
    }

    /** From here on it comes in chunks. */
    void inChunks() {
        chunks = new NtripChunks();
        held = ByteBuffer.allocate(HELD_BYTES);
    }

    void onBytes(ByteBuffer bytes) throws ProtocolException {
        var apart = chunks;
        var buffer = held;
        if (apart == null || buffer == null) {
            stream.onBytes(bytes);
        } else {
            takeApart(bytes, apart, buffer);
        }
    }

    private void takeApart(ByteBuffer bytes, NtripChunks apart, ByteBuffer buffer) throws ProtocolException {
        int length = apart.next(bytes);
        while (length > 0) {
            int count = Math.min(length, buffer.remaining());
            buffer.put(buffer.position(), bytes, bytes.position(), count).position(buffer.position() + count);
            bytes.position(bytes.position() + count);
            apart.took(count);
            buffer.flip();
            try {
                stream.onBytes(buffer);
            } finally {
                buffer.compact();
            }
            length = apart.next(bytes);
        }
        if (length == NtripChunks.ENDED) {
            bytes.position(bytes.limit()); // what is behind it is no data
            throw new ProtocolException(EndReason.ENDED, "the peer has ended the stream");
        }
    }

    void onEnd(int leftBytes) {
        var buffer = held;
        stream.onEnd(buffer == null ? leftBytes : buffer.position());
    }
}
