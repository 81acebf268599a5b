package org.stationmaster.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
final class NetworkPlanTest {
    private static NetworkPlan.Builder plan() {
        return NetworkPlan.builder("tcp-frames");
    }

    private static void assertRefused(NetworkPlan.Builder builder, String why) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void aRateMustBePositive(double rate) {
        assertRefused(plan().rate(rate), "rate " + rate);
    }

    @Test
    void whatIsOutOfRangeIsNamed() {
        assertRefused(plan().sources(0), "sources 0");
        assertRefused(plan().port(65536), "port 65536");
        assertRefused(plan().port(-1), "port -1");
        assertRefused(plan().ports(0), "ports 0");
        assertRefused(plan().port(65535).sources(2).ports(2), "above 65535");
        assertRefused(plan().ports(2), "more than the 1 source");
        assertRefused(plan().sizeBytes(63), "size 63");
        assertRefused(plan().sizeBytes(1024 * 1024 + 1), "size 1048577");
        assertRefused(NetworkPlan.builder("tcp-lines").sizeBytes(65537), "size 65537");
        assertRefused(NetworkPlan.builder("carrier-pigeon"), "carrier-pigeon");
        assertRefused(plan().sources(2).hello(false), "without a hello");
    }

    @Test
    void morePortsAreAskedForByNumber() {
        assertRefused(plan().sources(20_001), "--ports 2");
        assertRefused(plan().sources(100_000).ports(4), "--ports 5");
        assertThat(plan().sources(40_000).ports(2).build().sources()).isEqualTo(40_000);
    }
}
