package org.stationmaster.stations;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/**
 * Any bytes in any pieces: a decoder neither throws nor spins nor grows. Without {@code JAZZER_FUZZ=1} only the known
 * inputs run; with it Jazzer searches, one method at a time.
 */
@Tag("fuzz")
class DecoderFuzzTest {
    private static final int LIMIT = 64;

    @FuzzTest(maxDuration = "20s")
    void frames(byte[] input) {
        feed(new Decoding(new FrameDecoder(LIMIT)), input, LIMIT + FrameDecoder.LENGTH_BYTES);
    }

    @FuzzTest(maxDuration = "20s")
    void lines(byte[] input) {
        feed(new Decoding(new LineDecoder(LIMIT)), input, LIMIT);
    }

    /** The first byte says how large the pieces are. */
    private static void feed(Decoding decoding, byte[] input, int mostLeft) {
        int piece = input.length == 0 ? 1 : 1 + (input[0] & 0x3f);
        boolean going = true;
        for (int from = 0; from < input.length && going; from += piece) {
            going = decoding.feed(input, from, Math.min(input.length, from + piece));
            if (decoding.mostLeft >= mostLeft) {
                throw new AssertionError("it left " + decoding.mostLeft + " bytes unread");
            }
        }
        for (var frame : decoding.frames) {
            if (frame.length() > LIMIT) {
                throw new AssertionError("a frame of " + frame.length() + " bytes");
            }
        }
    }
}
