package org.stationmaster.core.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.stationmaster.core.sizing.Profiles.point;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stationmaster.core.sizing.Profile.Limit;

/** The fit, and what lies between and outside the points. */
@Timeout(10)
class ProfileTest {
    @Test
    void pointsOnALineGiveTheLineAndItsMeasuredError() {
        var fit = CostFit.of(List.of(point(1, 5 + 10), point(10, 5 + 100), point(50, 5 + 500)), false);
        assertThat(fit.cost().perSource()).isCloseTo(5e-6, within(1e-12));
        assertThat(fit.cost().perRecord()).isCloseTo(10e-6, within(1e-12));
        assertThat(fit.worstError()).isLessThan(1e-9);
        assertThat(fit.perRecordError()).isBetween(0.05e-6, 0.5e-6);
        assertThat(fit.perSourceError()).isPositive();
    }

    @Test
    void aPointOffTheLineIsTold() {
        var fit = CostFit.of(List.of(point(1, 15), point(10, 150), point(50, 505)), false);
        assertThat(fit.worstError()).isBetween(0.1, 0.4);
        assertThat(fit.perRecordError()).isGreaterThan(0.1 * fit.cost().perRecord());
    }

    @Test
    void neitherPartOfACostIsNegative() {
        assertThat(CostFit.of(List.of(point(1, 1), point(10, 100)), true).cost().perSource())
                .isZero();
        assertThat(CostFit.of(List.of(point(1, 100), point(10, 90)), true)
                        .cost()
                        .perRecord())
                .isZero();
    }

    @Test
    void onePointHasTheShapeOfTheDefault() {
        var cost = CostFit.of(List.of(point(10, 200)), true).cost();
        assertThat(cost.at(10)).isCloseTo(200e-6, within(1e-12));
        assertThat(cost.perRecord() / cost.perSource())
                .isCloseTo(Cost.DEFAULT.perRecord() / Cost.DEFAULT.perSource(), within(1e-9));
        assertThatThrownBy(() -> CostFit.of(List.of(), true)).isInstanceOf(IllegalArgumentException.class);
    }

    /** As measured, with a file opened for each source and delivery: no line goes through it. */
    @Test
    void filesOpenedForDeliveriesAreATermOfTheirOwn() {
        var points = List.of(point(0.1, 4.038), point(1, 27.409), point(10, 186.643), point(50, 617.328));
        assertThat(CostFit.of(points, false).worstError()).isGreaterThan(0.3);
        var fit = CostFit.of(points, true);
        assertThat(fit.worstError()).isLessThan(0.01);
        assertThat(fit.cost().perDelivery()).isBetween(14e-6, 17e-6);
        assertThat(fit.perDeliveryError()).isPositive();
        assertThat(CostFit.of(points.subList(0, 2), true).cost().perDelivery())
                .as("two points are a line")
                .isZero();
    }

    @Test
    void betweenPointsTheFitIsBentToGoThroughThem() {
        var profile = Profiles.of(point(0.1, 4), point(1, 30), point(10, 180), point(50, 650));
        var cost = profile.fit().cost();
        assertThat(profile.costAt(10)).isCloseTo(180e-6, within(1e-15));
        assertThat(profile.costAt(1)).isCloseTo(30e-6, within(1e-15));
        assertThat(profile.costAt(5) / cost.at(5)).isBetween(0.8, 1.2);
        assertThat(profile.costAt(5)).as("more than on a line").isGreaterThan((30 + 4.0 / 9 * 150) * 1e-6);
    }

    /** A worker never carries more sources that send more often, and no cap jumps from one rate to the next. */
    @Test
    void capsFallWithTheRateAndDoNotJump() {
        var profile = Profiles.of(
                capped(0.1, 170_000, 4.038, Limit.STATIONS),
                capped(1, 9_189, 27.409, Limit.LATENCY),
                capped(10, 1_750, 186.643, Limit.LATENCY),
                capped(50, 700, 617.328, Limit.CPU));
        double before = Double.MAX_VALUE;
        for (double rate = 0.05; rate < 200; rate *= 1.01) {
            double cap = cap(profile, rate);
            assertThat(cap).as("at %s Hz", rate).isLessThanOrEqualTo(before * (1 + 1e-9));
            if (before < Double.MAX_VALUE) {
                assertThat(cap).as("at %s Hz", rate).isGreaterThan(before * 0.95);
            }
            before = cap;
        }
        assertThat(cap(profile, 49.9)).isCloseTo(700, within(3.0));
    }

    private static double cap(Profile profile, double rate) {
        return profile.usableCpu(rate) / profile.costAt(rate);
    }

    /** Whatever was too much of it: the processor, or the latency alone. */
    @ParameterizedTest
    @EnumSource
    void whereNotEvenOneWasCarriedNoneIsPlanned(Limit limit) {
        double costMicros = limit == Limit.CPU ? 600_000 : 100;
        var none = new Profile.Point(10, 0, 0, 1, 1, costMicros / 1e6, 0.02, 400, limit);
        var profile = Profiles.of(none);
        assertThat(profile.planned(10)).isZero();
        assertThat(cap(profile, 10)).isLessThan(1);
    }

    private static Profile.Point capped(double rate, int cap, double costMicros, Limit limit) {
        return new Profile.Point(rate, cap, cap, cap, cap, costMicros / 1e6, 0.02, 100, limit);
    }

    @Test
    void whatOneMoreAddsIsLessThanItsPartOfAll() {
        var own = new Profile.Point(10, 2_000, 2_000, 2_000, 2_000, 100e-6, 80e-6, 0.02, 100, Limit.CPU);
        var profile = Profiles.of(own, point(1, 20));
        assertThat(profile.marginalAt(10)).isCloseTo(80e-6, within(1e-12));
        assertThat(profile.marginalAt(20)).isCloseTo(160e-6, within(1e-12));
        assertThat(profile.marginalAt(1)).isCloseTo(20e-6, within(1e-12));
    }

    @Test
    void outsideOfThePointsOnTheCarefulSide() {
        var profile = Profiles.of(point(10, 100), point(1, 20));
        assertThat(profile.costAt(1)).isCloseTo(20e-6, within(1e-15));
        assertThat(profile.costAt(0.1)).as("not cheaper than the lowest").isCloseTo(20e-6, within(1e-15));
        assertThat(profile.costAt(20)).as("in proportion to the highest").isCloseTo(200e-6, within(1e-15));
        assertThat(profile.measures(1)).isTrue();
        assertThat(profile.measures(20)).isFalse();
        assertThat(cap(profile, 1)).isCloseTo(25_000, within(1e-6));
    }

    @Test
    void whereTheLatencyWasTheLimitLessOfTheProcessorIsUsed() {
        var slow = new Profile.Point(10, 2_000, 2_000, 2_200, 2_200, 100e-6, 0.02, 249, Limit.LATENCY);
        var profile = Profiles.of(point(1, 20), slow, point(50, 500));
        assertThat(profile.usableCpu(10)).isCloseTo(0.2, within(1e-12));
        assertThat(profile.usableCpu(Math.sqrt(10))).as("half way").isCloseTo(Math.sqrt(0.1), within(1e-12));
        assertThat(profile.isLatencyTheLimit(9)).isTrue();
        assertThat(profile.isLatencyTheLimit(1)).isFalse();
        assertThat(profile.usableCpu(1)).isCloseTo(0.5, within(1e-12));
        assertThat(profile.usableCpu(50)).isCloseTo(0.5, within(1e-12));
        assertThat(cap(profile, 10)).isCloseTo(2_000, within(1e-6));
        assertThat(profile.planned(10)).as("that cap has a margin of its own").isEqualTo(2_000);
    }

    @Test
    void aPlanKeepsAMarginAndTheErrorOfTheCostWhereThatIsMore() {
        var uncertain = new Profile.Point(10, 5_000, 4_000, 6_000, 6_000, 100e-6, 0.25, 210, Limit.CPU);
        var profile = Profiles.of(point(1, 20), uncertain);
        assertThat(profile.planned(1)).isEqualTo((int) (25_000 / 1.12));
        assertThat(profile.planned(10)).isEqualTo(4_000);
        assertThat(profile.plannedCpu(Math.sqrt(10)))
                .as("half way")
                .isCloseTo(Math.sqrt(0.5 / 1.12 * 0.5 / 1.25), within(1e-12));
    }

    @Test
    void whatFailedBeforeTheTimeWasOverIsNotGivenAWorker() {
        var late = new Profile.Point(1, 9_448, 9_448, 9_448, 18_899, 20e-6, 0.06, 270, Limit.TIME);
        assertThat(cap(Profiles.of(late, point(10, 100)), 1)).isCloseTo(9_448, within(1e-6));
        assertThat(cap(Profiles.of(point(1, 20, Limit.TIME)), 1)).isCloseTo(25_000, within(1e-6));
    }

    @Test
    void aProfileOfElsewhereSaysInWhat() {
        var profile = Profiles.of(point(1, 20));
        assertThat(profile.strangeTo(Profiles.HOST, "1")).isEmpty();
        assertThat(profile.strangeTo(new Profile.Host("CPU", 2, "Linux", "26"), "2"))
                .satisfiesExactly(
                        machine -> assertThat(machine)
                                .startsWith("another machine")
                                .contains("4 processors", "CPU, 2"),
                        jdk -> assertThat(jdk).isEqualTo("another JDK (25; this is 26)"),
                        version -> assertThat(version).isEqualTo("another version (1; this is 2)"));
    }
}
