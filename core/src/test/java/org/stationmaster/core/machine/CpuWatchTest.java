package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.fixtures.HandClock;
import org.stationmaster.core.machine.CpuWatch.Mark;

@Timeout(10)
class CpuWatchTest {
    private final HandClock clock = new HandClock();
    private final List<Mark> marks = new ArrayList<>(List.of(new Mark(1, 0, 0.4, 0.4), new Mark(1, 0, 0.2, 0.2)));
    private final CpuWatch watch = new CpuWatch(clock, () -> List.copyOf(marks));

    private void after(int seconds, Mark... now) {
        clock.advance(Duration.ofSeconds(seconds));
        for (int i = 0; i < now.length; i++) {
            marks.set(i, now[i]);
        }
    }

    @Test
    void nothingIsKnownBeforeTheFirstWindow() {
        after(29, new Mark(1, 1_000_000_000L, 0.4, 0.4));
        assertThat(watch.windows().getFirst().cpu()).isNull();
        assertThat(watch.costRatio()).isEmpty();
    }

    @Test
    void measuredOverCalibrated() {
        after(40, new Mark(1, 20_000_000_000L, 0.4, 0.4), new Mark(1, 10_000_000_000L, 0.2, 0.2));
        assertThat(watch.costRatio().orElseThrow()).isCloseTo(0.75 / 0.6, within(1e-9));
        assertThat(watch.windows().getFirst().cpu()).isEqualTo(0.5);
        after(30, new Mark(1, 20_000_000_000L, 0.4, 0.4), new Mark(1, 10_000_000_000L, 0.2, 0.2));
        assertThat(watch.costRatio().orElseThrow()).isZero();
    }

    @Test
    void aWorkerThatIsAnotherOrWhoseSourcesChangedSaysNothingOfTheCost() {
        after(30, new Mark(2, 20_000_000_000L, 0.4, 0.4), new Mark(1, 3_000_000_000L, 0.3, 0.3));
        assertThat(watch.windows().getFirst().cpu()).isNull();
        assertThat(watch.windows().getLast().cpu()).isEqualTo(0.1);
        assertThat(watch.costRatio()).isEmpty();
    }

    @Test
    void soDoesALoadThatIsHardlyThere() {
        marks.set(0, new Mark(1, 0, 0.01, 0.01));
        marks.set(1, new Mark(0, 0, 0, 0));
        after(30);
        var _ = watch.windows();
        after(30, new Mark(1, 900_000_000L, 0.01, 0.01));
        assertThat(watch.windows().getFirst().cpu()).isCloseTo(0.03, within(1e-9));
        assertThat(watch.costRatio()).isEmpty();
    }

    @Test
    void whatWasTakenBeyondTheChargesIsInTheUnitOfCharges() {
        assertThat(new CpuWatch.Window(0.25, 0.2, 0.4).excess()).isCloseTo(0.1, within(1e-9));
        assertThat(new CpuWatch.Window(0.15, 0.2, 0.4).excess()).isCloseTo(-0.1, within(1e-9));
        assertThat(new CpuWatch.Window(0.0, 0.2, 0.4).excess())
                .as("no more than 30 % less is believed")
                .isCloseTo(-0.12, within(1e-9));
        assertThat(new CpuWatch.Window(0.25, null, 0.4).excess()).isNaN();
        assertThat(new CpuWatch.Window(null, null, 0).excess()).isNaN();
        assertThat(new CpuWatch.Window(0.01, 0.0, 0).excess()).isNaN();
    }
}
