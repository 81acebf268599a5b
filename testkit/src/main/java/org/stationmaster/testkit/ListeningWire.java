package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Records of a protocol of which the machine only listens: they delimit themselves, and a port serves one station. */
sealed interface ListeningWire extends Wire permits GsofWire, NmeaWire, Rtcm3Wire, TsipWire {
    /** The most garbage at once. */
    int MAX_GARBAGE_BYTES = 200;

    @Override
    default boolean hasHello() {
        return false;
    }

    @Override
    default int tailBytes() {
        return 0;
    }

    /** Whatever the machine sends means nothing to the station. */
    @Override
    default int next(ByteBuffer in) {
        in.position(in.limit());
        return NEED_MORE;
    }

    /** Whether a record may begin with this byte. */
    boolean mayBegin(byte b);

    @Override
    default byte[] garbage(long random) {
        var letters = new SplittableRandom(random);
        var bytes = new byte[letters.nextInt(1, MAX_GARBAGE_BYTES + 1)];
        letters.nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++) {
            if (mayBegin(bytes[i])) {
                bytes[i] = 0;
            }
        }
        return bytes;
    }

    @Override
    default boolean isLostAfterGarbage() {
        return false;
    }

    /** The length of the whole record that begins at {@code at}; 0: there is none. */
    int recordBytes(ByteBuffer file, int at);

    @Override
    default int[] recordEnds(ByteBuffer file) {
        var found = IntStream.builder();
        for (int at = file.position(); at < file.limit(); ) {
            int length = recordBytes(file, at);
            at += Math.max(1, length);
            if (length > 0) {
                found.add(at);
            }
        }
        int[] ends = found.build().toArray();
        if (ends.length > 0) {
            ends[ends.length - 1] = file.limit();
        }
        return ends;
    }
}
