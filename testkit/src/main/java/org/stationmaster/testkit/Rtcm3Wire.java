package org.stationmaster.testkit;

import java.nio.ByteBuffer;

/**
 * {@code rtcm3}: frames of RTCM 3. A synthetic one is a message 1071 (MSM1 of GPS) whose header names now and no satellite;
 * the payload follows it.
 */
record Rtcm3Wire() implements ListeningWire {
    static final String PROTOCOL = "rtcm3";

    private static final int PREAMBLE = 0xD3;
    private static final int FRAME_HEAD_BYTES = 3;
    private static final int MESSAGE_HEAD_BYTES = 22; // 169 bits
    private static final int CRC_BYTES = 3;
    private static final int MAX_MESSAGE_BYTES = 1023;
    private static final int POLYNOMIAL = 0x1864CFB;
    private static final int MSM1_GPS = 1071;
    private static final int EPOCH_BYTE = FRAME_HEAD_BYTES + 3;
    private static final long WEEK_MILLIS = 604_800_000;

    /** GPS weeks begin on Sundays; it is 18 s ahead of UTC. */
    private static final long WEEK_BEGAN_MILLIS = 315_964_800_000L - 18_000;

    @Override
    public int maxSizeBytes() {
        return MAX_MESSAGE_BYTES - MESSAGE_HEAD_BYTES + CRC_BYTES;
    }

    @Override
    public int headBytes() {
        return FRAME_HEAD_BYTES + MESSAGE_HEAD_BYTES;
    }

    @Override
    public void complete(byte[] record, int length, long epochNanos) {
        int message = length - FRAME_HEAD_BYTES - CRC_BYTES;
        record[0] = (byte) PREAMBLE;
        record[1] = (byte) (message >>> 8);
        record[2] = (byte) message;
        record[FRAME_HEAD_BYTES] = (byte) (MSM1_GPS >>> 4);
        record[FRAME_HEAD_BYTES + 1] = (byte) (MSM1_GPS << 4);
        // 30 bits, then two that are 0
        int epoch = (int) Math.floorMod(epochNanos / 1_000_000 - WEEK_BEGAN_MILLIS, WEEK_MILLIS) << 2;
        for (int i = 0; i < Integer.BYTES; i++) {
            record[EPOCH_BYTE + i] = (byte) (epoch >>> (24 - 8 * i));
        }
        int crc = crc(ByteBuffer.wrap(record), 0, length - CRC_BYTES);
        for (int i = 0; i < CRC_BYTES; i++) {
            record[length - CRC_BYTES + i] = (byte) (crc >>> (16 - 8 * i));
        }
    }

    /** CRC-24Q, bit by bit. */
    private static int crc(ByteBuffer bytes, int from, int to) {
        int crc = 0;
        for (int i = from; i < to; i++) {
            crc ^= (bytes.get(i) & 0xff) << 16;
            for (int bit = 0; bit < 8; bit++) {
                crc <<= 1;
                crc ^= crc >>> 24 == 0 ? 0 : POLYNOMIAL;
            }
        }
        return crc;
    }

    @Override
    public boolean mayBegin(byte b) {
        return b == (byte) PREAMBLE;
    }

    @Override
    public int recordBytes(ByteBuffer file, int at) {
        int left = file.limit() - at;
        if (left < FRAME_HEAD_BYTES || (file.getShort(at) & 0xfffc) != PREAMBLE << 8) {
            return 0;
        }
        int end = FRAME_HEAD_BYTES + (file.getShort(at + 1) & 0x3ff);
        boolean isWhole = left >= end + CRC_BYTES && crc(file, at, at + end + CRC_BYTES) == 0;
        return isWhole ? end + CRC_BYTES : 0;
    }
}
