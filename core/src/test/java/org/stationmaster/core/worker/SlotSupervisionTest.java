package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.core.fixtures.Await.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.state.Total;

/** Backoff, silence, connect limits and alarms, on a clock advanced by hand. */
@Timeout(20)
class SlotSupervisionTest {
    private WorkerRig rig = WorkerRig.plan().build();

    /** Advances until the slot dials again. */
    private double secondsToNextDial() {
        int dials = rig.dialer.dials();
        double seconds = 0;
        while (rig.dialer.dials() == dials) {
            rig.advance(0.1);
            seconds += 0.1;
        }
        return seconds;
    }

    @Test
    void backoffDoublesFromOneSecondToSixty() {
        rig.activate(1);
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            rig.dialer.last().refuse();
            assertThat(rig.state()).isEqualTo(SlotState.BACKOFF);
            waits.add(Math.round(secondsToNextDial()));
        }
        assertThat(waits).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L);
    }

    @Test
    void aRecordAndThirtySecondsOfLifeResetTheBackoff() {
        rig.activate(1);
        for (int i = 0; i < 5; i++) {
            rig.dialer.last().refuse();
            secondsToNextDial();
        }
        rig.connect();
        for (int i = 0; i < 31; i++) {
            rig.receive("x").advance(1);
        }
        rig.dialer.last().end(EndReason.RESET, "Connection reset");
        assertThat(secondsToNextDial()).isBetween(0.9, 1.2);
    }

    @Test
    void aShortLifeDoesNotResetTheBackoff() {
        rig.activate(1);
        for (int i = 0; i < 5; i++) {
            rig.dialer.last().refuse();
            secondsToNextDial();
        }
        rig.connect().receive("x").advance(29);
        // silent after 5 s: it lived long enough for nothing
        assertThat(rig.ends(EndReason.SILENT)).isEqualTo(1);
        assertThat(secondsToNextDial()).isGreaterThan(7.9);
    }

    @Test
    void aLifeWithoutARecordDoesNotResetTheBackoff() {
        var patient = Source.builder("QSCO", "scripted", "192.0.2.1", 7001)
                .silenceSeconds(100)
                .build();
        rig.activate(0, patient, 1, false);
        for (int i = 0; i < 3; i++) {
            rig.dialer.last().refuse();
            secondsToNextDial();
        }
        rig.connect().advance(40);
        rig.dialer.last().end(EndReason.ENDED, "bye");
        assertThat(secondsToNextDial()).isBetween(7.9, 8.2);
    }

    private static Source at(String id, String host) {
        return Source.builder(id, "scripted", host, 7001).rate(1).build();
    }

    /** Whoever dials is refused, until the clock has gone on so far. */
    private void refuseFor(double seconds) {
        for (double passed = 0; passed < seconds; passed += 0.1) {
            rig.dialer.refuseAll();
            rig.advance(0.1);
        }
    }

    @Test
    void theFirstThatIsReachedAgainWakesThoseOfItsHost() {
        rig.activate(0, at("A", "192.0.2.1"), 1, false);
        refuseFor(3);
        rig.activate(1, at("B", "192.0.2.1"), 1, false);
        rig.activate(2, at("ELSEWHERE", "192.0.2.2"), 1, false);
        refuseFor(50);
        rig.activate(3, at("REFUSED", "192.0.2.1"), 1, false).connect().receive("%");
        assertThat(secondsToNextDial()).as("they rest").isGreaterThan(5);
        int dials = rig.dialer.dials();
        assertThat(rig.dialer.last().source().id()).hasToString("A");
        rig.connect().advance(0.7);
        assertThat(rig.dialer.dials())
                .as("the other at its host, and nobody else")
                .isEqualTo(dials + 1);
        assertThat(rig.dialer.last().source().id()).hasToString("B");
    }

    @Test
    void aHostThatComesAndGoesIsNewsOnceInTheLongestBackoff() {
        var hosts = new ReturnedHosts();
        assertThat(hosts.isNews("a", 0)).isTrue();
        assertThat(hosts.isNews("a", 59_000_000_000L)).isFalse();
        assertThat(hosts.isNews("b", 59_000_000_000L)).isTrue();
        assertThat(hosts.isNews("a", 60_000_000_000L)).isTrue();
        assertThat(hosts.isNews("a", 61_000_000_000L)).isFalse();
    }

    @Test
    void refusedByNameItWaitsTenSecondsAtLeast() {
        rig.activate(1).connect().receive("!");
        assertThat(rig.observed().reason()).isEqualTo(EndReason.REFUSED);
        assertThat(secondsToNextDial()).isBetween(9.9, 10.2);
    }

    @Test
    void whatAPersonMustMendWaitsForLongAndIsToldOnce() {
        rig.activate(1);
        for (double expected : new double[] {60, 120, 240, 480, 900, 900}) {
            rig.connect().receive("%");
            assertThat(secondsToNextDial()).isBetween(expected - 0.1, expected + 0.2);
        }
        assertThat(rig.reports).hasSize(1);
        rig.dialer.last().refuse();
        assertThat(secondsToNextDial()).as("another failure").isBetween(59.9, 60.2);
        rig.connect().receive("%").pause(1).resume(1);
        assertThat(rig.state()).as("whoever has mended it need not wait").isEqualTo(SlotState.STARTING);
    }

    @Test
    void noProtocolCanReconnectWithoutBackoff() {
        rig.activate(1).connect().receive("~");
        assertThat(rig.state()).isEqualTo(SlotState.BACKOFF);
        assertThat(rig.observed().reason()).isEqualTo(EndReason.TASK_FAILED);
        assertThat(rig.dialer.dials()).isEqualTo(1);
    }

    @Test
    void thereIsNoTerminalFailure() {
        rig.activate(1);
        for (int i = 0; i < 1_000; i++) {
            switch (i % 4) {
                case 0 -> rig.dialer.last().refuse();
                case 1 -> rig.connect().receive("*");
                case 2 -> rig.connect().receive("?");
                default -> rig.connect().dialer.last().end(EndReason.ENDED, "bye");
            }
            assertThat(rig.state()).as("after failure %d", i).isEqualTo(SlotState.BACKOFF);
            assertThat(secondsToNextDial()).isLessThan(61);
        }
        assertThat(rig.observed().failing()).isTrue();
        rig.connect().advance(0.2);
        assertThat(rig.observed().failing())
                .as("it stands: from here on its silence is judged")
                .isFalse();
        rig.dialer.last().end(EndReason.ENDED, "bye");
        assertThat(rig.observed().failing()).as("again without a record").isTrue();
        secondsToNextDial();
        rig.connect().receive("x").advance(0.2);
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
        rig.dialer.last().end(EndReason.ENDED, "bye");
        assertThat(rig.observed().failing()).as("a record ends it").isFalse();
        assertThat(rig.ends(EndReason.UNREACHABLE)).isEqualTo(250);
        assertThat(rig.ends(EndReason.TASK_FAILED)).isEqualTo(250);
        assertThat(rig.ends(EndReason.CORRUPT)).isEqualTo(250);
        assertThat(rig.ends(EndReason.ENDED)).isEqualTo(252);
    }

    @Test
    void failingIsRaisedByTheThirdAttemptWithoutARecord() {
        rig.activate(1);
        for (int i = 1; i <= 3; i++) {
            assertThat(rig.observed().failing()).isFalse();
            rig.dialer.last().refuse();
            rig.advance(10);
        }
        assertThat(rig.observed().failing()).isTrue();
    }

    @Test
    void failingAreConnectionsThatBringRecordsAndDoNotLast() {
        rig.activate(1);
        for (int i = 1; i <= 3; i++) {
            assertThat(rig.observed().failing()).isFalse();
            rig.connect().receive("x").advance(1);
            rig.dialer.last().end(EndReason.ENDED, "bye");
            rig.advance(10);
        }
        assertThat(rig.observed().failing()).isTrue();
        assertThat(lastWords())
                .startsWith("records come, but no connection lasts 30 s")
                .endsWith("bye");
        rig.connect();
        for (int i = 0; i < 29; i++) {
            rig.receive("x").advance(1);
        }
        assertThat(rig.observed().failing()).as("not yet").isTrue();
        rig.receive("x").advance(2);
        assertThat(rig.observed().failing()).as("it lasts").isFalse();
        assertThat(lastWords()).as("and says so no longer").isEqualTo("bye");
        rig.dialer.last().end(EndReason.ENDED, "bye");
        rig.advance(0.2);
        assertThat(rig.observed().failing()).as("a good one is no short one").isFalse();
        assertThat(lastWords()).isEqualTo("bye");
    }

    @Test
    void anEndIsReportedInWordsOnlyWhenItIsNews() {
        rig.activate(1);
        for (int i = 0; i < 5; i++) {
            rig.dialer.last().refuse();
            secondsToNextDial();
        }
        assertThat(rig.reports).hasSize(1);
        rig.connect().receive("?");
        assertThat(rig.reports).hasSize(2);
    }

    @Test
    void silenceIsJudgedByRecordsAndNotByBytes() {
        rig.activate(1).connect();
        for (int i = 0; i < 60 && rig.state() == SlotState.RUNNING; i++) {
            rig.receive("# chatter").advance(0.1);
        }
        assertThat(rig.state()).isEqualTo(SlotState.BACKOFF);
        assertThat(rig.observed().reason()).isEqualTo(EndReason.SILENT);
        assertThat(rig.observed().total(Total.SILENCES)).isEqualTo(1);
        assertThat(rig.observed().total(Total.CORRUPT)).isGreaterThan(40);
        assertThat(lastWords())
                .isEqualTo("no record for 5000 ms; bytes come that are none: is scripted what the station speaks?");
        secondsToNextDial();
        rig.connect().receive("# chatter").receive("x").advance(5.1);
        assertThat(lastWords()).as("it spoke it").isEqualTo("no record for 5000 ms");
        secondsToNextDial();
        rig.connect().receive("- of another protocol").advance(5.1);
        assertThat(lastWords()).as("once, long ago").isEqualTo("no record for 5000 ms");
        secondsToNextDial();
        rig.connect();
        for (int i = 0; i < 6; i++) {
            rig.receive("- of another protocol").advance(1);
        }
        assertThat(lastWords()).as("again and again, and a record is not found").contains("bytes come that are none");
    }

    private String lastWords() {
        return ((WorkerReport.Ended) rig.reports.getLast()).detail();
    }

    @Test
    void aConnectionThatNeverSaysAnythingIsGivenUp() {
        rig.activate(1).connect().advance(4.9);
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
        rig.advance(0.3);
        assertThat(rig.state()).isEqualTo(SlotState.BACKOFF);
        assertThat(rig.dialer.open()).as("its socket is closed").isZero();
    }

    @Test
    void eachRecordBeginsTheSilenceAnew() {
        rig.activate(1).connect();
        for (int i = 0; i < 50; i++) {
            rig.receive("x").advance(4.8);
            assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
        }
        rig.advance(0.4);
        assertThat(rig.state()).isEqualTo(SlotState.BACKOFF);
    }

    @Test
    void theLimitFollowsTheRate() {
        assertSilentAfter(Source.builder("A", "scripted", "192.0.2.1", 1).rate(100), 5);
        assertSilentAfter(Source.builder("A", "scripted", "192.0.2.1", 1).rate(0.1), 50);
        assertSilentAfter(Source.builder("A", "scripted", "192.0.2.1", 1), 300);
        assertSilentAfter(
                Source.builder("A", "scripted", "192.0.2.1", 1).rate(100).silenceSeconds(1.5), 1.5);
    }

    private void assertSilentAfter(Source.Builder source, double seconds) {
        rig = WorkerRig.plan().build();
        rig.activate(0, source.build(), 1, false).connect().advance(seconds - 0.15);
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
        rig.advance(0.35);
        assertThat(rig.observed().reason()).isEqualTo(EndReason.SILENT);
    }

    @Test
    void aWallClockThatJumpsMakesNobodySilent() {
        rig.activate(1).connect().receive("x").advance(1);
        rig.clock.stepWall(Duration.ofDays(400));
        rig.advance(1);
        rig.clock.stepWall(Duration.ofDays(-800));
        rig.advance(1);
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
    }

    @Test
    void nothingIsJudgedWhenTheLoopItselfRanLate() {
        rig.activate(1).connect().receive("x");
        rig.loop.stall(Duration.ofSeconds(60));
        assertThat(rig.state()).isEqualTo(SlotState.RUNNING);
        rig.advance(4.8);
        assertThat(rig.state()).as("the limit begins anew").isEqualTo(SlotState.RUNNING);
        rig.advance(0.5);
        assertThat(rig.state()).isEqualTo(SlotState.BACKOFF);
    }

    @Test
    void aStallOfLessThanASecondIsJudged() {
        rig.activate(1).connect().advance(4.5);
        rig.loop.stall(Duration.ofMillis(900));
        assertThat(rig.state()).isEqualTo(SlotState.BACKOFF);
    }

    @Test
    void theConnectLimitIsTheSources() {
        var quick = Source.builder("QSCO", "scripted", "192.0.2.1", 7001)
                .connectTimeoutMillis(2_000)
                .build();
        rig.activate(0, quick, 1, false).advance(1.9);
        assertThat(rig.state()).isEqualTo(SlotState.STARTING);
        rig.advance(0.2);
        assertThat(rig.observed().reason()).isEqualTo(EndReason.CONNECT_TIMEOUT);
        assertThat(rig.dialer.open()).isZero();
    }

    @Test
    void aConnectIsNotJudgedWhenTheLoopRanLate() {
        rig.activate(1);
        rig.loop.stall(Duration.ofSeconds(30));
        assertThat(rig.state()).isEqualTo(SlotState.STARTING);
        assertThat(rig.dialer.dials()).isEqualTo(1);
    }

    @Test
    void waitingForTheBudgetIsStartingWithTheReasonTold() {
        rig = WorkerRig.plan()
                .budget(new ConnectBudget(new ConnectBudget.Rate(1, 1), WorkerRig.PLENTY))
                .build();
        for (int slot = 0; slot < 3; slot++) {
            rig.activate(slot, WorkerRig.source("S" + slot), 1, false);
        }
        assertThat(rig.dialer.dials()).isEqualTo(1);
        assertThat(rig.observed(2).state()).isEqualTo(SlotState.STARTING);
        assertThat(rig.reports)
                .anyMatch(report -> report instanceof WorkerReport.Ended told
                        && told.slot().index() == 2
                        && told.detail().contains("turn"));
        rig.advance(1.15);
        assertThat(rig.dialer.dials()).isEqualTo(2);
        rig.advance(1.15);
        assertThat(rig.dialer.dials()).isEqualTo(3);
        assertThat(rig.ends(EndReason.CONNECT_TIMEOUT))
                .as("waiting is nobody's failure")
                .isZero();
    }

    @Test
    void waitingForTheBudgetLongerThanTheConnectLimitIsNoFailure() {
        rig = WorkerRig.plan()
                .budget(new ConnectBudget(new ConnectBudget.Rate(0.01, 1), WorkerRig.PLENTY))
                .build();
        rig.activate(0, WorkerRig.source("A"), 1, false).activate(1, WorkerRig.source("B"), 1, false);
        rig.connect();
        for (int i = 0; i < 20; i++) {
            rig.receive("x").advance(4);
        }
        assertThat(rig.observed(1).state()).isEqualTo(SlotState.STARTING);
        assertThat(rig.observed(1).reason()).isEqualTo(EndReason.NONE);
        rig.receive("x").advance(21);
        assertThat(rig.dialer.dials()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void pausedOrReleasedWhileItWaitsForTheBudgetItNeverDials() {
        rig = WorkerRig.plan()
                .budget(new ConnectBudget(new ConnectBudget.Rate(1, 1), WorkerRig.PLENTY))
                .build();
        rig.activate(1, WorkerRig.source("A"), 1, false);
        rig.activate(1).pause(1).advance(10);
        assertThat(rig.state()).isEqualTo(SlotState.PAUSED);
        rig.resume(1);
        assertThat(rig.dialer.last().source().id().value()).isEqualTo("QSCO");
        int dials = rig.dialer.dials();
        rig.cancel(1).activate(2).release(2).advance(10);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
        assertThat(rig.dialer.dials()).isLessThanOrEqualTo(dials + 1);
    }

    @Test
    void aSchedulerThatFailsIsCountedAndTriedAgain() {
        rig = WorkerRig.plan()
                .scheduler(new TaskScheduler() {
                    @Override
                    protected Task taskFor(Source source) {
                        throw new InvalidSourceException("host", "no task for it");
                    }
                })
                .build();
        rig.activate(1);
        assertThat(rig.state()).isEqualTo(SlotState.BACKOFF);
        assertThat(rig.observed().reason()).isEqualTo(EndReason.TASK_FAILED);
        rig.advance(70);
        assertThat(rig.observed().failing()).isTrue();
        assertThat(rig.ends(EndReason.TASK_FAILED)).isGreaterThan(3);
        rig.release(1);
        assertThat(rig.state()).isEqualTo(SlotState.IDLE);
    }

    @Test
    void aTaskThatIgnoresItsEndIsToldOfOnceAndKeepsItsSlot() {
        var started = new CountDownLatch(1);
        var mayEnd = new Semaphore(0);
        rig = WorkerRig.plan()
                .task(Task.blocking(slot -> {
                    started.countDown();
                    mayEnd.acquireUninterruptibly();
                }))
                .build();
        rig.activate(1);
        await().until(() -> started.getCount() == 0);
        rig.cancel(1).advance(4.9);
        assertThat(rig.state()).isEqualTo(SlotState.STOPPING);
        assertThat(rig.observed().failing()).as("it has its time").isFalse();
        assertThat(rig.reports).isEmpty();
        rig.advance(600);
        assertThat(rig.state()).isEqualTo(SlotState.STOPPING);
        assertThat(rig.observed().failing()).isTrue();
        assertThat(rig.observed().reason()).isEqualTo(EndReason.TASK_FAILED);
        assertThat(rig.reports)
                .singleElement()
                .isInstanceOfSatisfying(
                        WorkerReport.Ended.class,
                        told -> assertThat(told.detail()).contains("was told to end and goes on"));
        mayEnd.release();
        await().until(() -> {
            rig.loop.run();
            return rig.state() == SlotState.IDLE;
        });
        assertThat(rig.idles()).containsExactly(1L);
        assertThat(rig.observed().failing()).isFalse();
    }

    @Test
    void aTaskThatEndsInItsTimeIsNoAlarm() {
        var mayEnd = new Semaphore(0);
        rig = WorkerRig.plan()
                .task(Task.blocking(slot -> mayEnd.acquireUninterruptibly()))
                .build();
        for (long epoch = 1; epoch <= 3; epoch++) {
            rig.activate(epoch).cancel(epoch).advance(4.5); // three times 4.5 s: each has its own five
            mayEnd.release();
            await().until(() -> {
                rig.loop.run();
                return rig.state() == SlotState.IDLE;
            });
        }
        assertThat(rig.reports).hasOnlyElementsOfType(WorkerReport.Idle.class);
    }

    @Test
    void anErrorOfOneTaskDoesNotStopTheWatchdogOfTheOthers() {
        rig = WorkerRig.plan()
                .scheduler(new TaskScheduler() {
                    @Override
                    protected Task taskFor(Source source) {
                        if (source.id().value().equals("BAD")) {
                            throw new NoClassDefFoundError("org/example/Missing");
                        }
                        return Task.events(ScriptedSession::new);
                    }
                })
                .build();
        rig.activate(1).connect();
        rig.activate(1, WorkerRig.source("BAD"), 1, false);
        rig.advance(5.3);
        assertThat(rig.state()).as("silent, and judged").isEqualTo(SlotState.BACKOFF);
        assertThat(rig.observed(1).reason()).isEqualTo(EndReason.TASK_FAILED);
    }
}
