package org.stationmaster.stations;

import java.nio.ByteBuffer;

/**
 * CRC-24Q, the checksum of RTCM 3 (RTCM 10403.3, 4.2): polynomial 0x1864CFB, from 0, highest bit first. Sixteen bytes a step, by
 * tables of what each byte of them adds (“slicing”).
 */
final class Crc24q {
    static final int BYTES = 3;

    private static final int POLYNOMIAL = 0x864CFB00;
    private static final int STEP_BYTES = 16;

    /** At 256 k + b: what byte b adds when k bytes follow it; the 24 bits stand highest. */
    private static final int[] TABLE = table();

    private Crc24q() {}

    private static int[] table() {
        var table = new int[STEP_BYTES * 256];
        for (int b = 0; b < 256; b++) {
            int crc = b << 24;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc << 1 ^ (crc < 0 ? POLYNOMIAL : 0);
            }
            table[b] = crc;
        }
        for (int i = 256; i < table.length; i++) {
            int before = table[i - 256];
            table[i] = before << 8 ^ table[before >>> 24];
        }
        return table;
    }

    /** Of the bytes from one index up to another, in 24 bits; the buffer is big-endian. */
    static int of(ByteBuffer bytes, int from, int to) {
        int crc = 0;
        int at = from;
        for (; at <= to - STEP_BYTES; at += STEP_BYTES) {
            long a = bytes.getLong(at) ^ (long) crc << 32;
            long b = bytes.getLong(at + Long.BYTES);
            crc = TABLE[15 * 256 + (int) (a >>> 56)]
                    ^ TABLE[14 * 256 + (int) (a >>> 48 & 0xff)]
                    ^ TABLE[13 * 256 + (int) (a >>> 40 & 0xff)]
                    ^ TABLE[12 * 256 + (int) (a >>> 32 & 0xff)]
                    ^ TABLE[11 * 256 + (int) (a >>> 24 & 0xff)]
                    ^ TABLE[10 * 256 + (int) (a >>> 16 & 0xff)]
                    ^ TABLE[9 * 256 + (int) (a >>> 8 & 0xff)]
                    ^ TABLE[8 * 256 + (int) (a & 0xff)]
                    ^ TABLE[7 * 256 + (int) (b >>> 56)]
                    ^ TABLE[6 * 256 + (int) (b >>> 48 & 0xff)]
                    ^ TABLE[5 * 256 + (int) (b >>> 40 & 0xff)]
                    ^ TABLE[4 * 256 + (int) (b >>> 32 & 0xff)]
                    ^ TABLE[3 * 256 + (int) (b >>> 24 & 0xff)]
                    ^ TABLE[2 * 256 + (int) (b >>> 16 & 0xff)]
                    ^ TABLE[256 + (int) (b >>> 8 & 0xff)]
                    ^ TABLE[(int) (b & 0xff)];
        }
        for (; at < to; at++) {
            crc = crc << 8 ^ TABLE[(crc >>> 24 ^ bytes.get(at)) & 0xff];
        }
        return crc >>> 8;
    }
}
