package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.core.fixtures.Await.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.RecordListener;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.TappedRecord;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.fixtures.TestSink;
import org.stationmaster.core.fixtures.TestStation;

/** The three shapes of tasks in a real machine, over real sockets. */
@Tag("system")
@Timeout(30)
class MachineTasksTest {
    private static final SourceId QSCO = new SourceId("QSCO");

    enum Shape {
        BLOCKING,
        BOTH_WAYS,
        EVENTS;

        Task task() {
            return switch (this) {
                case BLOCKING -> Tasks.blockingLines();
                case BOTH_WAYS -> Tasks.bothWays();
                case EVENTS -> Tasks.eventLines();
            };
        }
    }

    private final List<String> received = new CopyOnWriteArrayList<>();

    private Machine.Builder machine(Task task) {
        return Machine.of(Tasks.always(task)).size(new MachineSize(1, 4));
    }

    private void take(StationRecord record) {
        received.add(record.text());
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void whatHadArrivedIsReadAndDeliveredBeforeASlotIsGivenBack(Shape shape) throws Exception {
        int lines = 3_000;
        var written = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        try (var station = new TestStation((socket, number) -> {
                    var all = new StringBuilder();
                    IntStream.range(0, lines)
                            .forEach(i -> all.append("line ").append(i).append('\n'));
                    socket.getOutputStream().write(all.toString().getBytes(StandardCharsets.US_ASCII));
                    written.countDown();
                    TestStation.untilEnd(socket);
                });
                var machine = machine(shape.task())
                        .onTheWayLimitBytes(2_000)
                        .onRecord(record -> {
                            awaitQuietly(go);
                            take(record);
                        })
                        .start()) {
            machine.assignator().activate(station.source("QSCO").build());
            written.await();
            await().until(() -> status(machine).state() == SourceState.RUNNING);
            assertThat(machine.assignator().release(QSCO)).isTrue();
            go.countDown(); // only now the sink catches up: most of it lies in the kernel
            assertThat(machine.stop(Tasks.DEADLINE)).isEmpty();
        }
        assertThat(received).hasSize(lines);
        assertThat(received.getLast()).isEqualTo("line " + (lines - 1));
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void whoLooksOnSeesTheRecordsOfItsSourceAloneAlsoWithoutASink(Shape shape) throws Exception {
        var speak = List.of(new Semaphore(0), new Semaphore(0));
        try (var station = new TestStation((socket, number) -> {
                    for (int i = 0; i < 3; i++) {
                        speak.get(number).acquire();
                        socket.getOutputStream().write(("line " + i + "\n").getBytes(StandardCharsets.US_ASCII));
                    }
                    TestStation.untilEnd(socket);
                });
                var machine = machine(shape.task()).start()) {
            machine.assignator().activate(station.source("QSCO").build());
            machine.assignator().activate(station.source("OTHER").build());
            speak.forEach(Semaphore::release);
            await().until(() -> machine.view().totals().records() == 2);
            var seen = new Seen();
            try (var _ = machine.view().tap(QSCO, seen)) {
                speak.forEach(Semaphore::release);
                await().until(() -> seen.copies.size() == 1);
                await().until(() -> machine.view().totals().records() == 4);
            }
            speak.forEach(Semaphore::release);
            await().until(() -> machine.view().totals().records() == 6);
            assertThat(seen.copies).singleElement().satisfies(copy -> {
                assertThat(copy.source()).isEqualTo(QSCO);
                assertThat(copy.epoch()).isEqualTo(status(machine).epoch());
                assertThat(copy.seq()).isEqualTo(1);
                assertThat(new String(copy.payload(), StandardCharsets.US_ASCII).strip())
                        .isEqualTo("line 1");
            });
            assertThat(seen.dropped.get()).isZero();
        }
    }

    /** Keeps what it is shown. */
    static final class Seen implements RecordListener {
        final List<TappedRecord> copies = new CopyOnWriteArrayList<>();
        final AtomicLong dropped = new AtomicLong();

        @Override
        public void record(TappedRecord copy) {
            copies.add(copy);
            if (copy.payload().length == 0) {
                throw new IllegalStateException("whatever a listener does, records go on");
            }
        }

        @Override
        public void dropped(long count) {
            dropped.addAndGet(count);
        }
    }

    /** What docs/rest.md says of a DELETE. The station does not heed our end. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReleaseWaitsForASinkThatIsDownOnlyWhenItsBuffersAreFull(boolean full) throws Exception {
        var sink = new TestSink("down").hold();
        var over = new CountDownLatch(1);
        try (var station = new TestStation((socket, number) -> {
                    socket.getOutputStream().write("0123456789\n".repeat(3_000).getBytes(StandardCharsets.US_ASCII));
                    awaitQuietly(over);
                });
                var machine = machine(Tasks.eventLines())
                        .onTheWayLimitBytes(full ? 2_000 : 1 << 20)
                        .sink(sink)
                        .start()) {
            machine.assignator().activate(station.source("QSCO").build());
            await().until(() -> machine.view().totals().bytes() >= 2_000);
            assertThat(machine.assignator().release(QSCO)).isTrue();
            if (full) {
                assertThat(status(machine).state()).isEqualTo(SourceState.STOPPING);
                assertThat(machine.assignator().release(QSCO))
                        .as("a second one")
                        .isFalse();
                sink.release();
            }
            await().until(() -> machine.view().source(QSCO).isEmpty());
            assertThat(sink.taken.isEmpty()).as("down still").isEqualTo(!full);
            sink.release();
        } finally {
            over.countDown();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void aPeerThatClosesIsCalledAgainInTheSameEpoch(Shape shape) throws Exception {
        try (var station = new TestStation((socket, number) -> {
                    socket.getOutputStream().write(("hello " + number + "\n").getBytes(StandardCharsets.US_ASCII));
                    if (number > 0) {
                        TestStation.untilEnd(socket);
                    }
                });
                var machine = machine(shape.task()).onRecord(this::take).start()) {
            machine.assignator().activate(station.source("QSCO").build());
            await().until(() -> received.size() == 2);
            assertThat(received).containsExactly("hello 0", "hello 1");
            await().until(() ->
                    status(machine).reconnects() == 1 && status(machine).records() == 2);
            assertThat(status(machine).reason()).isEqualTo(EndReason.ENDED);
            assertThat(status(machine).initialised()).isTrue();
        }
    }

    private static org.stationmaster.core.api.MachineView.SourceStatus status(Machine machine) {
        return machine.view().source(QSCO).orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(value = Shape.class, names = "BLOCKING", mode = EnumSource.Mode.EXCLUDE)
    void commandsReachTheStationAndItsAnswerIsARecord(Shape shape) throws Exception {
        try (var station = new TestStation((socket, number) -> {
                    var in = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                    for (var line = in.readLine(); line != null; line = in.readLine()) {
                        socket.getOutputStream().write(("echo " + line + "\n").getBytes(StandardCharsets.US_ASCII));
                    }
                });
                var machine = machine(shape.task()).onRecord(this::take).start()) {
            machine.assignator().activate(station.source("QSCO").build());
            await().until(() -> status(machine).state() == SourceState.RUNNING);
            for (int i = 0; i < 20; i++) {
                assertThat(send(machine, "c" + i)).isEqualTo(CommandOutcome.ACKNOWLEDGED);
            }
            await().until(() -> received.size() == 20);
            assertThat(received.get(19)).isEqualTo("echo c19");
            if (shape == Shape.BOTH_WAYS) {
                var refused = machine.assignator().send(QSCO, bytes("nonsense"), Tasks.DEADLINE);
                assertThat(refused.outcome()).isEqualTo(CommandOutcome.FAILED);
                assertThat(refused.detail()).contains("no such command");
            }
            machine.assignator().pause(QSCO);
            assertThat(send(machine, "x")).isEqualTo(CommandOutcome.PAUSED);
            machine.assignator().cancel(QSCO);
            await().until(() -> send(machine, "x") == CommandOutcome.NO_TASK);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static CommandOutcome send(Machine machine, String text) throws InterruptedException {
        return machine.assignator().send(QSCO, bytes(text), Tasks.DEADLINE).outcome();
    }

    @Test
    void aUnidirectionalTaskTakesNoCommands() throws Exception {
        try (var station = new TestStation((socket, number) -> TestStation.untilEnd(socket));
                var machine = machine(Tasks.blockingLines()).start()) {
            machine.assignator().activate(station.source("QSCO").build());
            await().until(() -> status(machine).state() == SourceState.RUNNING);
            assertThat(send(machine, "x")).isEqualTo(CommandOutcome.UNIDIRECTIONAL);
        }
    }

    @Test
    void anInterruptEndsATaskThatWaitsForSomethingElse() throws Exception {
        var started = new CountDownLatch(1);
        var interrupted = new AtomicBoolean();
        var task = Task.blocking(slot -> {
            slot.emit("before");
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.set(true);
                throw e;
            }
        });
        try (var machine = machine(task).onRecord(this::take).start()) {
            machine.assignator().activate(org.stationmaster.core.api.Source.of("QSCO", "test", "127.0.0.1", 1));
            started.await();
            assertThat(machine.stop(Tasks.DEADLINE)).isEmpty();
        }
        assertThat(interrupted).isTrue();
        assertThat(received).containsExactly("before");
    }

    @Test
    void aTaskThatInterruptsItselfBacksOff() throws Exception {
        var runs = new AtomicInteger();
        var task = Task.blocking(slot -> {
            runs.incrementAndGet();
            throw new InterruptedException("nobody sent it");
        });
        try (var machine = machine(task).start()) {
            machine.assignator().activate(org.stationmaster.core.api.Source.of("QSCO", "test", "127.0.0.1", 1));
            await().until(
                            () -> { // the reason is told after the state has changed
                                var status = status(machine);
                                return status.state() == SourceState.BACKOFF
                                        && status.reason() == EndReason.TASK_FAILED;
                            });
            assertThat(runs).as("it waits, and does not spin").hasValueLessThan(3);
        }
    }

    @Test
    void aTaskThatThrowsAnythingEndsItsAttemptAndNothingElse() throws Exception {
        var runs = new AtomicInteger();
        var task = Task.blocking(slot -> {
            if (runs.incrementAndGet() == 1) {
                throw new StackOverflowError();
            }
            slot.emit("well again");
            new CountDownLatch(1).await();
        });
        try (var machine = machine(task).onRecord(this::take).start()) {
            machine.assignator().activate(org.stationmaster.core.api.Source.of("QSCO", "test", "127.0.0.1", 1));
            await().until(() -> received.size() == 1);
            assertThat(machine.view().totals().ends()).containsEntry(EndReason.TASK_FAILED, 1L);
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void aPortThatNobodyServesIsUnreachable(Shape shape) throws Exception {
        int port;
        try (var station = new TestStation((socket, number) -> {})) {
            port = station.port();
        }
        try (var machine = machine(shape.task()).start()) {
            machine.assignator().activate(org.stationmaster.core.api.Source.of("QSCO", "test", "127.0.0.1", port));
            await().until(() -> status(machine).reason() == EndReason.UNREACHABLE);
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void aNameThatNobodyKnowsIsUnreachable(Shape shape) throws Exception {
        try (var machine = machine(shape.task()).start()) {
            machine.assignator()
                    .activate(org.stationmaster.core.api.Source.of("QSCO", "test", "no.such.name.invalid", 7));
            await().atMost(Duration.ofSeconds(20)).until(() -> status(machine).reason() == EndReason.UNREACHABLE);
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void silenceIsJudgedOfEveryShape(Shape shape) throws Exception {
        try (var station = new TestStation((socket, number) -> TestStation.untilEnd(socket));
                var machine = machine(shape.task()).start()) {
            machine.assignator()
                    .activate(station.source("QSCO").silenceSeconds(0.2).build());
            await().until(() -> status(machine).reason() == EndReason.SILENT);
            assertThat(machine.view().totals().silences()).isEqualTo(1);
        }
    }

    @Test
    void aTaskThatHangsIsSilentOnce() throws Exception {
        var letGo = new CountDownLatch(1);
        var task = Task.blocking(slot -> {
            boolean done = false;
            while (!done) {
                try {
                    letGo.await();
                    done = true;
                } catch (InterruptedException e) {
                    // it hangs whatever it is told
                }
            }
        });
        try (var machine = machine(task).start()) {
            machine.assignator()
                    .activate(org.stationmaster.core.api.Source.builder("QSCO", "test", "127.0.0.1", 1)
                            .silenceSeconds(0.05)
                            .build());
            await().until(() -> machine.view().totals().silences() == 1);
            await().during(Duration.ofMillis(500))
                    .until(() -> machine.view().totals().silences() == 1);
            letGo.countDown();
            await().until(() -> machine.view().totals().ends().containsKey(EndReason.SILENT));
        }
    }

    @Test
    void aDeadlineIsKept() throws Exception {
        var task = Task.events((slot, connection) -> new org.stationmaster.core.api.Session() {
            @Override
            public void onBytes(java.nio.ByteBuffer bytes) {
                bytes.position(bytes.limit());
            }

            @Override
            public void onCommand(byte[] command, org.stationmaster.core.api.CommandReply reply) {}
        });
        try (var station = new TestStation((socket, number) -> TestStation.untilEnd(socket));
                var machine = machine(task).start()) {
            machine.assignator().activate(station.source("QSCO").build());
            await().until(() -> status(machine).state() == SourceState.RUNNING);
            var result = machine.assignator().send(QSCO, bytes("x"), Duration.ofMillis(50));
            assertThat(result.outcome()).isEqualTo(CommandOutcome.DEADLINE);
            assertThat(result.millis()).isGreaterThanOrEqualTo(50);
        }
    }

    @Test
    void aCommandTooLargeForTheSocketIsRefused() throws Exception {
        try (var station = new TestStation((socket, number) -> new CountDownLatch(1).await());
                var machine = machine(Tasks.eventLines()).start()) {
            machine.assignator().activate(station.source("QSCO").build());
            await().until(() -> status(machine).state() == SourceState.RUNNING);
            var result = machine.assignator().send(QSCO, new byte[2 << 20], Tasks.DEADLINE);
            assertThat(result.outcome()).isEqualTo(CommandOutcome.FAILED);
        }
    }

    @Test
    void listenersThatThrowRefuseThatRecordAlone() throws Exception {
        try (var station = new TestStation((socket, number) -> {
                    socket.getOutputStream().write("a\nbad\nworse\nb\n".getBytes(StandardCharsets.US_ASCII));
                    TestStation.untilEnd(socket);
                });
                var machine = machine(Tasks.eventLines())
                        .onRecord(record -> {
                            switch (record.text()) {
                                case "bad" -> throw new IllegalStateException("bad");
                                case "worse" -> throw new AssertionError("worse");
                                default -> take(record);
                            }
                        })
                        .start()) {
            machine.assignator().activate(station.source("QSCO").build());
            await().until(() -> received.size() == 2);
            assertThat(machine.stop(Tasks.DEADLINE)).isEmpty();
            assertThat(machine.view().totals().refused()).containsEntry("listener-0", 2L);
            assertThat(machine.view().totals().delivered()).containsEntry("listener-0", 2L);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
