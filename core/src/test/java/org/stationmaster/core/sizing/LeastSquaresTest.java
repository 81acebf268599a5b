package org.stationmaster.core.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.sizing.LeastSquares.Row;

@Timeout(10)
class LeastSquaresTest {
    private static Row row(double value, Double... terms) {
        return new Row(List.of(terms), value);
    }

    @Test
    void whatLiesOnTheSumIsFound() {
        var fit = LeastSquares.of(
                List.of(row(3, 1.0, 1.0, 1.0), row(9, 1.0, 2.0, 3.0), row(22, 1.0, 10.0, 6.0), row(7, 1.0, 5.0, 0.5)));
        assertThat(fit.factors()).hasSize(3).allMatch(factor -> factor >= 0);
        var exact = LeastSquares.of(List.of(row(2 + 3, 1.0, 1.0), row(2 + 30, 1.0, 10.0), row(2 + 6, 1.0, 2.0)));
        assertThat(exact.factors().get(0)).isCloseTo(2, within(1e-9));
        assertThat(exact.factors().get(1)).isCloseTo(3, within(1e-9));
        assertThat(exact.squaredError()).isCloseTo(0, within(1e-12));
    }

    @Test
    void aTermThatWouldBeNegativeIsLeftOut() {
        var fit = LeastSquares.of(List.of(row(1, 1.0, 1.0), row(30, 1.0, 10.0), row(3, 1.0, 2.0)));
        assertThat(fit.factors().get(0)).isZero();
        assertThat(fit.inverse().get(0)).isZero();
        assertThat(fit.factors().get(1)).isPositive();
    }

    @Test
    void termsThatAreTheSameCountOnce() {
        var fit = LeastSquares.of(List.of(row(2, 1.0, 1.0), row(4, 2.0, 2.0)));
        assertThat(fit.factors().get(0) + fit.factors().get(1)).isCloseTo(2, within(1e-9));
    }

    @Test
    void asASmallValueCountsAsMuchAsALargeOne() {
        // 10 % too much of the small one and as much too little of the large one: in between
        var fit = LeastSquares.of(List.of(row(1.1, 1.0), row(900, 1_000.0)));
        assertThat(fit.factors().getFirst()).isBetween(0.97, 1.03);
    }
}
