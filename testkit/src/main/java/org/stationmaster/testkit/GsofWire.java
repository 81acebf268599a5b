package org.stationmaster.testkit;

import java.nio.ByteBuffer;

/**
 * {@code gsof}: pages of Trimble's GSOF. A synthetic one is a transmission of one page: a record of type 1 that names now, and one of a
 * type that no receiver uses, whose data are the payload.
 */
record GsofWire() implements ListeningWire {
    static final String PROTOCOL = "gsof";

    private static final byte STX = 0x02;
    private static final byte ETX = 0x03;
    private static final byte GENOUT = 0x40;
    private static final int PACKET_HEAD_BYTES = 4;
    private static final int TAIL_BYTES = 2;
    private static final int TIME_AT = PACKET_HEAD_BYTES + 3;
    private static final int TIME_BYTES = 12;
    private static final int MAX_DATA_BYTES = 250;
    private static final int UNUSED_TYPE = 250;

    /** GPS is 18 s ahead of UTC. */
    private static final long FIRST_WEEK_MILLIS = 315_964_800_000L - 18_000;

    private static final long WEEK_MILLIS = 604_800_000;

    @Override
    public int maxSizeBytes() {
        return PACKET_HEAD_BYTES + MAX_DATA_BYTES + TAIL_BYTES - headBytes();
    }

    @Override
    public int headBytes() {
        return TIME_AT + TIME_BYTES + 2;
    }

    @Override
    public void complete(byte[] record, int length, long epochNanos) {
        var bytes = ByteBuffer.wrap(record);
        long millis = epochNanos / 1_000_000 - FIRST_WEEK_MILLIS;
        bytes.put(STX).put((byte) 0).put(GENOUT).put((byte) (length - PACKET_HEAD_BYTES - TAIL_BYTES));
        bytes.put((byte) (millis / 1000)).put((byte) 0).put((byte) 0);
        bytes.put((byte) 1).put((byte) (TIME_BYTES - 2));
        bytes.putInt((int) Math.floorMod(millis, WEEK_MILLIS)).putShort((short) Math.floorDiv(millis, WEEK_MILLIS));
        bytes.putInt(0);
        bytes.put((byte) UNUSED_TYPE).put((byte) (length - headBytes() - TAIL_BYTES));
        bytes.put(length - 2, sum(bytes, 1, length - TAIL_BYTES)).put(length - 1, ETX);
    }

    private static byte sum(ByteBuffer bytes, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            sum += bytes.get(i);
        }
        return (byte) sum;
    }

    @Override
    public boolean mayBegin(byte b) {
        return b == STX;
    }

    @Override
    public int recordBytes(ByteBuffer file, int at) {
        int left = file.limit() - at;
        if (left < PACKET_HEAD_BYTES || file.get(at) != STX || file.get(at + 2) != GENOUT) {
            return 0;
        }
        int length = PACKET_HEAD_BYTES + (file.get(at + 3) & 0xff) + TAIL_BYTES;
        boolean isWhole = length <= left
                && file.get(at + length - 1) == ETX
                && file.get(at + length - 2) == sum(file, at + 1, at + length - TAIL_BYTES);
        return isWhole ? length : 0;
    }
}
