package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;

/** Takes the chunks of an HTTP body (RFC 9112, 7.1) apart. Pure; it leaves less than a line unread. */
final class NtripChunks {
    /** {@link #next}: the last chunk is behind us. */
    static final int ENDED = -1;

    /** The largest that is taken; a stream is sent in chunks of some hundred bytes. */
    static final int MOST_CHUNK_BYTES = 1 << 20;

    /** The longest line with a size. */
    static final int LINE_LIMIT_BYTES = 256;

    private int left;
    private boolean isBetween = true;
    private boolean isFirst = true;
    private boolean hasEnded;

    /**
     * Looks for data.
     *
     * @return how many bytes from the position on are data, at least 1; 0: more must come; or {@link #ENDED}
     * @throws ProtocolException a chunk is not as long as it says, or too long
     */
    int next(ByteBuffer bytes) throws ProtocolException {
        while (!hasEnded) {
            if (!isBetween) {
                return Math.min(left, bytes.remaining());
            }
            int end = lineEnd(bytes);
            if (end < 0) {
                return 0;
            }
            int start = bytes.position();
            bytes.position(end + 1);
            if (isFirst) {
                size(bytes, start, end);
            } else {
                // what closes the chunk before
                if (end - start > 1 || (end > start && bytes.get(start) != '\r')) {
                    throw lies("the peer sent a chunk that is longer than it says");
                }
                isFirst = true;
            }
        }
        return ENDED;
    }

    private static int lineEnd(ByteBuffer bytes) throws ProtocolException {
        int last = Math.min(bytes.limit(), bytes.position() + LINE_LIMIT_BYTES);
        for (int at = bytes.position(); at < last; at++) {
            if (bytes.get(at) == '\n') {
                return at;
            }
        }
        if (bytes.remaining() >= LINE_LIMIT_BYTES) {
            throw lies("the peer sent a chunk without a size");
        }
        return -1;
    }

    private void size(ByteBuffer bytes, int start, int end) throws ProtocolException {
        long size = 0;
        int digits = 0;
        for (int at = start; at < end; at++, digits++) {
            int digit = Character.digit(bytes.get(at), 16);
            if (digit < 0) {
                break;
            }
            size = size * 16 + digit;
            if (size > MOST_CHUNK_BYTES) {
                throw lies("the peer announced a chunk of more than " + MOST_CHUNK_BYTES + " bytes");
            }
        }
        byte after = start + digits == end ? (byte) '\r' : bytes.get(start + digits);
        if (digits == 0 || (after != '\r' && after != ';' && after != ' ')) {
            throw lies("the peer sent a chunk without a size");
        }
        left = (int) size;
        isBetween = false;
        hasEnded = size == 0;
    }

    private static ProtocolException lies(String how) {
        return new ProtocolException(EndReason.CORRUPT, how);
    }

    /** So many bytes of the data were taken. */
    void took(int count) {
        left -= count;
        if (left == 0) {
            isBetween = true;
            isFirst = false;
        }
    }
}
