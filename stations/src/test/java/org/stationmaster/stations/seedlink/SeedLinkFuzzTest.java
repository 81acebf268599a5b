package org.stationmaster.stations.seedlink;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.stations.Feeding;
import org.stationmaster.testkit.RecordingConnection;
import org.stationmaster.testkit.RecordingSlot;

/** Any bytes in any pieces; see {@code DecoderFuzzTest}. */
@Tag("fuzz")
class SeedLinkFuzzTest {
    private static final int LIMIT = 512;

    @FuzzTest(maxDuration = "20s")
    void miniSeed(byte[] input) {
        Feeding.decoder(new MiniSeedDecoder(LIMIT), input, LIMIT, LIMIT);
    }

    @FuzzTest(maxDuration = "20s")
    void seedLink3(byte[] input) {
        Feeding.decoder(new SeedLinkDecoder(3, LIMIT), input, LIMIT, SeedLinkDecoder.mostBytes(LIMIT));
    }

    @FuzzTest(maxDuration = "20s")
    void seedLink4(byte[] input) {
        Feeding.decoder(new SeedLinkDecoder(4, LIMIT), input, LIMIT, SeedLinkDecoder.mostBytes(LIMIT));
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
        Feeding.session(session, new byte[0], input, SeedLinkSession.LINE_LIMIT_BYTES);
    }
}
