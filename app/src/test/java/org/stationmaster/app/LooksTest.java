package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.sizing.Profile;

/** What a calibration makes of its looks: when a worker is warm, what noise is, whether a cap that is tried holds. */
@Timeout(10)
class LooksTest {
    private static final Profile.Target TARGET = new Profile.Target(0.7, 250);

    private static CapSearch.Look look(double cpu, String noise) {
        return new CapSearch.Look(100, cpu, 200, 0.1, 1, noise);
    }

    private static List<CapSearch.Look> looks(double... cpu) {
        return java.util.Arrays.stream(cpu).mapToObj(one -> look(one, "")).toList();
    }

    @Test
    void aWorkerIsWarmWhenItTakesNoLessAnyMore() {
        var warmUp = new WarmUp();
        for (double cpu : new double[] {0.9, 0.7, 0.5, 0.4}) {
            assertThat(warmUp.add(cpu)).isFalse();
        }
        assertThat(warmUp.add(0.395)).isTrue();
    }

    @Test
    void aWorkerThatIsNeverSteadyIsNotWaitedForForEver() {
        var warmUp = new WarmUp();
        assertThat(IntStream.range(0, 10).filter(i -> warmUp.add(i % 2)).toArray())
                .containsExactly(9);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "0.02, 0.1, 0.2, ''",
                "0.04, 0.1, 0.2, the hypervisor took 4 %",
                "0.00, 0.2, 0.2, others used 20 %",
                "0.04, 0.1, 0.3, 'the hypervisor took 4 %, the worker waited 30 %'"
            })
    void whatDisturbedIsNamed(double stolen, double others, double waited, String words) {
        assertThat(new Noise(stolen, others, waited).words()).isEqualTo(words);
    }

    @Test
    void aThirdOfDisturbedLooksOrADriftMakesAProfileNoisy() {
        var quiet = look(0.5, "");
        var noisy = look(0.5, "others used 20 %");
        assertThat(Noise.ofAll(List.of(quiet, quiet, noisy), 0.09)).isEmpty();
        assertThat(Noise.ofAll(List.of(quiet, noisy), 0)).startsWith("1 of 2 looks were disturbed; the last: others");
        assertThat(Noise.ofAll(List.of(quiet), 0.2))
                .isEqualTo("the first rate took 20 % more at the end than at the beginning");
        assertThat(Noise.ofAll(List.of(quiet), -0.2)).contains("20 % less at the end");
    }

    /** Of few records it is no news that none came. */
    @ParameterizedTest
    @CsvSource({"240, 1000, false", "260, 1000, true", "260, 1, true", "0, 1000, true", "0, 99, false"})
    void aLookWaitsWhileDeliveriesAreLateOrMissing(double p99Millis, double expectedRecords, boolean waits) {
        assertThat(Calibration.isBehind(p99Millis, expectedRecords, TARGET)).isEqualTo(waits);
    }

    @Test
    void mostLooksDecideWhetherACapHolds() {
        var few = looks(0.6, 0.75, 0.65);
        var many = looks(0.8, 0.69, 0.75);
        assertThat(new CapCheck(10, 100, few, many).holds(TARGET)).isTrue();
        assertThat(new CapCheck(10, 100, many, many).holds(TARGET))
                .as("too many")
                .isFalse();
        assertThat(new CapCheck(10, 100, few, few).holds(TARGET))
                .as("too careful")
                .isFalse();
        assertThat(new CapCheck(10, 100, few, List.of()).holds(TARGET))
                .as("not tried")
                .isFalse();
    }
}
