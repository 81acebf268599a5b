package org.stationmaster.stations;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/** The {@link FuzzTargets} for ten minutes each: {@code JAZZER_FUZZ=1 mvn -Psoak verify -Dit.test=DecoderFuzzSoakTest#rtcm3 …}. */
@Tag("soak")
class DecoderFuzzSoakTest {
    @FuzzTest(maxDuration = "10m")
    void frames(byte[] input) {
        FuzzTargets.frames(input);
    }

    @FuzzTest(maxDuration = "10m")
    void lines(byte[] input) {
        FuzzTargets.lines(input);
    }

    @FuzzTest(maxDuration = "10m")
    void rtcm3(byte[] input) {
        FuzzTargets.rtcm3(input);
    }

    @FuzzTest(maxDuration = "10m")
    void nmea(byte[] input) {
        FuzzTargets.nmea(input);
    }

    @FuzzTest(maxDuration = "10m")
    void tsip(byte[] input) {
        FuzzTargets.tsip(input);
    }

    @FuzzTest(maxDuration = "10m")
    void gsof(byte[] input) {
        FuzzTargets.gsof(input);
    }

    @FuzzTest(maxDuration = "10m")
    void ntrip(byte[] input) {
        FuzzTargets.ntrip(input);
    }

    @FuzzTest(maxDuration = "10m")
    void greeting(byte[] input) {
        FuzzTargets.greeting(input);
    }
}
