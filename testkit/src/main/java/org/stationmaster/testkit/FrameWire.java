package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** {@code tcp-frames}: four bytes of big-endian length, then that many bytes. */
record FrameWire() implements Wire {
    static final String PROTOCOL = "tcp-frames";
    private static final int MAX_SIZE_BYTES = 1024 * 1024;
    private static final int MAX_GARBAGE_BYTES = 200;

    @Override
    public boolean hasHello() {
        return true;
    }

    @Override
    public byte[] greeting(String id) {
        return ByteBuffer.allocate(Integer.BYTES + id.length())
                .putInt(id.length())
                .put(id.getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    @Override
    public int maxSizeBytes() {
        return MAX_SIZE_BYTES;
    }

    @Override
    public int headBytes() {
        return Integer.BYTES;
    }

    @Override
    public int tailBytes() {
        return 0;
    }

    @Override
    public void complete(byte[] record, int length, long epochNanos) {
        int size = length - Integer.BYTES;
        record[0] = (byte) (size >>> 24);
        record[1] = (byte) (size >>> 16);
        record[2] = (byte) (size >>> 8);
        record[3] = (byte) size;
    }

    @Override
    public int next(ByteBuffer in) {
        if (in.remaining() < Integer.BYTES) {
            return NEED_MORE;
        }
        int length = in.getInt(in.position());
        if (length < 0 || length > LIMIT_BYTES) {
            return TOO_LONG;
        }
        if (in.remaining() < Integer.BYTES + length) {
            return NEED_MORE;
        }
        in.position(in.position() + Integer.BYTES);
        return length;
    }

    @Override
    public byte[] garbage(long random) {
        var letters = new SplittableRandom(random);
        var bytes = new byte[letters.nextInt(1, MAX_GARBAGE_BYTES + 1)];
        letters.nextBytes(bytes);
        bytes[0] |= (byte) 0x80; // never a legal length, so that it is always found
        return bytes;
    }

    @Override
    public boolean isLostAfterGarbage() {
        return true;
    }

    @Override
    public int[] recordEnds(ByteBuffer file) {
        var ends = IntStream.builder();
        int at = file.position();
        while (at < file.limit()) {
            int left = file.limit() - at;
            int length = left < Integer.BYTES ? -1 : file.getInt(at);
            if (length < 0 || length > left - Integer.BYTES) {
                throw new IllegalArgumentException("no whole frame at offset " + at);
            }
            at += Integer.BYTES + length;
            ends.add(at);
        }
        return ends.build().toArray();
    }
}
