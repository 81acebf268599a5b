package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.core.fixtures.Await.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineStoppedException;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.fixtures.TestSink;
import org.stationmaster.core.fixtures.TestStation;

/** Start and stop, whole and half, once and twice. */
@Tag("system")
@Timeout(30)
class MachineLifecycleTest {
    private static final Set<Thread> BEFORE = platformThreads();

    private final CountDownLatch letGo = new CountDownLatch(1);
    private final TestSink sink = new TestSink("sink");

    private static Set<Thread> platformThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("(worker|sink|supervisor|resolver)-?.*"))
                .collect(Collectors.toSet());
    }

    @AfterEach
    void noThreadIsLeft() {
        letGo.countDown();
        sink.release();
        await().until(() -> {
            var left = platformThreads();
            left.removeAll(BEFORE);
            return left.isEmpty();
        });
    }

    private static Machine.Builder machine(Task task) {
        return Machine.of(Tasks.always(task)).size(new MachineSize(2, 3));
    }

    private static Source source(String id) {
        return Source.of(id, "test", "127.0.0.1", 1);
    }

    /** Ignores every interrupt until the test lets it go. */
    private Task hanging() {
        return Task.blocking(slot -> {
            slot.emit("hanging");
            boolean done = false;
            while (!done) {
                try {
                    letGo.await();
                    done = true;
                } catch (InterruptedException e) {
                    // told to end, and does not
                }
            }
        });
    }

    private static Task waiting() {
        return Task.blocking(slot -> {
            slot.emit("up");
            new CountDownLatch(1).await();
        });
    }

    @Test
    void everythingIsIdleAtStart() throws Exception {
        try (var machine = machine(waiting()).start()) {
            var view = machine.view();
            assertThat(view.isReady())
                    .as("not before the known sources are given")
                    .isFalse();
            machine.ready();
            await().until(view::isReady);
            assertThat(view.isAlive()).isTrue();
            assertThat(view.slots(new WorkerId(1))).containsExactly(SlotState.IDLE, SlotState.IDLE, SlotState.IDLE);
            assertThat(view.workers()).allMatch(worker -> worker.state() == WorkerState.READY && worker.load() == 0);
            assertThat(view.totals().sources()).isEmpty();
            assertThat(view.alarms()).isEmpty();
        }
    }

    @Test
    void aSecondStopReturnsTheFirstsAnswer() throws Exception {
        var machine = machine(hanging()).start();
        machine.assignator().activate(source("A"));
        await().until(() -> machine.view().totals().records() == 1);
        List<CompletableFuture<List<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            var answer = new CompletableFuture<List<String>>();
            answers.add(answer);
            Thread.ofVirtual().start(() -> {
                try {
                    answer.complete(machine.stop(Duration.ofMillis(400)));
                } catch (InterruptedException e) {
                    answer.completeExceptionally(e);
                }
            });
        }
        for (var answer : answers) {
            assertThat(answer.get()).containsExactly("the task of A did not end");
        }
        assertThat(machine.stop(Duration.ofSeconds(9))).containsExactly("the task of A did not end");
        machine.close();
    }

    @Test
    void aStoppedMachineRefusesEveryCall() throws Exception {
        var machine = machine(waiting()).start();
        var assignator = machine.assignator();
        assignator.activate(source("A"));
        await().until(() -> machine.view().totals().records() == 1);
        assertThat(machine.stop(Tasks.DEADLINE)).isEmpty();
        var stopped = MachineStoppedException.class;
        assertThatExceptionOfType(stopped).isThrownBy(() -> assignator.activate(source("B")));
        assertThatExceptionOfType(stopped).isThrownBy(() -> assignator.release(new SourceId("A")));
        assertThatExceptionOfType(stopped)
                .isThrownBy(() -> assignator.send(new SourceId("A"), new byte[1], Duration.ofSeconds(1)));
        assertThat(machine.view().isAlive()).isFalse();
        assertThat(machine.view().isReady()).isFalse();
        assertThat(machine.view().totals().records()).as("the view still tells").isEqualTo(1);
    }

    @Test
    void aTaskThatHangsIsNamedAndNotWaitedFor() throws Exception {
        var machine = machine(hanging()).sink(sink).start();
        machine.assignator().activate(source("STUCK"));
        await().until(() -> machine.view().totals().records() == 1);
        assertThat(machine.stop(Duration.ofMillis(200))).containsExactly("the task of STUCK did not end");
        assertThat(letGo.getCount()).as("it hangs still").isEqualTo(1);
        assertThat(sink.taken).as("what it had emitted is delivered even so").hasSize(1);
        assertThat(sink.closes).hasValue(1);
    }

    @Test
    void aSinkThatHangsIsNamedWithItsRecords() throws Exception {
        sink.hang();
        var machine = machine(waiting()).sink(sink).start();
        machine.assignator().activate(source("A"));
        await().until(() -> sink.given.size() == 1);
        assertThat(machine.stop(Duration.ofMillis(600)))
                .singleElement()
                .asString()
                .contains("sink did not come back")
                .contains("1 record;");
    }

    @Test
    void anInterruptedStopLeavesNothingRunningAndSaysSo() throws Exception {
        var machine = machine(hanging()).sink(sink).start();
        machine.assignator().activate(source("A"));
        await().until(() -> machine.view().totals().records() == 1);
        var interrupted = new AtomicBoolean();
        var stopper = Thread.ofPlatform().start(() -> {
            try {
                machine.stop(Duration.ofMinutes(1));
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
        });
        await().until(() -> machine.view().totals().sources().containsKey(SourceState.STOPPING));
        stopper.interrupt();
        stopper.join();
        assertThat(interrupted).isTrue();
        assertThat(machine.stop(Duration.ofSeconds(1))).containsExactly("the stop was cut short");
        await().until(() -> sink.closes.get() == 1);
    }

    @Test
    void eitherTheWholeMachineStartsOrNothing() {
        var bad = new TestSink("bad").failToOpen("the directory is not there: make it");
        assertThatThrownBy(() -> machine(waiting()).sink(sink).sink(bad).start())
                .isInstanceOf(MachineStartException.class)
                .hasMessage("the directory is not there: make it");
        assertThat(sink.closes).hasValue(1);

        var second = new TestSink("second");
        assertThatThrownBy(() -> machine(waiting())
                        .sink(second)
                        .random(() -> {
                            throw new IllegalStateException("no randomness here");
                        })
                        .start())
                .isInstanceOf(MachineStartException.class)
                .hasMessageContaining("no randomness");
        await().until(() -> second.closes.get() == 1);
    }

    @Test
    void aStopInTheMiddleOfActivationsAnswersEveryCall() throws Exception {
        var machine =
                machine(waiting()).size(new MachineSize(2, 200)).sink(sink).start();
        var answered = new AtomicInteger();
        var begun = new CountDownLatch(8);
        List<Thread> callers = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            int thread = t;
            callers.add(Thread.ofVirtual().start(() -> {
                begun.countDown();
                for (int i = 0; i < 100; i++) {
                    try {
                        machine.assignator().activate(source("S" + thread + "-" + i));
                    } catch (MachineStoppedException e) {
                        // an answer too
                    } catch (InterruptedException e) {
                        return;
                    }
                    answered.incrementAndGet();
                }
            }));
        }
        begun.await();
        assertThat(machine.stop(Tasks.DEADLINE)).isEmpty();
        for (var caller : callers) {
            caller.join();
        }
        assertThat(answered).hasValue(800);
        assertThat(sink.taken).hasSize((int) machine.view().totals().records());
    }

    @Test
    void aMachineTooSmallSaysWhoWaits() throws Exception {
        try (var machine = machine(waiting()).size(new MachineSize(1, 2)).start()) {
            var answers = machine.assignator().activateAll(List.of(source("A"), source("B"), source("C"), source("D")));
            assertThat(answers.subList(0, 2)).allMatch(Answer.Assigned.class::isInstance);
            assertThat(answers.subList(2, 4)).hasOnlyElementsOfType(Answer.NoIdleSlot.class);
            var waiting = machine.view().sources(new SourceQuery(null, SourceState.WAITING, null, 10));
            assertThat(waiting.sources())
                    .extracting(status -> status.source().id().value())
                    .containsExactly("C", "D");
            assertThat(machine.view().alarms())
                    .filteredOn(alarm -> alarm.kind() == Alarm.Kind.CAPACITY)
                    .singleElement()
                    .satisfies(alarm -> assertThat(alarm.message()).contains("2 sources wait"));
            machine.assignator().cancel(new SourceId("A"));
            await().until(() ->
                    machine.view().source(new SourceId("C")).orElseThrow().state() == SourceState.RUNNING);
            assertThat(machine.view().source(new SourceId("A"))).isEmpty();
        }
    }

    @Test
    void pagesOfSources() throws Exception {
        try (var machine = machine(waiting()).size(new MachineSize(1, 20)).start()) {
            for (int i = 0; i < 9; i++) {
                machine.assignator()
                        .activate(Source.builder("S" + i, "test", "127.0.0.1", 1)
                                .group(i % 2 == 0 ? "even" : "odd")
                                .build());
            }
            var first = machine.view().sources(new SourceQuery(null, null, null, 5));
            assertThat(first.next()).isEqualTo("S4");
            var second = machine.view().sources(new SourceQuery(null, null, first.next(), 5));
            assertThat(second.sources()).hasSize(4);
            assertThat(second.next()).isNull();
            assertThat(machine.view()
                            .sources(new SourceQuery("even", null, null, 5))
                            .next())
                    .isNull();
            assertThat(machine.view()
                            .sources(new SourceQuery("even", null, "S3", 1))
                            .next())
                    .isEqualTo("S4");
        }
    }

    @Test
    void aShortDeadlineStillEndsInOrder() throws Exception {
        var written = new CountDownLatch(1);
        try (var station = new TestStation((socket, number) -> {
            socket.getOutputStream().write("x\n".repeat(2_000).getBytes(StandardCharsets.US_ASCII));
            written.countDown();
            TestStation.untilEnd(socket);
        })) {
            var machine = machine(Tasks.eventLines()).sink(sink).start();
            machine.assignator().activate(station.source("A").build());
            written.await();
            await().until(() -> machine.view().totals().sources().containsKey(SourceState.RUNNING));
            assertThat(machine.stop(Duration.ofMillis(1_500))).isEmpty();
            assertThat(sink.taken).hasSize(2_000);
        }
    }

    @Test
    void aWorkerThatNeverFinishesIsNamedAndNotWaitedFor() throws Exception {
        var w0 = new WorkerId(0);
        assertThat(Machine.finished(w0, new CompletableFuture<>(), System.nanoTime()))
                .containsExactly("worker w0 did not say that it has delivered all");
        assertThat(Machine.finished(
                        w0, CompletableFuture.failedFuture(new IllegalStateException("x")), System.nanoTime()))
                .singleElement()
                .asString()
                .startsWith("worker w0 could not finish: ");
        assertThat(Machine.finished(w0, CompletableFuture.completedFuture(List.of("one")), System.nanoTime()))
                .containsExactly("one");
    }

    @Test
    void aMachineIsStartedAgainOnItsOwnTable(@TempDir Path data) throws Exception {
        for (int i = 0; i < 2; i++) {
            try (var machine =
                    machine(hanging()).stateFile(data.resolve("table")).start()) {
                assertThat(machine.stop(Tasks.DEADLINE)).isEmpty();
            }
        }
    }

    @Test
    void aSecondMachineOnTheSameDataIsRefused(@TempDir Path data) throws Exception {
        try (var lock = DataDirectory.lock(data.resolve("data"))) {
            assertThat(lock.path()).exists();
            assertThatThrownBy(() -> DataDirectory.lock(data.resolve("data")))
                    .isInstanceOf(MachineStartException.class)
                    .hasMessageContaining("another machine uses");
        }
        DataDirectory.lock(data.resolve("data")).close();
    }

    @Test
    void aDataPathThatIsAFileIsRefused(@TempDir Path data) throws Exception {
        var file = java.nio.file.Files.createFile(data.resolve("file"));
        assertThatThrownBy(() -> DataDirectory.lock(file)).isInstanceOf(MachineStartException.class);
    }
}
