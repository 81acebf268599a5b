package org.stationmaster.stations.seedlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Reads the header of one miniSEED record after another: version 2 (SEED 2.4, in either byte order, with blockettes 100,
 * 1000 and 1001) and version 3 (FDSN 2023, with its CRC-32C). Pure; allocates nothing but in the accessors that make
 * strings. What was read is good until the next {@link #read}. Not thread-safe.
 *
 * <p>A record of version 2 without blockette 1000 does not tell its length: it is taken to have
 * {@value #USUAL_RECORD_BYTES} bytes, as SeedLink 3 has it.
 */
public final class MiniSeedHeader {
    /** What {@link #read} found. */
    public enum Found {
        /** A whole record, {@link #recordBytes} long. */
        RECORD,
        /** What is there may be the beginning of a record. */
        NEED_MORE,
        /** No record begins here, or a damaged one: {@link #why} tells. */
        NO_RECORD
    }

    /** The record length that is taken when the record does not tell it. */
    public static final int USUAL_RECORD_BYTES = 512;

    /** The longest record that is taken unless told otherwise: 256 KiB. */
    public static final int DEFAULT_LIMIT_BYTES = 256 << 10;

    /** Fixed section of version 2. */
    static final int HEADER_2_BYTES = 48;

    /** Fixed section of version 3, without the identifier. */
    static final int HEADER_3_BYTES = 40;

    private static final int MIN_LENGTH_EXPONENT = 7;
    private static final int MAX_LENGTH_EXPONENT = 30;
    private static final int MAX_CODE_BYTES = 8;
    private static final int MAX_CHANNEL_BYTES = 32;
    private static final int UNTIMED_CORRECTION = 0x02;
    private static final int CRC_OFFSET = 28;
    private static final int NO_ENCODING = -1;

    /** Of both versions. */
    private static final int TEXT = 0;

    private static final double LEAST_RATE = 1e-8;
    private static final double MOST_NANOS = 1e18;
    private static final byte[] NO_CRC = new byte[Integer.BYTES];
    private static final byte[] FDSN = {'F', 'D', 'S', 'N', ':'};

    private final int limitBytes;
    private final CRC32C crc = new CRC32C();

    private int version;
    private int recordBytes;
    private long startNanos;
    private long samples;
    private double samplesPerSecond;
    private String why = "";

    private final Code network = new Code(MAX_CODE_BYTES);
    private final Code station = new Code(MAX_CODE_BYTES);
    private final Code location = new Code(MAX_CODE_BYTES);
    private final Code channel = new Code(MAX_CHANNEL_BYTES);

    // of the blockettes
    private double rateOfBlockette100;
    private int microsOfBlockette1001;
    private int encoding;

    /** Takes records of up to 256 KiB. */
    public MiniSeedHeader() {
        this(DEFAULT_LIMIT_BYTES);
    }

    /** @param limitBytes the longest record taken; a longer one is none */
    public MiniSeedHeader(int limitBytes) {
        this.limitBytes = limitBytes;
    }

    /**
     * Looks whether a record begins at an index.
     *
     * @param bytes big-endian; read up to its limit, position and limit stay
     * @param at where the record should begin
     */
    public Found read(ByteBuffer bytes, int at) {
        int available = bytes.limit() - at;
        if (available == 0) {
            return Found.NEED_MORE;
        }
        return bytes.get(at) == 'M' ? read3(bytes, at, available) : read2(bytes, at, available);
    }

    private Found no(String reason) {
        why = reason;
        return Found.NO_RECORD;
    }

    // ---- version 2

    private Found read2(ByteBuffer bytes, int at, int available) {
        if (!mayBegin2(bytes, at, Math.min(available, 8))) {
            return no("no miniSEED record");
        }
        if (available < HEADER_2_BYTES) {
            return Found.NEED_MORE;
        }
        boolean swapped = !isDay(bytes.getShort(at + 20), bytes.getShort(at + 22));
        int year = u16(bytes, at + 20, swapped);
        int day = u16(bytes, at + 22, swapped);
        int hour = bytes.get(at + 24);
        int minute = bytes.get(at + 25);
        int second = bytes.get(at + 26);
        if (!isDay(year, day) || !isTime(hour, minute, second)) {
            return no("a miniSEED 2 header without a possible time");
        }
        int length = recordBytes2(bytes, at, available, swapped);
        if (length <= 0) {
            return length == 0 ? Found.NEED_MORE : Found.NO_RECORD;
        }
        if (length > limitBytes) {
            return no("a miniSEED record of " + length + " bytes, over the limit of " + limitBytes);
        }
        if (length > available) {
            return Found.NEED_MORE;
        }
        readBlockettes(bytes, at, length, swapped);
        version = 2;
        recordBytes = length;
        samples = u16(bytes, at + 30, swapped);
        samplesPerSecond = rateOfBlockette100 > 0
                ? rateOfBlockette100
                : rate(s16(bytes, at + 32, swapped), s16(bytes, at + 34, swapped));
        long nanos = Calendars.epochNanos(year, day, hour, minute, second);
        nanos += u16(bytes, at + 28, swapped) * 100_000L + microsOfBlockette1001 * 1_000L;
        if ((bytes.get(at + 36) & UNTIMED_CORRECTION) == 0) {
            nanos += s32(bytes, at + 40, swapped) * 100_000L;
        }
        startNanos = nanos;
        station.setPadded(bytes, at + 8, 5);
        location.setPadded(bytes, at + 13, 2);
        channel.setPadded(bytes, at + 15, 3);
        network.setPadded(bytes, at + 18, 2);
        return Found.RECORD;
    }

    /** Six digits, blanks or zeros; the quality; a blank. */
    private static boolean mayBegin2(ByteBuffer bytes, int at, int known) {
        for (int i = 0; i < Math.min(known, 6); i++) {
            byte b = bytes.get(at + i);
            if ((b < '0' || b > '9') && b != ' ' && b != 0) {
                return false;
            }
        }
        if (known > 6) {
            byte quality = bytes.get(at + 6);
            if (quality != 'D' && quality != 'R' && quality != 'Q' && quality != 'M') {
                return false;
            }
        }
        return known < 8 || bytes.get(at + 7) == ' ' || bytes.get(at + 7) == 0;
    }

    /** Negative: no record; 0: not known yet. */
    private int recordBytes2(ByteBuffer bytes, int at, int available, boolean swapped) {
        int offset = u16(bytes, at + 46, swapped);
        int least = HEADER_2_BYTES;
        while (offset != 0) {
            if (offset < least) {
                no("a blockette of miniSEED 2 that stands before the one before it");
                return -1;
            }
            if (offset + 8 > limitBytes) {
                no("a blockette of miniSEED 2 beyond the limit of " + limitBytes + " bytes");
                return -1;
            }
            if (offset + 8 > available) {
                return 0;
            }
            if (u16(bytes, at + offset, swapped) == 1000) {
                int exponent = bytes.get(at + offset + 6);
                if (exponent < MIN_LENGTH_EXPONENT || exponent > MAX_LENGTH_EXPONENT || 1 << exponent < offset + 8) {
                    no("a miniSEED 2 record length of 2 to the power of " + exponent);
                    return -1;
                }
                return 1 << exponent;
            }
            least = offset + 4;
            offset = u16(bytes, at + offset + 2, swapped);
        }
        return USUAL_RECORD_BYTES;
    }

    private void readBlockettes(ByteBuffer bytes, int at, int length, boolean swapped) {
        encoding = NO_ENCODING;
        rateOfBlockette100 = 0;
        microsOfBlockette1001 = 0;
        int offset = u16(bytes, at + 46, swapped);
        int least = HEADER_2_BYTES;
        while (offset >= least && offset + 8 <= length) {
            switch (u16(bytes, at + offset, swapped)) {
                case 100 -> rateOfBlockette100 = Float.intBitsToFloat(s32(bytes, at + offset + 4, swapped));
                case 1000 -> encoding = bytes.get(at + offset + 4);
                case 1001 -> microsOfBlockette1001 = bytes.get(at + offset + 5);
                default -> {}
            }
            least = offset + 4;
            offset = u16(bytes, at + offset + 2, swapped);
        }
    }

    private static double rate(int factor, int multiplier) {
        if (factor == 0 || multiplier == 0) {
            return 0;
        }
        double one = factor > 0 ? factor : -1.0 / factor;
        return multiplier > 0 ? one * multiplier : one / -multiplier;
    }

    // ---- version 3

    private Found read3(ByteBuffer bytes, int at, int available) {
        if ((available > 1 && bytes.get(at + 1) != 'S') || (available > 2 && bytes.get(at + 2) != 3)) {
            return no("no miniSEED record");
        }
        if (available < HEADER_3_BYTES) {
            return Found.NEED_MORE;
        }
        int nanos = s32(bytes, at + 4, true);
        int year = u16(bytes, at + 8, true);
        int day = u16(bytes, at + 10, true);
        int hour = bytes.get(at + 12);
        int minute = bytes.get(at + 13);
        int second = bytes.get(at + 14);
        if (!isDay(year, day) || !isTime(hour, minute, second) || nanos < 0 || nanos > 999_999_999) {
            return no("a miniSEED 3 header without a possible time");
        }
        int identifierBytes = bytes.get(at + 33) & 0xff;
        long data = s32(bytes, at + 36, true) & 0xffff_ffffL;
        long length = (long) HEADER_3_BYTES + identifierBytes + u16(bytes, at + 34, true) + data;
        if (length > limitBytes) {
            return no("a miniSEED record of " + length + " bytes, over the limit of " + limitBytes);
        }
        if (length > available) {
            return Found.NEED_MORE;
        }
        if (crcOf(bytes, at, (int) length) != s32(bytes, at + CRC_OFFSET, true)) {
            return no("a miniSEED 3 record with a wrong CRC");
        }
        version = 3;
        recordBytes = (int) length;
        encoding = bytes.get(at + 15);
        samples = s32(bytes, at + 24, true) & 0xffff_ffffL;
        double told = Double.longBitsToDouble(Long.reverseBytes(big(bytes).getLong(at + 16)));
        samplesPerSecond = told < 0 ? -1 / told : told;
        startNanos = Calendars.epochNanos(year, day, hour, minute, second) + nanos;
        readIdentifier(bytes, at + HEADER_3_BYTES, identifierBytes);
        return Found.RECORD;
    }

    private int crcOf(ByteBuffer bytes, int at, int length) {
        int position = bytes.position();
        int limit = bytes.limit();
        crc.reset();
        crc.update(bytes.limit(at + CRC_OFFSET).position(at));
        crc.update(NO_CRC);
        crc.update(bytes.limit(at + length).position(at + CRC_OFFSET + NO_CRC.length));
        bytes.limit(limit).position(position);
        return (int) crc.getValue();
    }

    /** {@code FDSN:NET_STA_LOC_BAND_SOURCE_SUBSOURCE}; anything else leaves the codes empty. */
    private void readIdentifier(ByteBuffer bytes, int from, int length) {
        network.clear();
        station.clear();
        location.clear();
        channel.clear();
        for (int i = 0; i < FDSN.length; i++) {
            if (length <= FDSN.length || bytes.get(from + i) != FDSN[i]) {
                return;
            }
        }
        int end = from + length;
        int a = indexOf(bytes, from + FDSN.length, end);
        int b = indexOf(bytes, a + 1, end);
        int c = indexOf(bytes, b + 1, end);
        int d = indexOf(bytes, c + 1, end);
        int e = indexOf(bytes, d + 1, end);
        if (e >= end || indexOf(bytes, e + 1, end) < end) {
            return;
        }
        network.set(bytes, from + FDSN.length, a);
        station.set(bytes, a + 1, b);
        location.set(bytes, b + 1, c);
        if (d - c == 2 && e - d == 2 && end - e == 2) {
            channel.set(bytes, c + 1, d);
            channel.add(bytes.get(d + 1));
            channel.add(bytes.get(e + 1));
        } else {
            channel.set(bytes, c + 1, end);
        }
    }

    /** Where the next '_' is; the end when there is none. */
    private static int indexOf(ByteBuffer bytes, int from, int end) {
        int at = from;
        while (at < end && bytes.get(at) != '_') {
            at++;
        }
        return Math.min(at, end);
    }

    // ---- numbers

    private static boolean isDay(int year, int day) {
        return year >= 1900 && year <= 2100 && day >= 1 && day <= 366;
    }

    private static boolean isTime(int hour, int minute, int second) {
        return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60;
    }

    private static ByteBuffer big(ByteBuffer bytes) {
        assert bytes.order() == ByteOrder.BIG_ENDIAN;
        return bytes;
    }

    private static int u16(ByteBuffer bytes, int at, boolean swapped) {
        short value = big(bytes).getShort(at);
        return (swapped ? Short.reverseBytes(value) : value) & 0xffff;
    }

    private static int s16(ByteBuffer bytes, int at, boolean swapped) {
        return (short) u16(bytes, at, swapped);
    }

    private static int s32(ByteBuffer bytes, int at, boolean swapped) {
        int value = big(bytes).getInt(at);
        return swapped ? Integer.reverseBytes(value) : value;
    }

    // ---- what was read

    /** Of the format: 2 or 3. */
    public int version() {
        return version;
    }

    /** The whole record, header and all. */
    public int recordBytes() {
        return recordBytes;
    }

    /** The time of the first sample, nanoseconds since 1970 UTC. */
    public long startNanos() {
        return startNanos;
    }

    /** The time of the last sample; the start when the record has no rate or at most one sample. */
    public long endNanos() {
        double span = samples < 2 ? 0 : (samples - 1) * periodNanos();
        return span < MOST_NANOS ? startNanos + (long) span : startNanos;
    }

    /** From one sample to the next; 0 without a rate, or with one below a sample in three years. */
    public double periodNanos() {
        return samplesPerSecond >= LEAST_RATE ? 1e9 / samplesPerSecond : 0;
    }

    public long samples() {
        return samples;
    }

    /** 0 for records without a rate, logs for instance. */
    public double samplesPerSecond() {
        return samplesPerSecond;
    }

    /** Whether it holds text, or something else that has no rate, and no waveform. */
    public boolean isLog() {
        return encoding == TEXT || samplesPerSecond == 0;
    }

    public String network() {
        return network.text();
    }

    public String station() {
        return station.text();
    }

    /** Empty when the record has none. */
    public String location() {
        return location.text();
    }

    /** {@code BHZ}; of version 3 with codes of other lengths {@code BAND_SOURCE_SUBSOURCE}. */
    public String channel() {
        return channel.text();
    }

    /** {@code NET.STA.LOC.CHAN}. */
    public String codes() {
        return network() + '.' + station() + '.' + location() + '.' + channel();
    }

    /** Whether the record is of this station; allocates nothing. */
    public boolean isFrom(String ofNetwork, String ofStation) {
        return network.is(ofNetwork) && station.is(ofStation);
    }

    /** A number that is the same for records of the same station; allocates nothing. */
    public long stationHash() {
        return station.hash(network.hash(0));
    }

    /** The {@link #stationHash} of a station. */
    public static long stationHash(String network, String station) {
        return Code.hash(Code.hash(0, network), station);
    }

    /** A number that is the same for records of the same channel of the same station; allocates nothing. */
    public long channelHash() {
        return channel.hash(location.hash(stationHash()));
    }

    /** What was wrong when {@link #read} found no record, for people. */
    public String why() {
        return why;
    }

    /** One code: a few bytes of ASCII. */
    private static final class Code {
        private static final long PRIME = 0x100000001b3L;

        private final byte[] bytes;
        private int length;

        Code(int mostBytes) {
            bytes = new byte[mostBytes];
        }

        void clear() {
            length = 0;
        }

        /** A code that is too long stays empty: it is none. */
        void set(ByteBuffer from, int start, int end) {
            length = 0;
            if (end - start <= bytes.length) {
                for (int i = start; i < end; i++) {
                    bytes[length++] = from.get(i);
                }
            }
        }

        void setPadded(ByteBuffer from, int start, int size) {
            int end = start + size;
            while (end > start && (from.get(end - 1) == ' ' || from.get(end - 1) == 0)) {
                end--;
            }
            set(from, start, end);
        }

        void add(byte one) {
            bytes[length++] = one;
        }

        boolean is(String text) {
            if (text.length() != length) {
                return false;
            }
            for (int i = 0; i < length; i++) {
                if (text.charAt(i) != bytes[i]) {
                    return false;
                }
            }
            return true;
        }

        long hash(long before) {
            long hash = before + 1;
            for (int i = 0; i < length; i++) {
                hash = (hash ^ bytes[i]) * PRIME;
            }
            return hash * PRIME;
        }

        static long hash(long before, String text) {
            long hash = before + 1;
            for (int i = 0; i < text.length(); i++) {
                hash = (hash ^ text.charAt(i)) * PRIME;
            }
            return hash * PRIME;
        }

        String text() {
            return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        }
    }
}
