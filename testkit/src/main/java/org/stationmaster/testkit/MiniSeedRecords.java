package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Locale;

/** Makes miniSEED 2 records of 512 bytes: with a {@link Stamp} in place of samples, or with text. For one thread. */
final class MiniSeedRecords {
    static final int RECORD_BYTES = 512;

    /** 32-bit samples behind the header. */
    static final int SAMPLES = (RECORD_BYTES - 128) / Integer.BYTES;

    /** Text in one record. */
    static final int TEXT_BYTES = RECORD_BYTES - 64;

    private static final int INTEGERS = 3;
    private static final int ASCII = 0;
    private static final int EXPONENT = 9;

    private final byte[] record = new byte[RECORD_BYTES];
    private final ByteBuffer view = ByteBuffer.wrap(record);

    /**
     * A record of samples; valid until the next call.
     *
     * @param head as made by {@link Stamp#head}
     * @param startNanos of the first sample, since 1970 UTC
     * @param spanNanos from the first sample to the first of the next record
     */
    ByteBuffer stamped(
            String network,
            String station,
            String channel,
            long startNanos,
            long spanNanos,
            byte[] head,
            long seq,
            long epochNanos) {
        begin(seq, network, station, "00", channel, startNanos);
        float rate = (float) (SAMPLES * 1e9 / spanNanos);
        view.putShort(30, (short) SAMPLES);
        view.putShort(32, (short) (rate >= 1 ? Math.min(Short.MAX_VALUE, Math.round(rate)) : -Math.round(1 / rate)));
        view.putShort(34, (short) 1);
        view.put(39, (byte) 2);
        view.putShort(44, (short) 128);
        blockette1000(56, INTEGERS);
        view.putShort(56, (short) 100).putFloat(60, rate);
        int at = Stamp.write(record, 128, head, seq, epochNanos);
        for (int i = at; i < RECORD_BYTES; i++) {
            record[i] = (byte) ('a' + (i + seq) % 26);
        }
        return view.clear();
    }

    /** A record of text, at most {@link #TEXT_BYTES} of it; valid until the next call. */
    ByteBuffer text(long seq, long nowNanos, byte[] text, int from, int length) {
        begin(seq, "SL", "INFO", "", "INF", nowNanos);
        view.putShort(30, (short) length);
        view.put(39, (byte) 1);
        view.putShort(44, (short) 64);
        blockette1000(0, ASCII);
        System.arraycopy(text, from, record, 64, length);
        return view.clear();
    }

    private void begin(long seq, String network, String station, String location, String channel, long startNanos) {
        java.util.Arrays.fill(record, (byte) 0);
        put(0, String.format(Locale.ROOT, "%06dD ", seq % 1_000_000), 8);
        put(8, station, 5);
        put(13, location, 2);
        put(15, channel, 3);
        put(18, network, 2);
        var time = Instant.ofEpochSecond(0, startNanos).atOffset(ZoneOffset.UTC);
        view.putShort(20, (short) time.getYear());
        view.putShort(22, (short) time.getDayOfYear());
        view.put(24, (byte) time.getHour());
        view.put(25, (byte) time.getMinute());
        view.put(26, (byte) time.getSecond());
        view.putShort(28, (short) (time.getNano() / 100_000));
        view.putShort(46, (short) 48);
    }

    private void blockette1000(int next, int encoding) {
        view.putShort(48, (short) 1000).putShort(50, (short) next);
        view.put(52, (byte) encoding).put(53, (byte) 1).put(54, (byte) EXPONENT);
    }

    private void put(int at, String text, int length) {
        var bytes = text.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < length; i++) {
            record[at + i] = i < bytes.length ? bytes[i] : (byte) ' ';
        }
    }
}
