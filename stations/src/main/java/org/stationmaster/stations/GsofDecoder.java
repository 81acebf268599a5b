package org.stationmaster.stations;

import java.nio.ByteBuffer;

/**
 * Pages of Trimble's GSOF (report packet 0x40, GENOUT): STX (0x02), status, type 0x40, length, the data, the sum of all that behind
 * STX modulo 256, ETX (0x03). The data begin with the number of the transmission, the page's index and the last index. A
 * frame is all of that. Whole packets of other types are skipped.
 */
final class GsofDecoder extends Skipping {
    static final int HEAD_BYTES = 4;
    static final int TAIL_BYTES = 2;
    static final int MAX_FRAME_BYTES = HEAD_BYTES + 255 + TAIL_BYTES;

    /** Behind the head: transmission, index, last index. */
    static final int PAGE_HEAD_BYTES = 3;

    private static final byte STX = 0x02;
    private static final byte ETX = 0x03;
    private static final byte GENOUT = 0x40;

    private final int limitBytes;
    private String reason = "";

    /** @param limitBytes the largest page; 0: what the format allows */
    GsofDecoder(int limitBytes) {
        this.limitBytes = limitBytes == 0 ? MAX_FRAME_BYTES : Math.min(limitBytes, MAX_FRAME_BYTES);
    }

    @Override
    protected int look(ByteBuffer bytes, int at, int limit) {
        reason = "bytes that are no GSOF page";
        if (bytes.get(at) != STX) {
            return NONE;
        }
        if (limit - at < HEAD_BYTES) {
            return NEED_MORE;
        }
        int length = HEAD_BYTES + (bytes.get(at + 3) & 0xff) + TAIL_BYTES;
        if (limit - at < length) {
            return NEED_MORE;
        }
        int end = at + length - TAIL_BYTES;
        if (bytes.get(end + 1) != ETX) {
            return NONE;
        }
        int sum = 0;
        for (int i = at + 1; i < end; i++) {
            sum += bytes.get(i);
        }
        if ((byte) sum != bytes.get(end)) {
            reason = bytes.get(at + 2) == GENOUT ? "a GSOF page whose checksum is wrong" : reason;
            return NONE;
        }
        if (bytes.get(at + 2) != GENOUT) {
            reason = "Trimble packets that are no GSOF";
            return skip(length);
        }
        if (length > limitBytes || length < HEAD_BYTES + PAGE_HEAD_BYTES + TAIL_BYTES) {
            reason = "a GSOF page over the limit, or with no page number";
            return skip(length);
        }
        return length;
    }

    @Override
    protected int next(ByteBuffer bytes, int from, int limit) {
        int at = from;
        while (at < limit && bytes.get(at) != STX) {
            at++;
        }
        return at;
    }

    @Override
    protected String reason() {
        return reason;
    }
}
