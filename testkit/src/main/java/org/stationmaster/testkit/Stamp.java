package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a synthetic record carries, ASCII: {@code SM1 <sourceId> <seq> <epochNanos> }, with one blank after each part.
 * Letters follow up to the size asked for. It is the head of a generic payload, and stands behind the head of a frame
 * in protocols whose payloads are whole frames.
 *
 * <p>An instance reads one payload after the other and allocates nothing; what it has read is valid until the next
 * {@link #read}. Not thread-safe.
 */
public final class Stamp {
    /** No stamp is longer, given the ids of a {@link StationNetwork}. */
    public static final int MAX_BYTES = 64;

    private static final byte[] MAGIC = {'S', 'M', '1', ' '};
    private static final int MAX_ID_LENGTH = 64;
    private static final int MAX_DIGITS = 19;

    /** No frame's head is longer. */
    private static final int MAX_HEAD_BYTES = 32;

    private final byte[] id = new byte[MAX_ID_LENGTH];
    private int idLength;
    private long seq;
    private long epochNanos;
    private int end;

    /**
     * Reads the first stamp of the payload, which is not moved.
     *
     * @return false when the payload does not begin with a stamp, or a head and a stamp; the accessors then say nothing
     */
    public boolean read(ByteBuffer payload) {
        int limit = payload.limit();
        int last = Math.min(limit - MAGIC.length, payload.position() + MAX_HEAD_BYTES);
        for (int at = payload.position(); at <= last; at++) {
            if (isMagic(payload, at)) {
                return read(payload, at + MAGIC.length, limit);
            }
        }
        return false;
    }

    private static boolean isMagic(ByteBuffer payload, int at) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (payload.get(at + i) != MAGIC[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean read(ByteBuffer payload, int from, int limit) {
        int at = readId(payload, from, limit);
        if (at < 0) {
            return false;
        }
        at = readNumber(payload, at, limit);
        seq = number;
        if (at < 0) {
            return false;
        }
        at = readNumber(payload, at, limit);
        epochNanos = number;
        end = at - payload.position();
        return at >= 0;
    }

    private long number;

    /** The index behind the blank after the id; -1: there is none. */
    private int readId(ByteBuffer payload, int from, int limit) {
        idLength = 0;
        for (int at = from; at < limit; at++) {
            byte b = payload.get(at);
            if (b == ' ') {
                return idLength > 0 ? at + 1 : -1;
            }
            if (idLength == MAX_ID_LENGTH || b < ' ') {
                return -1;
            }
            id[idLength++] = b;
        }
        return -1;
    }

    /** The index behind the blank after the number; -1: there is none. */
    private int readNumber(ByteBuffer payload, int from, int limit) {
        number = 0;
        for (int at = from; at < limit && at - from <= MAX_DIGITS; at++) {
            byte b = payload.get(at);
            if (b == ' ') {
                return at > from && number >= 0 ? at + 1 : -1;
            }
            if (b < '0' || b > '9') {
                return -1;
            }
            number = number * 10 + (b - '0');
        }
        return -1;
    }

    /** Counts the source's records from 0. */
    public long seq() {
        return seq;
    }

    /** When it was sent, nanoseconds since 1970 UTC. */
    public long epochNanos() {
        return epochNanos;
    }

    /** The bytes from the payload's beginning up to and with the last blank of the stamp. */
    public int length() {
        return end;
    }

    /** Whether the payload is of this source; allocates nothing. */
    public boolean isFrom(String sourceId) {
        if (sourceId.length() != idLength) {
            return false;
        }
        for (int i = 0; i < idLength; i++) {
            if (sourceId.charAt(i) != id[i]) {
                return false;
            }
        }
        return true;
    }

    /** The source's id, as a new string. */
    public String sourceId() {
        return new String(id, 0, idLength, StandardCharsets.US_ASCII);
    }

    /** {@code SM1 <sourceId> }: the part that stays the same for a source. */
    static byte[] head(String sourceId) {
        return ("SM1 " + sourceId + " ").getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Writes a stamp.
     *
     * @param head as made by {@link #head}
     * @return the index behind it
     */
    static int write(byte[] target, int at, byte[] head, long seq, long epochNanos) {
        System.arraycopy(head, 0, target, at, head.length);
        int next = writeNumber(target, at + head.length, seq);
        return writeNumber(target, next, epochNanos);
    }

    private static int writeNumber(byte[] target, int at, long value) {
        int digits = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int i = at + digits - 1; i >= at; i--) {
            target[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        target[at + digits] = ' ';
        return at + digits + 1;
    }
}
