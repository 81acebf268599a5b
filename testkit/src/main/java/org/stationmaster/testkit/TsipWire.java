package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneOffset;

/**
 * {@code tsip}: packets of Trimble's TSIP. A synthetic one is a superpacket 8F-AB (primary timing) of version 0 that names now, with
 * the payload, in which no DLE is, behind its fields. Where a field holds a DLE it stands twice, and the payload ends a byte sooner.
 */
record TsipWire() implements ListeningWire {
    static final String PROTOCOL = "tsip";

    private static final byte DLE = 0x10;
    private static final byte ETX = 0x03;
    private static final byte[] HEAD = {DLE, (byte) 0x8F, (byte) 0xAB};
    private static final int FIELDS_BYTES = 16;
    private static final int UTC_IN_ALL = 3;
    private static final int GPS_MINUS_UTC_SECONDS = 18;

    /** GPS weeks begin on Sundays, this one in 1980. */
    private static final long FIRST_WEEK_SECONDS = 315_964_800L - GPS_MINUS_UTC_SECONDS;

    private static final long WEEK_SECONDS = 604_800;
    private static final int TAIL_BYTES = 2;
    private static final int MAX_BYTES = 4096;

    @Override
    public int maxSizeBytes() {
        return MAX_BYTES - headBytes();
    }

    @Override
    public int headBytes() {
        return HEAD.length + FIELDS_BYTES;
    }

    @Override
    public void complete(byte[] record, int length, long epochNanos) {
        var now = Instant.ofEpochSecond(0, epochNanos).atOffset(ZoneOffset.UTC);
        long gpsSeconds = now.toEpochSecond() - FIRST_WEEK_SECONDS;
        ByteBuffer.wrap(record)
                .put(HEAD)
                .putInt((int) (gpsSeconds % WEEK_SECONDS))
                .putShort((short) (gpsSeconds / WEEK_SECONDS))
                .putShort((short) GPS_MINUS_UTC_SECONDS)
                .put((byte) UTC_IN_ALL)
                .put((byte) now.getSecond())
                .put((byte) now.getMinute())
                .put((byte) now.getHour())
                .put((byte) now.getDayOfMonth())
                .put((byte) now.getMonthValue())
                .putShort((short) now.getYear());
        int end = headBytes();
        for (int at = HEAD.length; at < end; at++) {
            if (record[at] == DLE) {
                System.arraycopy(record, at, record, at + 1, length - at - 1);
                at++;
                end++;
            }
        }
        record[length - 2] = DLE;
        record[length - 1] = ETX;
    }

    @Override
    public boolean mayBegin(byte b) {
        return b == DLE;
    }

    @Override
    public int recordBytes(ByteBuffer file, int at) {
        if (file.limit() - at < HEAD.length + TAIL_BYTES - 1 || file.get(at) != DLE) {
            return 0;
        }
        byte id = file.get(at + 1);
        if (id == DLE || id == ETX) {
            return 0;
        }
        for (int i = at + 2; i + 1 < file.limit(); i++) {
            if (file.get(i) == DLE) {
                i++;
                if (file.get(i) == ETX) {
                    return i + 1 - at;
                }
                if (file.get(i) != DLE) {
                    return 0;
                }
            }
        }
        return 0;
    }
}
