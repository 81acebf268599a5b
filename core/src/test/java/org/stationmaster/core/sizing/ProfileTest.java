package org.stationmaster.core.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.stationmaster.core.sizing.Profiles.point;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.sizing.Profile.Limit;

/** The fit, and what lies between and outside the points. */
@Timeout(10)
class ProfileTest {
    @Test
    void pointsOnALineGiveTheLineAndItsMeasuredError() {
        var fit = CostFit.of(List.of(point(1, 5 + 10), point(10, 5 + 100), point(50, 5 + 500)));
        assertThat(fit.cost().perSource()).isCloseTo(5e-6, within(1e-12));
        assertThat(fit.cost().perRecord()).isCloseTo(10e-6, within(1e-12));
        assertThat(fit.worstError()).isLessThan(1e-9);
        assertThat(fit.perRecordError()).isBetween(0.05e-6, 0.5e-6);
        assertThat(fit.perSourceError()).isPositive();
    }

    @Test
    void aPointOffTheLineIsTold() {
        var fit = CostFit.of(List.of(point(1, 15), point(10, 150), point(50, 505)));
        assertThat(fit.worstError()).isBetween(0.1, 0.4);
        assertThat(fit.perRecordError()).isGreaterThan(0.1 * fit.cost().perRecord());
    }

    @Test
    void neitherPartOfACostIsNegative() {
        assertThat(CostFit.of(List.of(point(1, 1), point(10, 100))).cost().perSource())
                .isZero();
        assertThat(CostFit.of(List.of(point(1, 100), point(10, 90))).cost().perRecord())
                .isZero();
    }

    @Test
    void onePointHasTheShapeOfTheDefault() {
        var cost = CostFit.of(List.of(point(10, 200))).cost();
        assertThat(cost.at(10)).isCloseTo(200e-6, within(1e-12));
        assertThat(cost.perRecord() / cost.perSource())
                .isCloseTo(Cost.DEFAULT.perRecord() / Cost.DEFAULT.perSource(), within(1e-9));
        assertThatThrownBy(() -> CostFit.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void betweenPointsOnALineAndOutsideOnTheCarefulSide() {
        var profile = Profiles.of(point(10, 100), point(1, 20));
        assertThat(profile.costAt(1)).isCloseTo(20e-6, within(1e-15));
        assertThat(profile.costAt(5.5)).isCloseTo(60e-6, within(1e-12));
        assertThat(profile.costAt(0.1)).as("not cheaper than the lowest").isCloseTo(20e-6, within(1e-15));
        assertThat(profile.costAt(20)).as("in proportion to the highest").isCloseTo(200e-6, within(1e-15));
        assertThat(profile.measures(1)).isTrue();
        assertThat(profile.measures(20)).isFalse();
        assertThat(profile.cap(1)).isEqualTo(25_000);
    }

    @Test
    void whereTheLatencyWasTheLimitLessOfTheProcessorIsUsed() {
        var slow = new Profile.Point(10, 2_000, 2_000, 2_200, 2_200, 100e-6, 0.02, 249, Limit.LATENCY);
        var profile = Profiles.of(point(1, 20), slow, point(50, 500));
        assertThat(profile.usableCpu(10)).isCloseTo(0.2, within(1e-12));
        assertThat(profile.usableCpu(5)).as("beside it").isCloseTo(0.2, within(1e-12));
        assertThat(profile.usableCpu(1)).isCloseTo(0.5, within(1e-12));
        assertThat(profile.usableCpu(50)).isCloseTo(0.5, within(1e-12));
        assertThat(profile.cap(10)).isEqualTo(2_000);
    }

    @Test
    void whatFailedBeforeTheTimeWasOverIsNotGivenAWorker() {
        var late = new Profile.Point(1, 9_448, 9_448, 9_448, 18_899, 20e-6, 0.06, 270, Limit.TIME);
        assertThat(Profiles.of(late, point(10, 100)).cap(1)).isEqualTo(9_448);
        assertThat(Profiles.of(point(1, 20, Limit.TIME)).cap(1)).isEqualTo(25_000);
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
