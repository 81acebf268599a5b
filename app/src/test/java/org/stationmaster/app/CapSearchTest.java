package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.sizing.Profile;
import org.stationmaster.core.sizing.Profile.Limit;

/** The search on workers made up of formulas. */
@Timeout(10)
class CapSearchTest {
    private static final Profile.Target TARGET = new Profile.Target(0.7, 250);
    private static final int ENOUGH = 12;

    private static CapSearch.Look look(int sources, double cpu, double p99) {
        return new CapSearch.Look(sources, cpu, p99, 0.3, 1, "");
    }

    private static CapSearch search(int first, int most, IntFunction<CapSearch.Look> worker) {
        var search = new CapSearch(TARGET, first, most);
        int looks = 0;
        while (search.next() > 0) {
            assertThat(search.next()).isBetween(1, most);
            assertThat(++looks).as("looks").isLessThanOrEqualTo(ENOUGH);
            search.add(worker.apply(search.next()));
        }
        return search;
    }

    @ParameterizedTest
    @CsvSource({"400, 7000", "10, 7000", "6999, 7000", "1, 20000", "7000, 7000"})
    void theCapIsFoundFromAnyBeginning(int first, int most) {
        var point = search(first, most, n -> look(n, n * 350e-6, 210)).point(10);
        assertThat(point.sources()).isBetween(1_980, 2_000);
        assertThat(point.sourcesLow()).isLessThanOrEqualTo(2_000).isGreaterThan(1_700);
        assertThat(point.sourcesHigh()).isGreaterThanOrEqualTo(2_000).isLessThan(2_200);
        assertThat(point.costSeconds()).isCloseTo(350e-6, within(1e-9));
        assertThat(point.limit()).isEqualTo(Limit.CPU);
        assertThat(point.latencyP99Millis()).isEqualTo(210);
    }

    @Test
    void aNoisyWorkerHasAWideCost() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        var point = search(500, 7_000, n -> look(n, n * 350e-6 * (0.9 + 0.2 * random.nextDouble()), 210))
                .point(10);
        assertThat(point.sources()).isBetween(1_800, 2_200);
        assertThat(point.relativeError()).isBetween(0.01, 0.12);
    }

    @Test
    void costThatFallsWithTheLoadIsThatNearTheCap() {
        var point = search(50, 7_000, n -> look(n, 0.05 + n * 300e-6, 210)).point(10);
        assertThat(point.sources()).isCloseTo(2_166, within(110));
        assertThat(point.marginalSeconds()).isCloseTo(300e-6, within(1e-9));
        assertThat(point.costSeconds()).isGreaterThan(320e-6);
    }

    @Test
    void latencyMayBeTheLimit() {
        var point = search(400, 7_000, n -> look(n, n * 350e-6, n < 1_000 ? 210 : 400))
                .point(10);
        assertThat(point.limit()).isEqualTo(Limit.LATENCY);
        assertThat(point.sources()).isBetween(780, 900);
        assertThat(point.latencyP99Millis()).isEqualTo(210);
    }

    /** Whatever was looked at: the cap is where the latency reaches its target, less a margin. */
    @ParameterizedTest
    @ValueSource(ints = {100, 800, 1_700, 2_400, 3_500})
    void aLatencyThatRisesSlowlyGivesTheSameCapFromAnyBeginning(int first) {
        var point =
                search(first, 7_000, n -> look(n, n * 200e-6, 200 + n / 50.0)).point(10);
        assertThat(point.limit()).isEqualTo(Limit.LATENCY);
        assertThat(point.sources()).isCloseTo((int) (2_500 / 1.18), within(15));
        assertThat(point.sourcesLow()).isLessThanOrEqualTo(point.sources());
    }

    @Test
    void oneLookThatWasLateDoesNotDecideAlone() {
        var search = new CapSearch(TARGET, 1_000, 7_000);
        search.add(look(1_000, 0.2, 220));
        search.add(look(2_000, 0.4, 240));
        search.add(look(3_000, 0.6, 320)); // on the line it is 260
        search.add(look(2_600, 0.5, 252));
        var point = search.point(10);
        assertThat(point.limit()).isEqualTo(Limit.LATENCY);
        assertThat(point.sources() * 1.18).isBetween(1_990.0, 2_600.0);
    }

    /** As measured: at first all are late, although the processor would carry them. */
    @Test
    void aBeginningThatIsFarTooLateIsHalved() {
        var point = search(18_899, 18_899, n -> look(n, n * 30.8e-6, n < 4_000 ? 210 : 400))
                .point(1);
        assertThat(point.limit()).isEqualTo(Limit.LATENCY);
        assertThat(point.sources()).isBetween(2_900, 3_600);
    }

    @Test
    void whereNothingHeldInTimeTheCapIsNoZeroAndNothingThatFailed() {
        var search = new CapSearch(TARGET, 18_899, 18_899);
        search.add(look(18_899, 18_899 * 30.8e-6, 407));
        search.add(look(9_449, 9_449 * 30.8e-6, 270));
        var point = search.point(1);
        assertThat(point.limit()).isEqualTo(Limit.TIME);
        assertThat(point.sources()).isBetween(1, 9_448);
        assertThat(point.sourcesHigh()).isLessThan(9_449);
    }

    @Test
    void withTooFewStationsTheCapFollowsFromTheCost() {
        var point = search(400, 1_000, n -> look(n, n * 35e-6, 210)).point(1);
        assertThat(point.limit()).isEqualTo(Limit.STATIONS);
        assertThat(point.measuredSources()).isEqualTo(1_000);
        assertThat(point.sources()).isCloseTo(20_000, within(10));
        assertThat(point.sourcesLow()).isLessThan(point.sources());
        assertThat(point.sourcesHigh()).as("the cost alone").isBetween(20_000, 20_400);
    }

    @Test
    void aSearchThatIsCutShortSaysSo() {
        var search = new CapSearch(TARGET, 100, 1_000);
        search.add(look(100, 100 * 350e-6, 210));
        var point = search.point(10);
        assertThat(point.limit()).isEqualTo(Limit.TIME);
        assertThat(point.sources()).isEqualTo(2_000);
    }

    @Test
    void aSimulatorThatIsFullIsNotTheWorkersLimit() {
        var point = search(
                        400,
                        7_000,
                        n -> new CapSearch.Look(
                                n, Math.min(n, 1_000) * 350e-6, 210, Math.min(1, n / 1e3), Math.min(1, 1e3 / n), ""))
                .point(10);
        assertThat(point.limit()).isEqualTo(Limit.GENERATOR);
    }

    @Test
    void oneSourceThatIsTooMuch() {
        var point = search(1, 100, n -> look(n, n * 0.9, 210)).point(50_000);
        assertThat(point.sources()).isZero();
        assertThat(point.sourcesHigh()).isEqualTo(1);
    }
}
