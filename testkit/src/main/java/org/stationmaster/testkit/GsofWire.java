package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * {@code gsof}: pages of Trimble's GSOF. Six synthetic ones are a transmission. Each holds a record of type 1 that names now, and one
 * of a type that no receiver uses, whose data are the payload; records of types 2, 3, 6, 8, 9 and 12 begin in one page and end in the
 * next. Payloads below {@link #LEAST_SPLIT_BYTES} leave no room for those: such a page is a transmission of its own.
 */
record GsofWire() implements ListeningWire {
    static final String PROTOCOL = "gsof";

    static final int PAGES = 6;
    static final int LEAST_SPLIT_BYTES = 128;

    private static final byte STX = 0x02;
    private static final byte ETX = 0x03;
    private static final byte GENOUT = 0x40;
    private static final int PACKET_HEAD_BYTES = 4;
    private static final int TAIL_BYTES = 2;
    private static final int TIME_BYTES = 12;
    private static final int MAX_DATA_BYTES = 250;
    private static final int UNUSED_TYPE = 250;

    /** What crosses from each page into the next: 29 bytes at the end of one, 11 at the beginning of the other. */
    private static final int CROSSING_BYTES = 40;

    private static final int LATE_BYTES = 11;
    private static final int EARLY_BYTES = CROSSING_BYTES - LATE_BYTES;

    private static final String FILLER = "fa0c" + "00".repeat(12);

    /**
     * What crosses, for each page what comes from the one before it. A receiver near Quito: types
     * 2 · 3 · 6 · 8 and 9 · 12, and records of the unused type that fill up.
     */
    private static final byte[] CROSSING = HexFormat.of()
            .parseHex(
                    // what ends the last page, and begins the first
                    "fa1b" + "00".repeat(27) + "fa09" + "00".repeat(9)
                            // -0.003752 rad, -1.370083 rad, 2800.5 m
                            + FILLER + "0218bf6ebc83a96d4c34bff5ebdc26dce39b40a5e10000000000"
                            // 1271000.25 m, -6252000.5 m, -23770.75 m
                            + FILLER + "0318413364d840000000c157d97820000000c0d736b000000000"
                            // 1.5 m, -2.25 m, 0.125 m
                            + FILLER + "06183ff8000000000000c0020000000000003fc0000000000000"
                            // flags 1, 0.25 m/s, 1.5 rad, -0.125 m/s; 1.5, 0.75, 1.25, 1.0
                            + "080d013e8000003fc00000be000000" + "09103fc000003f4000003fa000003f800000"
                            + "fa0500000000" + "00"
                            // nine times 0.01, 10 epochs
                            + "0c26" + "3c23d70a".repeat(9) + "000a");

    /** GPS is 18 s ahead of UTC. */
    private static final long FIRST_WEEK_MILLIS = 315_964_800_000L - 18_000;

    private static final long WEEK_MILLIS = 604_800_000;

    @Override
    public int maxSizeBytes() {
        return PACKET_HEAD_BYTES + MAX_DATA_BYTES + TAIL_BYTES - headBytes();
    }

    @Override
    public int headBytes() {
        return PACKET_HEAD_BYTES + 3 + LATE_BYTES + TIME_BYTES + 2;
    }

    @Override
    public void complete(byte[] record, int length, long epochNanos) {
        var stamp = new Stamp();
        var bytes = ByteBuffer.wrap(record);
        boolean isSplit =
                length - headBytes() >= LEAST_SPLIT_BYTES && stamp.read(bytes.slice(headBytes(), Stamp.MAX_BYTES));
        int page = isSplit ? (int) (stamp.seq() % PAGES) : 0;
        int last = isSplit ? PAGES - 1 : 0;
        int end = length - TAIL_BYTES - (isSplit ? EARLY_BYTES : 0);
        long millis = epochNanos / 1_000_000 - FIRST_WEEK_MILLIS;
        long transmission = isSplit ? stamp.seq() / PAGES : millis / 1000;
        bytes.put(STX).put((byte) 0).put(GENOUT).put((byte) (length - PACKET_HEAD_BYTES - TAIL_BYTES));
        bytes.put((byte) transmission).put((byte) page).put((byte) last);
        bytes.put(CROSSING, page * CROSSING_BYTES + EARLY_BYTES, LATE_BYTES);
        bytes.put((byte) 1).put((byte) (TIME_BYTES - 2));
        bytes.putInt((int) Math.floorMod(millis, WEEK_MILLIS)).putShort((short) Math.floorDiv(millis, WEEK_MILLIS));
        bytes.putInt(0);
        bytes.put((byte) UNUSED_TYPE).put((byte) (end - headBytes()));
        if (isSplit) {
            bytes.put(end, CROSSING, (page + 1) % PAGES * CROSSING_BYTES, EARLY_BYTES);
        }
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
