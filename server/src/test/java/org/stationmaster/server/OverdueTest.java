package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.WorkerId;

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

    /** Its last record is from before the outage. */
    @Test
    void whoHasJustBegunToRunAgainHasTheTimeAgain() {
        var machine = new FakeMachine(10);
        for (var id : List.of("BACK", "STAYED")) {
            machine.activate(Source.builder(id, "tcp-lines", "h", 1).rate(0.1).build()); // silent after 50 s
        }
        var overdue = new Overdue(machine, clock);
        machine.happens(begins("STAYED", 0));
        machine.happens(begins("BACK", 99_000));
        millis = 100_000;
        assertThat(overdue.now()).containsExactly("STAYED");
        millis = 124_000;
        assertThat(overdue.now()).containsExactly("STAYED");
        millis = 124_001;
        assertThat(overdue.now()).as("looked at once a second").containsExactly("STAYED");
        millis = 125_000;
        assertThat(overdue.now()).containsExactly("BACK", "STAYED");
    }

    /** When more begin at once than events are kept. */
    @Test
    void whoseBeginIsNoLongerKnownBeganBeforeWhatIs() {
        var machine = new FakeMachine(10);
        machine.activate(Source.builder("BACK", "tcp-lines", "h", 1).rate(0.1).build());
        var overdue = new Overdue(machine, clock);
        machine.happens(begins("BACK", 99_000));
        for (int i = 0; i < 4_096; i++) {
            machine.happens(begins("OTHER", 99_500));
        }
        millis = 100_000;
        assertThat(overdue.now()).isEmpty();
        millis = 124_500;
        assertThat(overdue.now()).isEmpty();
        millis = 125_500;
        assertThat(overdue.now()).containsExactly("BACK");
    }

    private static SlotEvent begins(String id, long atMillis) {
        return new SlotEvent(
                HEARD.plusMillis(atMillis),
                new SlotId(new WorkerId(0), 0),
                Source.of(id, "tcp-lines", "h", 1).id(),
                1,
                SlotState.STARTING,
                SlotState.RUNNING,
                EndReason.NONE,
                "");
    }
}
