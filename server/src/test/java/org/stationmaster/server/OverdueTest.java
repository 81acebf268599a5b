package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Source;

class OverdueTest {
    /** When every source of the fake machine was heard last. */
    private static final Instant HEARD = Instant.parse("2026-11-24T01:02:03Z");

    private long millis;

    private final Clock clock = new Clock() {
        @Override
        public long nanoTime() {
            return millis * 1_000_000;
        }

        @Override
        public long epochNanos() {
            return (HEARD.toEpochMilli() + millis) * 1_000_000;
        }
    };

    @Test
    void halfOfTheSilenceLimitIsTheBorder() {
        var machine = new FakeMachine(10);
        machine.activate(Source.builder("FAST", "tcp-lines", "h", 1).rate(2).build()); // silent after 5 s
        machine.activate(Source.builder("SLOW", "tcp-lines", "h", 1).rate(0.1).build()); // after 50 s
        machine.activate(
                Source.builder("TOLD", "tcp-lines", "h", 1).silenceSeconds(3).build());
        var overdue = new Overdue(machine, clock);
        millis = 1_500;
        assertThat(overdue.now()).isEmpty();
        millis = 2_500;
        assertThat(overdue.now()).containsExactly("TOLD");
        millis = 3_499;
        assertThat(overdue.now()).containsExactly("TOLD"); // looked at once a second
        millis = 3_500;
        assertThat(overdue.now()).containsExactly("FAST", "TOLD");
        machine.pause(Source.of("FAST", "tcp-lines", "h", 1).id());
        millis = 25_001;
        assertThat(overdue.now()).containsExactly("SLOW", "TOLD");
    }
}
