package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** {@code tcp-lines}: bytes up to and including LF. */
record LineWire() implements Wire {
    static final String PROTOCOL = "tcp-lines";
    private static final int MAX_GARBAGE_BYTES = 200;

    @Override
    public boolean hasHello() {
        return true;
    }

    @Override
    public byte[] greeting(String id) {
        return (id + '\n').getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public int maxSizeBytes() {
        return LIMIT_BYTES;
    }

    @Override
    public int headBytes() {
        return 0;
    }

    @Override
    public int tailBytes() {
        return 1;
    }

    @Override
    public void complete(byte[] record, int length, long epochNanos) {
        record[length - 1] = '\n';
    }

    @Override
    public int next(ByteBuffer in) {
        int begin = in.position();
        int last = Math.min(in.limit(), begin + LIMIT_BYTES + 1);
        for (int i = begin; i < last; i++) {
            if (in.get(i) == '\n') {
                return i - begin;
            }
        }
        return in.remaining() > LIMIT_BYTES ? TOO_LONG : NEED_MORE;
    }

    @Override
    public byte[] garbage(long random) {
        var letters = new SplittableRandom(random);
        var bytes = new byte[letters.nextInt(1, MAX_GARBAGE_BYTES + 1) + 1];
        letters.nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                bytes[i] = 0;
            }
        }
        bytes[bytes.length - 1] = '\n';
        return bytes;
    }

    @Override
    public boolean isLostAfterGarbage() {
        return false;
    }

    @Override
    public int[] recordEnds(ByteBuffer file) {
        var ends = IntStream.builder();
        for (int i = file.position(); i < file.limit(); i++) {
            if (file.get(i) == '\n') {
                ends.add(i + 1);
            }
        }
        return ends.build().toArray();
    }
}
