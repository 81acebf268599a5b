package org.stationmaster.stations;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/**
 * The {@link FuzzTargets}. Without {@code JAZZER_FUZZ=1} only the known inputs run; with it Jazzer searches, one method at a
 * time.
 */
@Tag("fuzz")
class DecoderFuzzTest {
    @FuzzTest(maxDuration = "20s")
    void frames(byte[] input) {
        FuzzTargets.frames(input);
    }

    @FuzzTest(maxDuration = "20s")
    void lines(byte[] input) {
        FuzzTargets.lines(input);
    }

    @FuzzTest(maxDuration = "20s")
    void rtcm3(byte[] input) {
        FuzzTargets.rtcm3(input);
    }

    @FuzzTest(maxDuration = "20s")
    void nmea(byte[] input) {
        FuzzTargets.nmea(input);
    }

    @FuzzTest(maxDuration = "20s")
    void tsip(byte[] input) {
        FuzzTargets.tsip(input);
    }

    @FuzzTest(maxDuration = "20s")
    void gsof(byte[] input) {
        FuzzTargets.gsof(input);
    }

    @FuzzTest(maxDuration = "20s")
    void ntrip(byte[] input) {
        FuzzTargets.ntrip(input);
    }

    @FuzzTest(maxDuration = "20s")
    void greeting(byte[] input) {
        FuzzTargets.greeting(input);
    }
}
