package org.stationmaster.testkit;

import java.nio.ByteBuffer;

/**
 * {@code tsip}: packets of Trimble's TSIP. A synthetic one is a superpacket of version 0 with a sub-id that no receiver uses; its data
 * are the payload, in which no DLE is.
 */
record TsipWire() implements ListeningWire {
    static final String PROTOCOL = "tsip";

    private static final byte DLE = 0x10;
    private static final byte ETX = 0x03;
    private static final byte[] HEAD = {DLE, (byte) 0x8F, 0x7E};
    private static final int TAIL_BYTES = 2;
    private static final int MAX_BYTES = 4096;

    @Override
    public int maxSizeBytes() {
        return MAX_BYTES - HEAD.length;
    }

    @Override
    public int headBytes() {
        return HEAD.length;
    }

    @Override
    public void complete(byte[] record, int length, long epochNanos) {
        System.arraycopy(HEAD, 0, record, 0, HEAD.length);
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
