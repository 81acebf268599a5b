package org.stationmaster.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class WakeBucketsTest {
    private static final long LOWEST = 1L << 13;
    private static final long HIGHEST = 1L << 37;

    @Test
    void theMiddleIsNear() {
        for (long nanos = LOWEST; nanos < HIGHEST; nanos += 1 + nanos / 997) {
            assertThat((double) WakeBuckets.middleNanos(WakeBuckets.of(nanos)) / nanos)
                    .isCloseTo(1, within(0.0625));
        }
    }

    @Test
    void bucketsFollowOneAnother() {
        int last = -1;
        for (long nanos = LOWEST; nanos < HIGHEST; nanos += nanos >>> 4) {
            int bucket = WakeBuckets.of(nanos);
            assertThat(bucket).isBetween(last, last + 1);
            assertThat(WakeBuckets.of(WakeBuckets.middleNanos(bucket))).isEqualTo(bucket);
            last = bucket;
        }
        assertThat(last).isEqualTo(WakeBuckets.COUNT - 1);
    }

    @Test
    void whatIsTooShortOrTooLongCountsAtTheEnds() {
        for (long nanos : new long[] {Long.MIN_VALUE, -1, 0, 1, LOWEST}) {
            assertThat(WakeBuckets.of(nanos)).isZero();
        }
        for (long nanos : new long[] {HIGHEST - 1, HIGHEST, Long.MAX_VALUE}) {
            assertThat(WakeBuckets.of(nanos)).isEqualTo(WakeBuckets.COUNT - 1);
        }
    }

    @Test
    void quantilesAreThoseOfTheSortedDurations() {
        var counts = new long[WakeBuckets.COUNT];
        var durations = new long[1_000];
        for (int i = 0; i < durations.length; i++) {
            durations[i] = 100_000L + i * 7_000L * i;
            counts[WakeBuckets.of(durations[i])]++;
        }
        Arrays.sort(durations);
        for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 1}) {
            double exact = durations[(int) Math.ceil(share * durations.length) - 1];
            assertThat(WakeBuckets.quantileNanos(counts, share, Long.MAX_VALUE) / exact)
                    .isCloseTo(1, within(0.0625));
        }
        assertThat(WakeBuckets.quantileNanos(counts, 1, 5_000_000)).isEqualTo(5_000_000);
    }

    @Test
    void ofNothingTheyAreZero() {
        assertThat(WakeBuckets.quantileNanos(new long[WakeBuckets.COUNT], 0.99, 0))
                .isZero();
    }
}
