package org.stationmaster.stations;

import java.nio.ByteBuffer;

/**
 * Packets of Trimble's TSIP: DLE (0x10), an id that is neither DLE nor ETX, data in which each DLE stands twice, DLE ETX (0x03). A
 * frame is all of that, as it came.
 *
 * <p>Packets of version 1 (ids 0x90 to 0x93 and 0xA0 to 0xA3) also hold a sub-id, a length and a checksum, the exclusive or of
 * all before it: one that does not fit is none. Version 0 has neither.
 */
final class TsipDecoder extends Skipping {
    static final byte DLE = 0x10;

    /** With every DLE twice; the longest packets known have some hundred bytes. */
    static final int DEFAULT_LIMIT_BYTES = 4096;

    /** More is not allowed by {@code frameLimitBytes} either: a packet is looked at again with each piece of it. */
    static final int MAX_BYTES = 16_384;

    private static final byte ETX = 0x03;
    private static final int VERSION_1_HEAD_BYTES = 4; // id, sub-id, length

    private final int limitBytes;
    private String reason = "";

    /** @param limitBytes the longest packet; 0: {@link #DEFAULT_LIMIT_BYTES} */
    TsipDecoder(int limitBytes) {
        this.limitBytes = limitBytes == 0 ? DEFAULT_LIMIT_BYTES : Math.min(limitBytes, MAX_BYTES);
    }

    /** Whether packets with this id have the form of version 1. */
    static boolean isVersion1(int id) {
        return (id >= 0x90 && id <= 0x93) || (id >= 0xA0 && id <= 0xA3);
    }

    @Override
    protected int look(ByteBuffer bytes, int at, int limit) {
        reason = "bytes that are no TSIP packet";
        if (bytes.get(at) != DLE) {
            return NONE;
        }
        int last = Math.min(limit, at + limitBytes);
        int count = 0;
        int sum = 0;
        int id = 0;
        int length = 0;
        for (int i = at + 1; i < last; i++) {
            byte b = bytes.get(i);
            if (b == DLE) {
                if (i + 1 == last) {
                    break;
                }
                i++;
                byte next = bytes.get(i);
                if (next == ETX && count > 0) {
                    return end(i + 1 - at, id, count, length, sum);
                }
                if (next != DLE || count == 0) {
                    return NONE;
                }
            }
            sum ^= b;
            int value = b & 0xff;
            switch (count) {
                case 0 -> id = value;
                case 2 -> length = value << 8;
                case 3 -> length |= value;
                default -> {}
            }
            count++;
            if (count == 1 && b == ETX) {
                return NONE;
            }
        }
        if (limit - at < limitBytes) {
            return NEED_MORE;
        }
        reason = "a TSIP packet over the limit";
        return NONE;
    }

    /** @param length what version 1 says of it: the bytes behind its head, at least the checksum */
    private int end(int frameBytes, int id, int count, int length, int sum) {
        if (!isVersion1(id) || (length > 0 && count == VERSION_1_HEAD_BYTES + length && (byte) sum == 0)) {
            return frameBytes;
        }
        reason = "a TSIP packet whose length or checksum is wrong";
        return NONE;
    }

    @Override
    protected int next(ByteBuffer bytes, int from, int limit) {
        int at = from;
        while (at < limit && bytes.get(at) != DLE) {
            at++;
        }
        return at;
    }

    @Override
    protected String reason() {
        return reason;
    }
}
