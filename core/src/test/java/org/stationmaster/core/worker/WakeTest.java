package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.core.fixtures.Await.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;

/** A wake is timed from the accepted activation to the task that has started, and counted once. */
@Timeout(20)
class WakeTest {
    private static final Duration MADE = Duration.ofMillis(7);
    private static final Duration DIALLED = Duration.ofMillis(5);
    private static final Duration BEGUN = Duration.ofMillis(3);

    private WorkerRig rig = WorkerRig.plan().build();

    /** A rig whose scheduler takes a while to make a task. */
    private WorkerRig slow(WorkerRig.Plan plan, Task task) {
        rig = plan.scheduler(new TaskScheduler() {
                    @Override
                    protected Task taskFor(Source source) {
                        rig.clock.advance(MADE);
                        return task;
                    }
                })
                .build();
        rig.dialer.whileDialling(() -> rig.clock.advance(DIALLED));
        return rig;
    }

    private void assertWoken(Duration... durations) {
        var longest = java.util.Arrays.stream(durations)
                .mapToLong(Duration::toMillis)
                .max()
                .orElse(0);
        assertThat(rig.table.wakeMillis().count()).isEqualTo(durations.length);
        assertThat(rig.table.wakeMillis().max()).isEqualTo((double) longest);
    }

    @Test
    void makingTheTaskAndItsDialAreInIt() {
        slow(WorkerRig.plan(), Task.events(ScriptedSession::new)).activate(1);
        assertWoken(MADE.plus(DIALLED));
    }

    @Test
    void aReconnectIsNoWake() {
        slow(WorkerRig.plan(), Task.events(ScriptedSession::new)).activate(1);
        rig.dialer.last().refuse();
        rig.advance(60);
        assertThat(rig.dialer.dials()).isGreaterThan(1);
        assertWoken(MADE.plus(DIALLED));
    }

    @Test
    void aBlockingTaskHasStartedWhenItsThreadRuns() {
        var threads = Thread.ofVirtual().factory();
        var plan = WorkerRig.plan()
                .virtualThreads(work -> threads.newThread(() -> {
                    rig.clock.advance(BEGUN);
                    work.run();
                }));
        slow(plan, Task.blocking(slot -> rig.clock.advance(Duration.ofSeconds(9))))
                .activate(1);
        assertWoken();
        await().until(() -> {
            rig.loop.run();
            return rig.table.wakeMillis().count() == 1;
        });
        assertWoken(MADE.plus(BEGUN));
    }

    @Test
    void whatBeginsPausedIsNotWoken() {
        rig.activate(0, WorkerRig.source("QSCO"), 1, true).advance(3);
        rig.resume(1);
        assertThat(rig.dialer.dials()).isEqualTo(1);
        assertWoken();
    }

    @Test
    void theTurnToConnectIsNotInIt() {
        rig = WorkerRig.plan()
                .budget(new ConnectBudget(new ConnectBudget.Rate(1, 1), WorkerRig.PLENTY))
                .build();
        rig.activate(0, WorkerRig.source("A"), 1, false).activate(1, WorkerRig.source("B"), 2, false);
        assertThat(rig.dialer.dials()).isEqualTo(1);
        rig.advance(2);
        assertThat(rig.dialer.dials()).isEqualTo(2);
        assertThat(rig.table.wakeMillis().count()).isEqualTo(1);
    }

    @Test
    void aTaskThatCannotBeMadeIsNotWokenLater() {
        rig = WorkerRig.plan()
                .scheduler(new TaskScheduler() {
                    private boolean failed;

                    @Override
                    protected Task taskFor(Source source) {
                        if (failed) {
                            return Task.events(ScriptedSession::new);
                        }
                        failed = true;
                        throw new IllegalStateException("not yet");
                    }
                })
                .build();
        rig.activate(1);
        assertThat(rig.state()).isEqualTo(SlotState.BACKOFF);
        rig.advance(3);
        assertThat(rig.dialer.dials()).isEqualTo(1);
        assertWoken();
    }
}
