package org.stationmaster.stations.seedlink;

import java.nio.ByteBuffer;
import org.stationmaster.stations.Skipping;

/**
 * Finds SeedLink packets: of version 3 ({@code SL}, six hexadecimal digits, a miniSEED record) or 4 ({@code SE}, format,
 * length, sequence, station identifier, payload). The payload of a frame is the record without the packet's header.
 */
final class SeedLinkDecoder extends Skipping {
    /** What a frame holds. */
    enum Kind {
        /** A miniSEED record: {@link #header} tells which. */
        RECORD,
        /** An answer to INFO. */
        INFO,
        /** A format that is not ours. */
        OTHER
    }

    static final int HEADER_3_BYTES = 8;
    static final int HEADER_4_BYTES = 17;
    private static final int MAX_STATION_BYTES = 64;
    private static final byte[] INFO = {'I', 'N', 'F', 'O', ' '};
    private static final String NO_PACKET = "no SeedLink packet";

    private final int version;
    private final int limitBytes;
    private final MiniSeedHeader header;
    private Kind kind = Kind.OTHER;
    private long sequence;
    private int headBytes;
    private String why = "";

    /**
     * @param version 3 or 4
     * @param limitBytes the longest payload taken
     */
    SeedLinkDecoder(int version, int limitBytes) {
        this.version = version;
        this.limitBytes = limitBytes;
        this.header = new MiniSeedHeader(limitBytes);
    }

    /** The most bytes of one packet. */
    static int mostBytes(int limitBytes) {
        return HEADER_4_BYTES + MAX_STATION_BYTES + limitBytes;
    }

    Kind kind() {
        return kind;
    }

    /** Of version 3 24 bits, of version 4 64 bits; of a {@link Kind#RECORD}. */
    long sequence() {
        return sequence;
    }

    /** Of a {@link Kind#RECORD}. */
    MiniSeedHeader header() {
        return header;
    }

    @Override
    protected String reason() {
        return why;
    }

    @Override
    protected int headBytes() {
        return headBytes;
    }

    @Override
    protected int next(ByteBuffer bytes, int from, int limit) {
        int at = from;
        while (at < limit && bytes.get(at) != 'S') {
            at++;
        }
        return at;
    }

    @Override
    protected int look(ByteBuffer bytes, int at, int limit) {
        int available = limit - at;
        if (bytes.get(at) != 'S') {
            return no(NO_PACKET);
        }
        return version == 3 ? look3(bytes, at, available) : look4(bytes, at, available);
    }

    private int no(String reason) {
        why = reason;
        return NONE;
    }

    // ---- version 3

    private int look3(ByteBuffer bytes, int at, int available) {
        if (available > 1 && bytes.get(at + 1) != 'L') {
            return no(NO_PACKET);
        }
        int known = Math.min(available, HEADER_3_BYTES);
        boolean isInfo = true;
        boolean isData = true;
        long number = 0;
        for (int i = 2; i < known; i++) {
            byte b = bytes.get(at + i);
            int digit = Character.digit(b, 16);
            isInfo &= i - 2 < INFO.length ? b == INFO[i - 2] : b == '*' || b == ' ';
            isData &= digit >= 0;
            number = (number << 4) | digit;
        }
        if (!isInfo && !isData) {
            return no("a SeedLink 3 packet without a sequence number");
        }
        if (available < HEADER_3_BYTES) {
            return NEED_MORE;
        }
        int record = at + HEADER_3_BYTES;
        return switch (header.read(bytes, record)) {
            case RECORD -> {
                kind = isInfo ? Kind.INFO : Kind.RECORD;
                sequence = number;
                headBytes = HEADER_3_BYTES;
                yield HEADER_3_BYTES + header.recordBytes();
            }
            case NEED_MORE -> NEED_MORE;
            case NO_RECORD -> no(header.why());
        };
    }

    // ---- version 4

    private int look4(ByteBuffer bytes, int at, int available) {
        if ((available > 1 && bytes.get(at + 1) != 'E')
                || (available > 2 && !isLetter(bytes.get(at + 2)))
                || (available > 3 && !isLetter(bytes.get(at + 3)))) {
            return no(NO_PACKET);
        }
        if (available < HEADER_4_BYTES) {
            return NEED_MORE;
        }
        long length = Integer.reverseBytes(bytes.getInt(at + 4)) & 0xffff_ffffL;
        if (length > limitBytes) {
            return no("a SeedLink payload of " + length + " bytes, over the limit of " + limitBytes);
        }
        int stationBytes = bytes.get(at + 16) & 0xff;
        if (stationBytes > MAX_STATION_BYTES) {
            return no("a SeedLink station identifier of " + stationBytes + " bytes");
        }
        int start = at + HEADER_4_BYTES + stationBytes;
        int whole = start - at + (int) length;
        if (available < whole) {
            return NEED_MORE;
        }
        headBytes = start - at;
        sequence = Long.reverseBytes(bytes.getLong(at + 8));
        byte format = bytes.get(at + 2);
        if (format == '2' || format == '3') {
            kind = Kind.RECORD;
            return isRecord(bytes, start, (int) length) ? whole : skip(whole);
        }
        kind = format == 'J' || format == 'X' ? Kind.INFO : Kind.OTHER;
        return whole;
    }

    private boolean isRecord(ByteBuffer bytes, int start, int length) {
        int limit = bytes.limit();
        bytes.limit(start + length);
        var found = header.read(bytes, start);
        bytes.limit(limit);
        why = switch (found) {
            case RECORD -> header.recordBytes() == length ? "" : "a SeedLink payload that is more than its record";
            case NEED_MORE -> "a SeedLink payload that ends inside its record";
            case NO_RECORD -> header.why();
        };
        return why.isEmpty();
    }

    private static boolean isLetter(byte b) {
        return (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
    }
}
