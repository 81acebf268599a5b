package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;

/** {@code nmea}: sentences of NMEA 0183. A synthetic one is a ZDA that names now, with the payload as one more field. */
record NmeaWire() implements ListeningWire {
    static final String PROTOCOL = "nmea";

    private static final byte[] HEAD = "$GPZDA,hhmmss.sss,dd,mm,yyyy,,,".getBytes(StandardCharsets.US_ASCII);
    private static final int TAIL_BYTES = 5; // *hh CR LF
    private static final int MAX_BYTES = 1024;

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
        var now = Instant.ofEpochSecond(0, epochNanos).atOffset(ZoneOffset.UTC);
        digits(record, 7, 2, now.getHour());
        digits(record, 9, 2, now.getMinute());
        digits(record, 11, 2, now.getSecond());
        digits(record, 14, 3, now.getNano() / 1_000_000);
        digits(record, 18, 2, now.getDayOfMonth());
        digits(record, 21, 2, now.getMonthValue());
        digits(record, 24, 4, now.getYear());
        int star = length - TAIL_BYTES;
        int sum = 0;
        for (int i = 1; i < star; i++) {
            sum ^= record[i];
        }
        record[star] = '*';
        record[star + 1] = (byte) Character.toUpperCase(Character.forDigit(sum >> 4, 16));
        record[star + 2] = (byte) Character.toUpperCase(Character.forDigit(sum & 0xf, 16));
        record[star + 3] = '\r';
        record[star + 4] = '\n';
    }

    private static void digits(byte[] record, int at, int count, int value) {
        int rest = value;
        for (int i = at + count - 1; i >= at; i--, rest /= 10) {
            record[i] = (byte) ('0' + rest % 10);
        }
    }

    /** UBX, too, so that garbage does not swallow a sentence. */
    @Override
    public boolean mayBegin(byte b) {
        return b == '$' || b == '!' || b == (byte) 0xB5;
    }

    @Override
    public int recordBytes(ByteBuffer file, int at) {
        if (file.get(at) != '$' && file.get(at) != '!') {
            return 0;
        }
        int sum = 0;
        for (int i = at + 1; i < Math.min(file.limit() - TAIL_BYTES + 1, at + MAX_BYTES); i++) {
            byte b = file.get(i);
            if (b == '*') {
                boolean isEnd = file.get(i + 3) == '\r' && file.get(i + 4) == '\n';
                int said = Character.digit(file.get(i + 1), 16) * 16 + Character.digit(file.get(i + 2), 16);
                return isEnd && said == sum ? i + TAIL_BYTES - at : 0;
            }
            if (b < ' ') {
                return 0;
            }
            sum ^= b;
        }
        return 0;
    }
}
