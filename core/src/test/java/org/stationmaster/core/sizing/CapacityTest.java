package org.stationmaster.core.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.stationmaster.core.sizing.Profiles.point;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.sizing.Profile.Limit;

/** Two protocols with targets of their own: 0.5 of a processor, and 0.4 of which the latency leaves half. */
@Timeout(10)
class CapacityTest {
    private final Capacity capacity = Capacity.of(List.of(
            Profiles.of(point(1, 100), point(10, 500)),
            of("ntrip", 0.4, new Profile.Point(1, 1_000, 1_000, 1_000, 1_000, 200e-6, 150e-6, 0, 240, Limit.LATENCY))));

    private static Profile of(String protocol, double targetCpu, Profile.Point... points) {
        return new Profile(
                "1",
                Instant.EPOCH,
                Profiles.HOST,
                protocol,
                "archive",
                Isolation.PROCESSES,
                196,
                new Profile.Target(targetCpu, 250),
                new Profile.Memory(0, 0),
                List.of(points),
                "");
    }

    private static Source source(String protocol, double rate) {
        return Source.builder("A", protocol, "127.0.0.1", 1).rate(rate).build();
    }

    @Test
    void theLowestTargetIsTheLimitAndEachKindFillsItWithItsOwnCap() {
        assertThat(capacity.limit()).isEqualTo(0.4);
        assertThat(capacity.limit() / capacity.charge(source("tcp-frames", 1))).isCloseTo(5_000, within(1e-6));
        assertThat(capacity.limit() / capacity.charge(source("ntrip", 1))).isCloseTo(1_000, within(1e-6));
        assertThat(capacity.cost(source("ntrip", 1))).isCloseTo(200e-6, within(1e-12));
        assertThat(capacity.marginalCharge(source("ntrip", 1)) / capacity.charge(source("ntrip", 1)))
                .isCloseTo(0.75, within(1e-9));
    }

    @Test
    void eachSaysWhatLimitsIt() {
        assertThat(capacity.limitFor(source("tcp-frames", 10)))
                .isEqualTo("its target allows a worker 50 % of a processor at 10 Hz");
        assertThat(capacity.limitFor(source("ntrip", 1)))
                .isEqualTo("its target latency allows a worker 20 % of a processor at 1 Hz");
    }

    @Test
    void aProtocolWithoutAProfileIsTakenForTheFirst() {
        assertThat(capacity.charge(source("gsof", 10))).isEqualTo(capacity.charge(source("tcp-frames", 10)));
    }

    @Test
    void withoutAProfileThereIsNoLimit() {
        assertThat(Capacity.UNKNOWN.limit()).isInfinite();
        assertThat(Capacity.UNKNOWN.charge(source("gsof", 10))).isEqualTo(Cost.DEFAULT.at(10));
        assertThat(Capacity.UNKNOWN.isKnown()).isFalse();
    }
}
