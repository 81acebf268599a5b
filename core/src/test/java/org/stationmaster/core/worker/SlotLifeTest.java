package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.state.Total;

/** Orders to one slot, at every state, with event-driven tasks. */
@Timeout(20)
class SlotLifeTest {
    private final WorkerRig rig = WorkerRig.plan().build();

    /** Brings slot 0 with epoch 1 into a state. */
    private void bringTo(SlotState state) {
        switch (state) {
            case IDLE -> {}
            case STARTING -> rig.activate(1);
            case RUNNING -> rig.activate(1).connect();
            case BACKOFF -> {
                rig.activate(1);
                rig.dialer.last().refuse();
            }
            case PAUSED -> rig.activate(1).pause(1);
            case STOPPING -> rig.activate(1).connect().release(1);
        }
        assertThat(rig.state()).isEqualTo(state);
    }

    @Test
    void theFirstConnectIsImmediate() {
        rig.activate(1);
        assertThat(rig.dialer.dials()).isEqualTo(1);
        assertThat(rig.state()).isEqualTo(SlotState.STARTING);
        rig.connect();
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
        assertThat(rig.observed().epoch()).isEqualTo(1);
        assertThat(rig.observed().initialised()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(value = SlotState.class, names = "IDLE", mode = EnumSource.Mode.EXCLUDE)
    void cancelledAtAnyStateItIsIdleAtOnceAndSaysSoOnce(SlotState state) {
        bringTo(state);
        rig.cancel(1);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        assertThat(rig.dialer.open()).isZero();
        rig.advance(600);
        assertThat(rig.idles()).containsExactly(1L);
        assertThat(rig.loop.planned()).as("an idle worker turns no timer").isZero();
    }

    @ParameterizedTest
    @EnumSource(value = SlotState.class, names = "IDLE", mode = EnumSource.Mode.EXCLUDE)
    void releasedAtAnyStateItIsIdleSoon(SlotState state) {
        bringTo(state);
        rig.release(1).advance(0.35);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        assertThat(rig.dialer.open()).isZero();
        assertThat(rig.idles()).containsExactly(1L);
    }

    @ParameterizedTest
    @EnumSource(value = SlotState.class, names = "IDLE", mode = EnumSource.Mode.EXCLUDE)
    void anotherEpochAtAnyStateReplacesTheOld(SlotState state) {
        bringTo(state);
        rig.activate(2).advance(0.35);
        assertThat(rig.observed().epoch()).isEqualTo(2);
        assertThat(rig.state()).isEqualTo(SlotState.STARTING);
        assertThat(rig.dialer.open()).as("one connection, never two").isEqualTo(1);
        rig.connect().advance(0.2);
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
    }

    @ParameterizedTest
    @EnumSource(
            value = SlotState.class,
            names = {"STARTING", "RUNNING", "BACKOFF", "PAUSED"})
    void pausedAtAnyStateItRestsAndKeepsItsEpoch(SlotState state) {
        bringTo(state);
        rig.pause(1).advance(3600);
        assertThat(rig.state()).isEqualTo(SlotState.PAUSED);
        assertThat(rig.observed().epoch()).isEqualTo(1);
        assertThat(rig.dialer.open()).isZero();
        assertThat(rig.idles()).isEmpty();
        int dials = rig.dialer.dials();
        rig.resume(1);
        assertThat(rig.dialer.dials()).as("a resume connects at once").isEqualTo(dials + 1);
        rig.connect();
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
        assertThat(rig.observed().epoch()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(value = SlotState.class)
    void ordersForAnotherEpochChangeNothing(SlotState state) {
        bringTo(state);
        rig.release(7).pause(7).resume(7);
        assertThat(rig.state()).isEqualTo(state);
    }

    @Test
    void activatedPausedItNeverConnects() {
        rig.activate(0, WorkerRig.source("QSCO"), 1, true).advance(100);
        assertThat(rig.state()).isEqualTo(SlotState.PAUSED);
        assertThat(rig.dialer.dials()).isZero();
        rig.resume(1);
        assertThat(rig.dialer.dials()).isEqualTo(1);
    }

    @Test
    void aSlotThatDrainsReadsWhatStillArrives() {
        rig.activate(1).connect().receive("a").release(1).advance(0.009);
        rig.receive("b").advance(0.009);
        rig.receive("c").advance(0.009);
        assertThat(rig.state()).isEqualTo(SlotState.STOPPING);
        rig.advance(0.35);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        assertThat(rig.total(Total.RECORDS)).isEqualTo(3);
        assertThat(rig.total(Total.LATE)).isZero();
    }

    @Test
    void theStationIsToldThatWeSendNoMore() {
        rig.activate(1).connect();
        assertThat(rig.dialer.last().isFinished()).isFalse();
        rig.release(1);
        assertThat(rig.dialer.last().isFinished()).isTrue();
        assertThat(rig.dialer.last().isClosed()).as("it is read on").isFalse();
        rig.dialer.last().end(EndReason.ENDED, "the station has closed, too");
        assertThat(rig.state()).as("then there is nothing to wait for").isEqualTo(SlotState.IDLE);
    }

    @Test
    void aFloodDoesNotHoldAReleaseForMoreThanASecond() {
        rig.activate(1).connect().release(1);
        for (int i = 0; i < 150 && rig.state() != SlotState.IDLE; i++) {
            rig.receive("x").advance(0.01);
        }
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        assertThat(rig.total(Total.RECORDS)).isBetween(90L, 110L);
    }

    @Test
    void aLoopThatRanLateStillReadsWhatArrivedBeforeItEndsADrain() {
        rig.activate(1).connect().release(1);
        rig.receive("before");
        rig.clock.advance(java.time.Duration.ofSeconds(5));
        rig.receive("read late").advance(0.001);
        assertThat(rig.state()).as("the loop's own delay is no reason to cut").isEqualTo(SlotState.STOPPING);
        rig.receive("more").advance(0.35);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        assertThat(rig.total(Total.RECORDS)).isEqualTo(3);
    }

    @Test
    void cancelInTheMiddleOfADrainEndsItAtOnce() {
        rig.activate(1).connect().release(1).receive("x");
        assertThat(rig.state()).isEqualTo(SlotState.STOPPING);
        rig.cancel(1);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        rig.advance(1);
        assertThat(rig.idles()).containsExactly(1L);
    }

    @Test
    void activatedInTheMiddleOfADrainItDrainsThenStartsAnew() {
        rig.activate(1).connect().release(1).activate(2);
        assertThat(rig.dialer.dials()).as("the old connection is still read").isEqualTo(1);
        rig.receive("old").advance(0.35);
        assertThat(rig.dialer.dials()).isEqualTo(2);
        assertThat(rig.dialer.open()).isEqualTo(1);
        rig.connect().receive("new").advance(0.2);
        assertThat(rig.observed().epoch()).isEqualTo(2);
        assertThat(rig.observed().total(Total.RECORDS))
                .as("a new epoch counts anew")
                .isEqualTo(1);
        assertThat(rig.total(Total.RECORDS)).isEqualTo(2);
    }

    @Test
    void anEpochThatWasTakenBackBeforeItBeganIsReportedIdle() {
        rig.activate(1).connect().release(1).activate(2).release(2);
        assertThat(rig.state()).isEqualTo(SlotState.STOPPING);
        rig.advance(0.35);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        assertThat(rig.idles())
                .as("the supervisor waits for the last epoch it gave")
                .contains(2L);
        assertThat(rig.dialer.dials()).isEqualTo(1);
    }

    @Test
    void manyEpochsInTheMiddleOfADrainOnlyTheLastBegins() {
        rig.activate(1).connect().release(1);
        for (long epoch = 2; epoch < 20; epoch++) {
            rig.activate(epoch);
        }
        rig.advance(0.35);
        assertThat(rig.dialer.dials()).isEqualTo(2);
        assertThat(rig.observed().epoch()).isEqualTo(19);
    }

    @Test
    void pausedAndResumedInTheMiddleOfADrainItReconnectsWithoutBackoff() {
        rig.activate(1).connect().receive("a").pause(1).resume(1);
        rig.receive("b").advance(0.35);
        assertThat(rig.dialer.dials()).isEqualTo(2);
        assertThat(rig.state()).isEqualTo(SlotState.STARTING);
        rig.connect().receive("c").advance(0.2);
        assertThat(rig.observed().total(Total.RECORDS)).isEqualTo(3);
        assertThat(rig.observed().total(Total.RECONNECTS)).isEqualTo(1);
    }

    @Test
    void aPauseThenAReleaseInTheMiddleOfItsDrain() {
        rig.activate(1).connect().pause(1).release(1).advance(0.35);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        assertThat(rig.idles()).containsExactly(1L);
    }

    @Test
    void aPeerThatClosesWhileItIsPausedLeavesItPaused() {
        rig.activate(1).connect().pause(1);
        rig.dialer.last().end(EndReason.ENDED, "bye");
        assertThat(rig.state()).isEqualTo(SlotState.PAUSED);
        rig.advance(600);
        assertThat(rig.state()).isEqualTo(SlotState.PAUSED);
    }

    @Test
    void aPeerThatClosesWhileItIsReleasedMakesItIdle() {
        rig.activate(1).connect().release(1);
        rig.dialer.last().end(EndReason.ENDED, "bye");
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
    }

    @Test
    void theInitFlagAndTheSequenceAreKeptOverReconnects() {
        rig.activate(1);
        assertThat(rig.observed().initialised()).isFalse();
        rig.connect().receive("a").receive("b");
        rig.dialer.last().end(EndReason.RESET, "Connection reset");
        assertThat(rig.observed().initialised()).isTrue();
        rig.advance(1.2).connect().receive("c").advance(0.2);
        assertThat(rig.observed().total(Total.RECORDS)).isEqualTo(3);
        assertThat(rig.observed().total(Total.RECONNECTS)).isEqualTo(1);
        assertThat(rig.observed().epoch()).isEqualTo(1);
        rig.activate(2).advance(0.35);
        assertThat(rig.observed().initialised()).as("a new activation").isFalse();
    }

    @Test
    void aConnectionThatEndsTwiceOrAfterItsRunIsOverChangesNothing() {
        rig.activate(1).connect();
        var old = rig.dialer.last();
        rig.cancel(1).activate(2).connect();
        old.connect();
        old.receive("late");
        old.end(EndReason.RESET, "late");
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
        assertThat(rig.observed().epoch()).isEqualTo(2);
    }

    @Test
    void everyMoveIsToldAndLegal() {
        rig.activate(1).connect();
        rig.dialer.last().end(EndReason.RESET, "Connection reset");
        rig.advance(1.2)
                .connect()
                .pause(1)
                .advance(0.35)
                .resume(1)
                .connect()
                .release(1)
                .advance(0.35);
        var moves = rig.events.last(100).stream()
                .map(event -> event.from() + ">" + event.to())
                .toList();
        assertThat(moves)
                .containsExactly(
                        "IDLE>STARTING",
                        "STARTING>RUNNING",
                        "RUNNING>BACKOFF",
                        "BACKOFF>STARTING",
                        "STARTING>RUNNING",
                        "RUNNING>PAUSED",
                        "PAUSED>STARTING",
                        "STARTING>RUNNING",
                        "RUNNING>STOPPING",
                        "STOPPING>IDLE");
        assertThat(rig.events.last(100)).allMatch(event -> event.from().moves().contains(event.to()));
    }
}
