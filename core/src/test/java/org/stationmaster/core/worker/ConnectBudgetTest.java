package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class ConnectBudgetTest {
    private static final long SECOND = 1_000_000_000L;
    private final ConnectBudget budget =
            new ConnectBudget(new ConnectBudget.Rate(20, 200), new ConnectBudget.Rate(5_000, 5_000));

    private int takeAll(String host, int port, long nowNanos) {
        int taken = 0;
        while (budget.tryTake(host, port, nowNanos)) {
            taken++;
        }
        return taken;
    }

    @Test
    void aBurstThenTwentyASecond() {
        assertThat(takeAll("caster.example", 2101, 0)).isEqualTo(200);
        assertThat(takeAll("caster.example", 2101, SECOND)).isEqualTo(20);
        assertThat(takeAll("caster.example", 2101, SECOND + SECOND / 2)).isEqualTo(10);
        assertThat(takeAll("caster.example", 2101, 100 * SECOND))
                .as("never more than the burst")
                .isEqualTo(200);
    }

    @Test
    void eachHostAndPortHasItsOwn() {
        assertThat(takeAll("caster.example", 2101, 0)).isEqualTo(200);
        assertThat(takeAll("caster.example", 2102, 0)).isEqualTo(200);
        assertThat(takeAll("other.example", 2101, 0)).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.255.1.2", "localhost", "LOCALHOST", "::1", "0:0:0:0:0:0:0:1"})
    void loopbackHasMore(String host) {
        assertThat(takeAll(host, 7001, 0)).isEqualTo(5_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.example.com", "127.0.0.1.example.com", "localhost.example.com", "128.0.0.1", "::2"})
    void whatOnlyLooksLikeLoopbackHasNot(String host) {
        assertThat(takeAll(host, 7001, 0)).isEqualTo(200);
    }

    @Test
    void aNameIsTheSameHostHoweverItIsWritten() {
        assertThat(takeAll("caster.example", 2101, 0)).isEqualTo(200);
        assertThat(takeAll("Caster.EXAMPLE", 2101, 0)).isZero();
    }

    @Test
    void workersShareTheMachinesRate() {
        var share = new ConnectBudget.Rate(20, 200).share(4);
        assertThat(share.perSecond()).isEqualTo(5);
        assertThat(share.burst()).isEqualTo(50);
        assertThat(new ConnectBudget.Rate(20, 200).share(1000).burst())
                .as("a bucket that holds none never fills")
                .isEqualTo(1);
    }

    @Test
    void aClockNearItsOverflowChangesNothing() {
        long start = Long.MAX_VALUE - SECOND / 2;
        assertThat(takeAll("caster.example", 2101, start)).isEqualTo(200);
        assertThat(takeAll("caster.example", 2101, start + SECOND)).isEqualTo(20);
    }

    @Test
    void hostsThatRestedAreForgotten() {
        for (int i = 0; i < 20_000; i++) {
            assertThat(budget.tryTake("host-" + i, 1, i * SECOND)).isTrue();
            assertThat(budget.kept()).isLessThanOrEqualTo(2);
        }
        // twenty thousand hosts later the first is as good as new
        assertThat(takeAll("host-0", 1, 20_000 * SECOND)).isEqualTo(200);
    }

    @Test
    void aHostThatIsStillShortIsNotForgotten() {
        assertThat(takeAll("caster.example", 2101, 0)).isEqualTo(200);
        for (int i = 0; i < 10_000; i++) {
            assertThat(budget.tryTake("host-" + i, 1, SECOND)).isTrue();
        }
        assertThat(takeAll("caster.example", 2101, SECOND)).isEqualTo(20);
        assertThat(budget.tryTake("another.example", 1, 60 * SECOND)).isTrue();
        assertThat(budget.kept()).isEqualTo(1);
    }
}
