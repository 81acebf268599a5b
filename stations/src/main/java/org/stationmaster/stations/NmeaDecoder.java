package org.stationmaster.stations;

import java.nio.ByteBuffer;

/**
 * Sentences of NMEA 0183 (IEC 61162-1): {@code $} or {@code !}, printable ASCII, {@code *} and the exclusive or of what is between
 * in two hexadecimal digits, CR LF or LF alone. A frame is all of that. A sentence without a checksum is none.
 *
 * <p>Packets of UBX between the sentences are found by their own length and checksum (Fletcher), so that nothing inside
 * them is taken for a sentence, and skipped.
 */
final class NmeaDecoder extends Skipping {
    /** The standard has 82; what receivers send of their own is longer. */
    static final int DEFAULT_LIMIT_BYTES = 1024;

    /** More is not allowed by {@code frameLimitBytes} either: a sentence is looked at again with each piece of it. */
    static final int MAX_BYTES = 4096;

    private static final int UBX_HEAD_BYTES = 6;
    private static final int UBX_TAIL_BYTES = 2;
    private static final int UBX_MAX_BYTES = MAX_BYTES;
    private static final byte UBX_1 = (byte) 0xB5;
    private static final byte UBX_2 = 0x62;

    private final int limitBytes;
    private String reason = "";

    /** @param limitBytes the longest sentence; 0: {@link #DEFAULT_LIMIT_BYTES} */
    NmeaDecoder(int limitBytes) {
        this.limitBytes = limitBytes == 0 ? DEFAULT_LIMIT_BYTES : Math.min(limitBytes, MAX_BYTES);
    }

    @Override
    protected int look(ByteBuffer bytes, int at, int limit) {
        reason = "bytes that are no NMEA sentence";
        return switch (bytes.get(at)) {
            case '$', '!' -> sentence(bytes, at, limit);
            case UBX_1 -> ubx(bytes, at, limit);
            default -> NONE;
        };
    }

    private int sentence(ByteBuffer bytes, int at, int limit) {
        int last = Math.min(limit, at + limitBytes);
        int sum = 0;
        for (int i = at + 1; i < last; i++) {
            byte b = bytes.get(i);
            if (b == '*') {
                return end(bytes, at, i + 1, sum, limit);
            }
            if (b < ' ' || b > '~' || b == '$') {
                reason = b == '\r' || b == '\n' ? "an NMEA sentence without a checksum" : reason;
                return NONE;
            }
            sum ^= b;
        }
        return last == limit && limit - at < limitBytes ? NEED_MORE : tooLong();
    }

    /** @param digits where the checksum begins */
    private int end(ByteBuffer bytes, int at, int digits, int sum, int limit) {
        for (int i = 0; i < 2; i++) {
            if (digits + i == limit) {
                return NEED_MORE;
            }
            if (Character.digit(bytes.get(digits + i), 16) != ((sum >> (4 - 4 * i)) & 0xf)) {
                reason = "an NMEA sentence whose checksum is wrong";
                return NONE;
            }
        }
        int end = digits + 2;
        if (end < limit && bytes.get(end) == '\r') {
            end++;
        }
        if (end == limit) {
            return NEED_MORE;
        }
        if (bytes.get(end) != '\n') {
            return NONE;
        }
        int length = end + 1 - at;
        return length > limitBytes ? tooLong() : length;
    }

    private int tooLong() {
        reason = "an NMEA sentence over the limit";
        return NONE;
    }

    /** Two bytes of sync, class, id, two bytes of length (the lower first), the payload, two bytes of checksum. */
    private int ubx(ByteBuffer bytes, int at, int limit) {
        if (at + 1 < limit && bytes.get(at + 1) != UBX_2) {
            return NONE;
        }
        if (limit - at < UBX_HEAD_BYTES) {
            return NEED_MORE;
        }
        int length = UBX_HEAD_BYTES + (bytes.get(at + 4) & 0xff) + (bytes.get(at + 5) & 0xff) * 256 + UBX_TAIL_BYTES;
        if (length > UBX_MAX_BYTES) {
            return NONE;
        }
        if (limit - at < length) {
            return NEED_MORE;
        }
        int end = at + length - UBX_TAIL_BYTES;
        int a = 0;
        int b = 0;
        for (int i = at + 2; i < end; i++) {
            a += bytes.get(i);
            b += a;
        }
        if ((byte) a != bytes.get(end) || (byte) b != bytes.get(end + 1)) {
            return NONE;
        }
        reason = "UBX packets, which are no NMEA";
        return skip(length);
    }

    @Override
    protected int next(ByteBuffer bytes, int from, int limit) {
        for (int at = from; at < limit; at++) {
            byte b = bytes.get(at);
            if (b == '$' || b == '!' || b == UBX_1) {
                return at;
            }
        }
        return limit;
    }

    @Override
    protected String reason() {
        return reason;
    }
}
