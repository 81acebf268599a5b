package org.stationmaster.stations.seedlink;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/** As {@link SeedLinkFuzzTest}, for ten minutes each; see {@code DecoderFuzzSoakTest}. */
@Tag("soak")
class SeedLinkFuzzSoakTest {
    private final SeedLinkFuzzTest targets = new SeedLinkFuzzTest();

    @FuzzTest(maxDuration = "10m")
    void miniSeed(byte[] input) {
        targets.miniSeed(input);
    }

    @FuzzTest(maxDuration = "10m")
    void seedLink3(byte[] input) {
        targets.seedLink3(input);
    }

    @FuzzTest(maxDuration = "10m")
    void seedLink4(byte[] input) {
        targets.seedLink4(input);
    }

    @FuzzTest(maxDuration = "10m")
    void seedLinkSession(byte[] input) {
        targets.seedLinkSession(input);
    }

    @FuzzTest(maxDuration = "10m")
    void seedLinkInfo(byte[] input) {
        targets.seedLinkInfo(input);
    }
}
