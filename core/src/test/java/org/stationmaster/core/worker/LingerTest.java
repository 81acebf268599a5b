package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In milliseconds, as nothing depends on the unit. */
@Timeout(10)
class LingerTest {
    private static final long FIRST = 1_000_000;
    private static final Offset<Long> ROUNDING = within(10L);

    private final Linger linger = new Linger(20_000);

    private void took(int times, long each) {
        for (int i = 0; i < times; i++) {
            linger.took(each);
        }
    }

    @Test
    void atFirstAllOfItIsWaited() {
        assertThat(linger.dueNanos(FIRST)).isEqualTo(FIRST + 20_000);
    }

    @Test
    void whatADeliveryTakesIsWaitedLess() {
        took(60, 4_000);
        assertThat(linger.dueNanos(FIRST) + 4_000).as("written").isCloseTo(FIRST + 20_000, ROUNDING);
    }

    @Test
    void halfOfItIsWaitedHoweverLongADeliveryTakes() {
        took(60, 1_000_000);
        assertThat(linger.dueNanos(FIRST)).isEqualTo(FIRST + 10_000);
    }

    @Test
    void aStallIsForgotten() {
        took(60, 1_000);
        took(1, 5_000_000);
        assertThat(linger.dueNanos(FIRST)).isBetween(FIRST + 16_000, FIRST + 18_000);
        took(60, 1_000);
        assertThat(linger.dueNanos(FIRST)).isCloseTo(FIRST + 19_000, ROUNDING);
    }

    @Test
    void withoutALingerNothingIsWaitedFor() {
        var none = new Linger(0);
        none.took(5);
        assertThat(none.dueNanos(FIRST)).isEqualTo(FIRST);
    }
}
