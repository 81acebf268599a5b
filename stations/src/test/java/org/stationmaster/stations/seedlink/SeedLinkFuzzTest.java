package org.stationmaster.stations.seedlink;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.stations.Decoding;
import org.stationmaster.testkit.RecordingConnection;
import org.stationmaster.testkit.RecordingSlot;

/** Any bytes in any pieces; see {@code DecoderFuzzTest}. */
@Tag("fuzz")
class SeedLinkFuzzTest {
    private static final int LIMIT = 512;

    @FuzzTest(maxDuration = "20s")
    void miniSeed(byte[] input) {
        feed(new Decoding(new MiniSeedDecoder(LIMIT)), input, LIMIT);
    }

    @FuzzTest(maxDuration = "20s")
    void seedLink3(byte[] input) {
        feed(new Decoding(new SeedLinkDecoder(3, LIMIT)), input, SeedLinkDecoder.mostBytes(LIMIT));
    }

    @FuzzTest(maxDuration = "20s")
    void seedLink4(byte[] input) {
        feed(new Decoding(new SeedLinkDecoder(4, LIMIT)), input, SeedLinkDecoder.mostBytes(LIMIT));
    }

    @FuzzTest(maxDuration = "20s")
    void seedLinkSession(byte[] input) {
        var source = Source.builder("A", "seedlink", "127.0.0.1", 18000)
                .frameLimitBytes(LIMIT)
                .build();
        if (!(new SeedLink().taskFor(source) instanceof Task.Events events)) {
            throw new AssertionError("no events");
        }
        var session = events.open(new RecordingSlot(source), new RecordingConnection());
        var left = ByteBuffer.allocate(0);
        int piece = piece(input);
        try {
            for (int from = 0; from < input.length; from += piece) {
                int to = Math.min(input.length, from + piece);
                var next = ByteBuffer.allocate(left.remaining() + to - from)
                        .put(left)
                        .put(input, from, to - from)
                        .flip();
                session.onBytes(next);
                left = next;
                if (left.remaining() > SeedLinkSession.LINE_LIMIT_BYTES) {
                    throw new AssertionError("it left " + left.remaining() + " bytes unread");
                }
            }
        } catch (ProtocolException e) {
            return; // an end with a reason
        }
        session.onEnd(left.remaining());
    }

    private static int piece(byte[] input) {
        return input.length == 0 ? 1 : 1 + (input[0] & 0x3f);
    }

    private static void feed(Decoding decoding, byte[] input, int mostLeft) {
        int piece = piece(input);
        for (int from = 0; from < input.length; from += piece) {
            decoding.feed(input, from, Math.min(input.length, from + piece));
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
