package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class BackoffTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void eachWaitIsWithinTwentyPercent() {
        for (int seed = 0; seed < 200; seed++) {
            var backoff = new Backoff(new SplittableRandom(seed));
            for (long base = 1; base < 100; base *= 2) {
                long expected = Math.min(60, base) * SECOND;
                assertThat(backoff.next(0)).isBetween(expected * 8 / 10, expected * 12 / 10);
            }
        }
    }

    @Test
    void stationsThatFailTogetherDoNotReturnTogether() {
        var random = new SplittableRandom(1);
        var waits = java.util.stream.IntStream.range(0, 100)
                .mapToLong(i -> new Backoff(random).next(0))
                .distinct()
                .count();
        assertThat(waits).isGreaterThan(95);
    }

    @Test
    void refusedIsNeverBelowTheFloor() {
        for (int seed = 0; seed < 200; seed++) {
            var backoff = new Backoff(new SplittableRandom(seed));
            for (int i = 0; i < 10; i++) {
                assertThat(backoff.next(10 * SECOND)).isBetween(10 * SECOND, 72 * SECOND);
            }
        }
    }

    @Test
    void whatAPersonMustMendWaitsForAMinuteDoublingToFifteen() {
        for (int seed = 0; seed < 200; seed++) {
            var backoff = new Backoff(new SplittableRandom(seed));
            for (long expected : new long[] {60, 120, 240, 480, 900, 900}) {
                assertThat(backoff.next(60 * SECOND))
                        .isBetween(Math.max(60, expected * 8 / 10) * SECOND, expected * 12 / 10 * SECOND);
            }
            assertThat(backoff.next(0)).as("another failure").isLessThanOrEqualTo(72 * SECOND);
        }
    }

    @Test
    void resetBeginsAtOneSecond() {
        var backoff = new Backoff(new SplittableRandom(3));
        for (int i = 0; i < 20; i++) {
            backoff.next(0);
        }
        backoff.reset();
        assertThat(backoff.next(0)).isLessThanOrEqualTo(SECOND * 12 / 10);
    }
}
