package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Makes stamped records of one size, ready for the wire, in one buffer. For one thread. */
final class SyntheticRecords {
    private static final int VARIETY = 4096; // a power of two
    private static final byte[] ANSWER = {'r', 'e', ':'};
    private static final int MAX_ECHO_BYTES = 64;

    private final Wire wire;
    private final long seed;
    private final byte[] letters;
    private final byte[] record;
    private final ByteBuffer out;

    SyntheticRecords(Wire wire, int sizeBytes, long seed) {
        this.wire = wire;
        this.seed = seed;
        record = new byte[wire.headBytes() + sizeBytes];
        out = ByteBuffer.allocateDirect(record.length);
        letters = new byte[VARIETY + record.length];
        var random = new SplittableRandom(seed);
        for (int i = 0; i < letters.length; i++) {
            letters[i] = (byte) random.nextInt('a', 'z' + 1);
        }
    }

    /**
     * The next record of a station; valid until the next call.
     *
     * @param command the command that it answers, or null
     */
    ByteBuffer make(byte[] head, int index, long seq, long epochNanos, @Nullable ByteBuffer command) {
        int at = Stamp.write(record, wire.headBytes(), head, seq, epochNanos);
        if (command != null) {
            at = echo(command, at);
        }
        int from = (int) Seeds.mix(seed + index, seq) & (VARIETY - 1);
        System.arraycopy(letters, from, record, at, record.length - at);
        wire.complete(record, record.length, epochNanos);
        return out.clear().put(record).flip();
    }

    /** Writes {@code re:} and the beginning of the command, as far as there is room. */
    private int echo(ByteBuffer command, int from) {
        int at = from;
        int last = Math.min(record.length - 1, from + ANSWER.length + Math.min(command.remaining(), MAX_ECHO_BYTES));
        for (int i = 0; at < last; i++, at++) {
            byte b = i < ANSWER.length ? ANSWER[i] : command.get(command.position() + i - ANSWER.length);
            record[at] = b < ' ' ? (byte) '?' : b;
        }
        return at;
    }
}
