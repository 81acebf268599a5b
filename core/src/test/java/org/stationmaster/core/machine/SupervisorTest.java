package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.stationmaster.core.fixtures.Await.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskAssignator.CommandResult;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.fixtures.HandClock;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.worker.WorkerCommand;
import org.stationmaster.core.worker.WorkerReport;

/** Calls, answers and commands, with a worker that only writes down what it is told. */
@Timeout(20)
class SupervisorTest {
    private static final SourceId A = new SourceId("A");

    private final HandClock clock = new HandClock();
    private final FakeWorker worker = new FakeWorker(0);

    /** The supervisor's own. */
    private @Nullable Thread thread;

    private final Supervisor supervisor = new Supervisor(
            new Registry(
                    Filter.all(),
                    Capacity.UNKNOWN,
                    List.of(new WorkerBook(worker, 2, true)),
                    StateTable.onHeap(new MachineSize(1, 2), 0).desiredWriter()),
            new TaskScheduler() {
                @Override
                protected Task taskFor(Source source) {
                    return Task.blocking(slot -> {});
                }

                @Override
                protected void validate(Source source) {
                    if (source.port() == 13) {
                        throw new InvalidSourceException("port", "not that one");
                    }
                }
            },
            _ -> {},
            new CpuWatch(clock, List::of),
            clock,
            task -> thread = Thread.ofPlatform().daemon().unstarted(task));

    SupervisorTest() {
        supervisor.start();
    }

    @AfterEach
    void end() throws InterruptedException {
        supervisor.end();
    }

    private static Source source(String id) {
        return Source.of(id, "test", "127.0.0.1", 7001);
    }

    private List<String> told(int count) {
        List<String> told = new ArrayList<>();
        await().until(() -> {
            told.addAll(worker.told());
            return told.size() >= count;
        });
        return told;
    }

    /** What wakes it there is used up by the lock. */
    @Test
    void toldToEndWhileItWaitsForACallerThatTurnsItEnds() throws Exception {
        var own = Objects.requireNonNull(thread);
        Thread caller;
        synchronized (worker) { // so the caller is held while it turns
            caller = Thread.ofPlatform().start(() -> {
                try {
                    supervisor.activate(source("A"));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            await().until(() -> caller.getState() == Thread.State.BLOCKED);
            LockSupport.unpark(own);
            await().until(() -> own.getState() == Thread.State.WAITING);
            supervisor.endSoon();
            await().until(() -> own.getState() == Thread.State.WAITING);
        }
        caller.join();
        await().until(() -> own.getState() == Thread.State.TERMINATED || own.getState() == Thread.State.TIMED_WAITING);
        assertThat(own.getState()).as("it does not rest once more").isEqualTo(Thread.State.TERMINATED);
    }

    /** A call on a thread of its own. */
    private final class Sending {
        private final AtomicReference<@Nullable Object> result = new AtomicReference<>();
        private final Thread thread;

        private Sending(Duration deadline) {
            thread = Thread.ofVirtual().start(() -> {
                try {
                    result.set(supervisor.send(A, new byte[3], deadline));
                } catch (InterruptedException e) {
                    result.set(e);
                }
            });
        }

        private CommandResult result() throws InterruptedException {
            thread.join();
            if (result.get() instanceof CommandResult answered) {
                return answered;
            }
            throw new AssertionError(result.get());
        }
    }

    @Test
    void answersStandInTheOrderOfTheSources() throws InterruptedException {
        var answers = supervisor.activateAll(List.of(source("A"), source("B"), source("C"), source("A")));
        assertThat(answers)
                .extracting(answer -> answer.getClass().getSimpleName())
                .containsExactly("Assigned", "Assigned", "NoIdleSlot", "AlreadyAssigned");
        assertThat(answers.getFirst())
                .isEqualTo(new Answer.Assigned(new SlotId(new WorkerId(0), 0), HandClock.START_MILLIS));
        assertThat(told(2)).hasSize(2);
    }

    @Test
    void oneBadSourceOfManyChangesNothing() {
        var bad = Source.of("BAD", "test", "127.0.0.1", 13);
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(() -> supervisor.activateAll(List.of(source("A"), bad)));
        assertThat(worker.told()).isEmpty();
    }

    @Test
    void aCommandIsAnsweredByTheWorkersReply() throws InterruptedException {
        supervisor.activate(source("A"));
        var sending = new Sending(Tasks.DEADLINE);
        assertThat(told(2).getLast()).endsWith("#1 3");
        supervisor.report(new WorkerReport.Replied(99, CommandOutcome.FAILED, "of nobody"));
        supervisor.report(new WorkerReport.Replied(1, CommandOutcome.ACKNOWLEDGED, ""));
        assertThat(sending.result().outcome()).isEqualTo(CommandOutcome.ACKNOWLEDGED);
    }

    @Test
    void aCommandWithoutAReplyEndsAtItsDeadline() throws InterruptedException {
        supervisor.activate(source("A"));
        var result = supervisor.send(A, new byte[3], Duration.ofMillis(20));
        assertThat(result.outcome()).isEqualTo(CommandOutcome.DEADLINE);
        supervisor.report(new WorkerReport.Replied(1, CommandOutcome.ACKNOWLEDGED, "too late"));
    }

    @Test
    void aCallerThatIsInterruptedTakesItsCommandAlong() throws InterruptedException {
        supervisor.activate(source("A"));
        var sending = new Sending(Duration.ofMinutes(10));
        told(2);
        sending.thread.interrupt();
        sending.thread.join();
        assertThat(sending.result.get()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void commandsWithoutATask() throws InterruptedException {
        assertThat(supervisor.send(A, new byte[0], Tasks.DEADLINE).outcome()).isEqualTo(CommandOutcome.NO_TASK);
        supervisor.activateAll(List.of(source("X"), source("Y"), source("A")));
        assertThat(supervisor.send(A, new byte[0], Tasks.DEADLINE).outcome())
                .as("it waits")
                .isEqualTo(CommandOutcome.NO_TASK);
        supervisor.pause(new SourceId("X"));
        assertThat(supervisor
                        .send(new SourceId("X"), new byte[0], Tasks.DEADLINE)
                        .outcome())
                .isEqualTo(CommandOutcome.PAUSED);
        supervisor.release(new SourceId("Y"));
        assertThat(supervisor
                        .send(new SourceId("Y"), new byte[0], Tasks.DEADLINE)
                        .outcome())
                .isEqualTo(CommandOutcome.NO_TASK);
    }

    @Test
    void aCommandThatFitsIntoNoMessageIsRefused() throws InterruptedException {
        supervisor.activate(source("A"));
        var result = supervisor.send(A, new byte[WorkerCommand.Send.LIMIT_BYTES + 1], Tasks.DEADLINE);
        assertThat(result.outcome()).isEqualTo(CommandOutcome.FAILED);
        assertThat(result.detail()).contains("too large");
        assertThat(told(1)).singleElement().asString().startsWith("activate");
    }

    @Test
    void deadlinesOutOfRange() {
        for (var deadline : List.of(Duration.ZERO, Duration.ofMillis(-1), Duration.ofMinutes(61))) {
            assertThatIllegalArgumentException().isThrownBy(() -> supervisor.send(A, new byte[0], deadline));
        }
    }

    @Test
    void epochsGoOnWhenTheWallClockStepsBackBetweenReleaseAndActivation() throws InterruptedException {
        long last = 0;
        for (int i = 0; i < 20; i++) {
            if (!(supervisor.activate(source("A")) instanceof Answer.Assigned(var slot, var epoch))) {
                throw new AssertionError("not assigned");
            }
            assertThat(epoch).isGreaterThan(last);
            last = epoch;
            supervisor.cancel(A);
            supervisor.report(new WorkerReport.Idle(slot, epoch));
            await().until(() -> supervisor.held().isEmpty());
            clock.stepWall(Duration.ofDays(i % 2 == 0 ? -30 : 3));
        }
    }

    /** An idle one turns each two seconds. */
    @Tag("system")
    @Test
    void itIsAliveWhileItTurns() {
        assertThat(supervisor.isAlive()).isTrue();
        clock.advance(Duration.ofSeconds(11));
        await().until(supervisor::isAlive);
    }

    @Test
    void callsThatWaitAtTheEndAreRefused() throws InterruptedException {
        var started = new CountDownLatch(20);
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            callers.add(Thread.ofVirtual().start(() -> {
                started.countDown();
                try {
                    while (true) {
                        supervisor.activate(source("A"));
                    }
                } catch (org.stationmaster.core.api.MachineStoppedException | InterruptedException e) {
                    // the answer that is expected
                }
            }));
        }
        started.await();
        supervisor.end();
        for (var caller : callers) {
            assertThat(caller.join(Duration.ofSeconds(10))).isTrue();
        }
    }
}
