package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.core.fixtures.Await.await;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.fixtures.HandClock;
import org.stationmaster.core.fixtures.TestStation;

/** A whole machine by a clock that a test advances: what is due by it is judged at the next tick. */
@Tag("system")
@Timeout(20)
class AdvancedClockTest {
    private static final SourceId ID = new SourceId("QSCO");

    @Test
    void silenceAndBackoffTakeOneStepEach() throws Exception {
        var clock = new HandClock();
        try (var station = new TestStation((socket, number) -> TestStation.untilEnd(socket));
                var machine = Machine.of(Tasks.always(Tasks.eventLines()))
                        .size(new MachineSize(1, 1))
                        .clock(clock)
                        .start()) {
            machine.assignator().activate(station.source("QSCO").rate(1).build());
            awaitState(machine, SourceState.RUNNING);
            clock.advance(Duration.ofHours(1));
            awaitState(machine, SourceState.BACKOFF);
            assertThat(station.accepted).hasValue(1);
            clock.advance(Duration.ofHours(1));
            awaitState(machine, SourceState.RUNNING);
            assertThat(machine.stop(Tasks.DEADLINE)).isEmpty();
        }
    }

    private static void awaitState(Machine machine, SourceState state) {
        await().until(() -> machine.view().source(ID).orElseThrow().state() == state);
    }
}
