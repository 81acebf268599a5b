package org.stationmaster.stations;

import java.nio.ByteBuffer;

/**
 * RTCM 3 transport frames (RTCM 10403.3, 4): preamble 0xD3, six reserved bits of 0, ten bits of length, the message, CRC-24Q.
 * A frame is all of that. Behind one whose CRC is wrong the search goes on at its second byte; garbage that is made for it
 * costs the checksum of 1,029 bytes each two bytes, and nothing else.
 */
final class Rtcm3Decoder extends Skipping {
    static final int HEAD_BYTES = 3;
    static final int MAX_FRAME_BYTES = HEAD_BYTES + 1023 + Crc24q.BYTES;

    private static final byte PREAMBLE = (byte) 0xD3;
    private static final int RESERVED_MASK = 0xFC;

    private final int limitBytes;
    private String reason = "";

    /** @param limitBytes the largest frame; 0: what the format allows */
    Rtcm3Decoder(int limitBytes) {
        this.limitBytes = limitBytes == 0 ? MAX_FRAME_BYTES : Math.min(limitBytes, MAX_FRAME_BYTES);
    }

    @Override
    protected int look(ByteBuffer bytes, int at, int limit) {
        reason = "bytes that are no RTCM 3 frame";
        if (bytes.get(at) != PREAMBLE || (at + 1 < limit && (bytes.get(at + 1) & RESERVED_MASK) != 0)) {
            return NONE;
        }
        if (limit - at < HEAD_BYTES) {
            return NEED_MORE;
        }
        int length = HEAD_BYTES + (bytes.getShort(at + 1) & 0x3ff) + Crc24q.BYTES;
        if (length > limitBytes) {
            reason = "an RTCM 3 frame over the limit";
            return NONE;
        }
        if (limit - at < length) {
            return NEED_MORE;
        }
        int end = at + length;
        // The last four bytes are there in any frame: length, or message, and CRC.
        if (Crc24q.of(bytes, at, end - Crc24q.BYTES) != (bytes.getInt(end - Integer.BYTES) & 0xffffff)) {
            reason = "an RTCM 3 frame whose CRC is wrong";
            return NONE;
        }
        return length;
    }

    @Override
    protected int next(ByteBuffer bytes, int from, int limit) {
        int at = from;
        while (at < limit && bytes.get(at) != PREAMBLE) {
            at++;
        }
        return at;
    }

    @Override
    protected String reason() {
        return reason;
    }
}
