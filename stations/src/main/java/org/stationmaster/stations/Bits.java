package org.stationmaster.stations;

import java.nio.ByteBuffer;

/** Fields of bits, the highest first, as RTCM 3 packs them. */
final class Bits {
    private Bits() {}

    /**
     * An unsigned field.
     *
     * @param start the byte at which bit 0 is the highest
     * @param bit where the field begins, counted from there
     * @param count 1 to 56 bits; all of them are in the buffer
     */
    static long unsigned(ByteBuffer bytes, int start, int bit, int count) {
        int at = start + (bit >> 3);
        int end = (bit & 7) + count;
        long value = 0;
        for (int done = 0; done < end; done += 8) {
            value = (value << 8) | (bytes.get(at++) & 0xff);
        }
        return (value >>> (-end & 7)) & ((1L << count) - 1);
    }

    /** The same in two's complement. */
    static long signed(ByteBuffer bytes, int start, int bit, int count) {
        int unused = Long.SIZE - count;
        return unsigned(bytes, start, bit, count) << unused >> unused;
    }
}
