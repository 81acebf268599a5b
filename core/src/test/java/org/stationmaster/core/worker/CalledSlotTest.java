package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.WorkerId;

/** A slot whose station calls in, on a clock advanced by hand; {@code connect} is the call. */
@Timeout(20)
class CalledSlotTest {
    private final WorkerRig rig = WorkerRig.plan()
            .budget(new ConnectBudget(new ConnectBudget.Rate(1e-6, 1), new ConnectBudget.Rate(1e-6, 1)))
            .build();

    private void activate() {
        rig.activate(0, Source.dialIn("QSCO", "scripted").rate(1).build(), 1, false);
    }

    private String detail() {
        return rig.reports.stream()
                .filter(WorkerReport.Ended.class::isInstance)
                .map(report -> ((WorkerReport.Ended) report).detail())
                .reduce("", (_, last) -> last);
    }

    private void assertWaits(String detail) {
        assertThat(rig.state()).isEqualTo(SlotState.STARTING);
        assertThat(rig.observed().reason()).isEqualTo(EndReason.NOT_CALLED);
        assertThat(detail()).isEqualTo(detail);
    }

    @Test
    void itWaitsHoweverLongAndSaysWhy() {
        activate();
        assertWaits("not called");
        rig.advance(100_000);
        assertWaits("not called");
        assertThat(rig.dialer.dials()).isEqualTo(1);
        rig.connect().receive("x");
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
        assertThat(rig.observed().reason()).isEqualTo(EndReason.NONE);
        assertThat(detail()).isEmpty();
    }

    @Test
    void behindAnEndItWaitsAtOnceAndThroughNoBudget() {
        activate();
        for (int i = 1; i <= 5; i++) {
            rig.connect().receive("x").advance(2);
            rig.dialer.last().end(EndReason.ENDED, "the station closed the connection");
            assertWaits("not called; the last call: ENDED, the station closed the connection");
            assertThat(rig.dialer.dials()).isEqualTo(i + 1);
        }
        assertThat(rig.ends(EndReason.ENDED)).isEqualTo(5);
        assertThat(rig.ends(EndReason.NOT_CALLED)).isZero();
    }

    @Test
    void whatEndsWithinASecondOrFailsRestsForOne() {
        activate();
        for (var bytes : new String[] {"x", "?", "*", "!"}) {
            rig.connect().receive(bytes);
            if (bytes.equals("x")) {
                rig.dialer.last().end(EndReason.RESET, "Connection reset");
            }
            int dials = rig.dialer.dials();
            assertThat(rig.state()).as(bytes).isEqualTo(SlotState.BACKOFF);
            rig.advance(0.9);
            assertThat(rig.dialer.dials()).isEqualTo(dials);
            rig.advance(0.2);
            assertThat(rig.dialer.dials()).isEqualTo(dials + 1);
        }
    }

    @Test
    void aSilentOneWaitsForItsNextCall() {
        activate();
        rig.connect().receive("x").advance(6);
        assertThat(rig.ends(EndReason.SILENT)).isEqualTo(1);
        assertWaits("not called; the last call: SILENT, no record for 5000 ms");
    }

    @Test
    void pausedItWaitsForNobody() {
        activate();
        rig.pause(1);
        assertThat(rig.state()).isEqualTo(SlotState.PAUSED);
        assertThat(rig.dialer.open()).isZero();
        assertThat(detail()).isEmpty();
        rig.resume(1);
        assertWaits("not called");
        rig.release(1);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        assertThat(rig.dialer.open()).isZero();
    }

    @Test
    void releasedWhileItRestsItLooksForOneMoreCallOnly() {
        activate();
        rig.connect().receive("x");
        rig.dialer.last().end(EndReason.RESET, "Connection reset");
        rig.release(1);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        assertThat(rig.dialer.dials()).isEqualTo(2);
        assertThat(rig.dialer.open()).isZero();
    }

    @Test
    void whereCallsComeToAnyWorkerItsSlotIsIdleBehindTheLast() {
        rig.dialer.holdsOnlyCalled();
        rig.dialer.called(true);
        activate();
        rig.connect().receive("x").advance(2);
        rig.dialer.last().end(EndReason.ENDED, "the station closed the connection");
        assertThat(rig.state()).as("the next call is kept").isEqualTo(SlotState.STARTING);
        rig.connect().receive("x");
        rig.dialer.called(false);
        rig.dialer.last().end(EndReason.RESET, "Connection reset");
        assertThat(rig.state()).as("it ended at once").isEqualTo(SlotState.BACKOFF);
        rig.advance(1.1);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        assertThat(rig.reports.getLast()).isEqualTo(new WorkerReport.Idle(new SlotId(new WorkerId(0), 0), 1));
        assertThat(detail()).isEqualTo("Connection reset");
        assertThat(rig.dialer.open()).isZero();
    }

    @Test
    void andIdleAtOnceWhenTheCallHasGoneMeanwhileButNotWhilePaused() {
        rig.dialer.holdsOnlyCalled();
        activate();
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        rig.dialer.called(true);
        rig.activate(0, Source.dialIn("QSCO", "scripted").rate(1).build(), 2, true);
        assertThat(rig.state()).isEqualTo(SlotState.PAUSED);
        rig.dialer.called(false);
        rig.resume(2);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
    }

    @Test
    void aTaskThatConnectsByItselfIsNotCalled() {
        var blocking = WorkerRig.plan().task(Task.blocking(_ -> {})).build();
        blocking.activate(0, Source.dialIn("QSCO", "scripted").build(), 1, false);
        assertThat(blocking.state()).isEqualTo(SlotState.BACKOFF);
        assertThat(blocking.observed().reason()).isEqualTo(EndReason.TASK_FAILED);
        blocking.release(1);
        assertThat(blocking.state()).isEqualTo(SlotState.IDLE);
    }
}
