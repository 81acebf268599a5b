package org.stationmaster.core.machine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.Link;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.SinkFactory;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;

/** A machine whose workers are real processes. */
@Tag("system")
@Timeout(60)
class ProcessMachineTest {
    @TempDir
    Path directory;

    private final ConcurrentLinkedQueue<Socket> stations = new ConcurrentLinkedQueue<>();
    private ServerSocket server;

    /** Reads lines. */
    public static final class Gauges extends TaskScheduler {
        @Override
        protected Task taskFor(Source source) {
            return Task.blocking(slot -> {
                try (var link = Link.open(source)) {
                    while (slot.isActive()) {
                        slot.emit(link.readLine());
                    }
                }
            });
        }
    }

    /** Writes "SOURCE EPOCH LINE" to a file for each worker. */
    public static final class Notes implements SinkFactory {
        @Override
        public Sink create(Map<String, String> settings, int part) {
            var file = Path.of(settings.get("directory")).resolve("notes-" + part);
            return new Sink() {
                @Override
                public String name() {
                    return "notes";
                }

                @Override
                public Acknowledgement deliver(RecordBatch batch) throws SinkException {
                    var text = new StringBuilder();
                    batch.forEach(line -> text.append(line.source().id())
                            .append(' ')
                            .append(line.epoch())
                            .append(' ')
                            .append(StandardCharsets.UTF_8.decode(line.payload()))
                            .append('\n'));
                    try {
                        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                    } catch (IOException e) {
                        throw new SinkException(e.toString(), e);
                    }
                    return new Acknowledgement(batch.size(), 0);
                }
            };
        }
    }

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 1000, InetAddress.ofLiteral("127.0.0.1"));
        Thread.ofVirtual().start(() -> {
            while (true) {
                try {
                    stations.add(server.accept());
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    @AfterEach
    void leaveNothing() throws IOException {
        server.close();
        for (var station : stations) {
            station.close();
        }
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .as("a machine that has stopped has no process")
                .isEmpty();
    }

    private Machine start(int workers, int slots) throws MachineStartException {
        return Machine.of(new Gauges())
                .size(new MachineSize(workers, slots))
                .isolation(Isolation.PROCESSES)
                .stateFile(directory.resolve("table"))
                .sink(new Notes(), Map.of("directory", directory.toString()))
                .start();
    }

    private Source source(String id) {
        return Source.of(id, "gauge", "127.0.0.1", server.getLocalPort());
    }

    private List<String> notes(int part) throws IOException {
        var file = directory.resolve("notes-" + part);
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    private void say(int station, String line) throws IOException {
        await().until(() -> stations.size() > station);
        var out = List.copyOf(stations).get(station).getOutputStream();
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Test
    void records_come_from_a_task_in_another_process() throws Exception {
        try (var machine = start(2, 4)) {
            var answer = (Answer.Assigned) machine.assignator().activate(source("QSCO"));
            say(0, "1.25");
            await().until(() -> !notes(answer.slot().worker().index()).isEmpty());
            assertThat(notes(answer.slot().worker().index())).containsExactly("QSCO " + answer.epoch() + " 1.25");
            assertThat(machine.view().workers()).allSatisfy(worker -> {
                assertThat(worker.kind()).isEqualTo("process");
                assertThat(worker.state()).isEqualTo(WorkerState.READY);
                assertThat(worker.pid()).isNotEqualTo(ProcessHandle.current().pid());
            });
            assertThat(machine.view().wakeMillis().count()).isEqualTo(1);
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void a_killed_worker_costs_only_its_own_sources() throws Exception {
        try (var machine = start(2, 4)) {
            var first = (Answer.Assigned) machine.assignator().activate(source("A"));
            var second = (Answer.Assigned) machine.assignator().activate(source("B"));
            await().until(() -> stations.size() == 2);
            long pid =
                    machine.view().workers().get(first.slot().worker().index()).pid();
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
            await().until(() -> stations.size() == 3);
            var moved = machine.view().source(new SourceId("A")).orElseThrow();
            assertThat(requireNonNull(moved.slot()).worker())
                    .isNotEqualTo(first.slot().worker());
            assertThat(moved.epoch()).isGreaterThan(first.epoch());
            var stayed = machine.view().source(new SourceId("B")).orElseThrow();
            assertThat(stayed.slot()).isEqualTo(second.slot());
            assertThat(stayed.epoch()).isEqualTo(second.epoch());
            await().until(() -> machine.view().isReady()
                    || machine.view().workers().stream().allMatch(worker -> worker.state() == WorkerState.READY));
            assertThat(machine.view()
                            .workers()
                            .get(first.slot().worker().index())
                            .pid())
                    .isNotEqualTo(pid);
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void who_looks_on_sees_copies_also_after_a_move() throws Exception {
        var seen = new MachineTasksTest.Seen();
        try (var machine = start(2, 4);
                var _ = machine.view().tap(new SourceId("A"), seen)) {
            var first = (Answer.Assigned) machine.assignator().activate(source("A"));
            say(0, "one");
            await().until(() -> seen.copies.size() == 1);
            ProcessHandle.of(pid(machine, first.slot().worker())).orElseThrow().destroyForcibly();
            say(1, "two");
            await().until(() -> seen.copies.size() == 2);
            assertThat(seen.copies.getLast().epoch()).isGreaterThan(first.epoch());
            await().until(() ->
                    machine.view().workers().stream().allMatch(worker -> worker.state() == WorkerState.READY));
            machine.assignator().pause(new SourceId("A"));
            machine.rollingRestart(Duration.ofSeconds(10)); // it is in a process now that was told when it came up
            machine.assignator().resume(new SourceId("A"));
            say(2, "three");
            await().until(() -> seen.copies.size() == 3);
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void without_an_idle_slot_they_wait_for_the_next_process() throws Exception {
        try (var machine = start(2, 1)) {
            var first = (Answer.Assigned) machine.assignator().activate(source("A"));
            machine.assignator().activate(source("B"));
            await().until(() -> stations.size() == 2);
            ProcessHandle.of(machine.view()
                            .workers()
                            .get(first.slot().worker().index())
                            .pid())
                    .orElseThrow()
                    .destroyForcibly();
            await().until(() -> stations.size() == 3);
            await().until(() ->
                    machine.view().source(new SourceId("A")).orElseThrow().state() == SourceState.RUNNING);
            assertThat(requireNonNull(machine.view()
                                    .source(new SourceId("A"))
                                    .orElseThrow()
                                    .slot())
                            .worker())
                    .isEqualTo(first.slot().worker());
            assertThat(machine.view().workers())
                    .extracting(worker -> worker.id())
                    .contains(new WorkerId(0));
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void a_stopped_process_is_a_death() throws Exception {
        try (var machine = start(2, 4)) {
            var first = (Answer.Assigned) machine.assignator().activate(source("A"));
            await().until(() -> stations.size() == 1);
            long pid = pid(machine, first.slot().worker());
            signal("STOP", pid);
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(10))
                    .untilAsserted(() -> assertThat(machine.view().alarms())
                            .anySatisfy(alarm -> assertThat(alarm.message()).contains("no sign of life")));
            await().atMost(Duration.ofSeconds(30)).until(() -> stations.size() == 2);
            assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void a_process_that_stood_still_for_a_moment_goes_on_with_what_it_holds() throws Exception {
        try (var machine = start(2, 4)) {
            var answer = (Answer.Assigned) machine.assignator().activate(source("A"));
            await().until(() -> stations.size() == 1);
            var worker = answer.slot().worker();
            long pid = pid(machine, worker);
            signal("STOP", pid);
            say(0, "meanwhile");
            await().during(Duration.ofSeconds(1))
                    .until(() -> notes(worker.index()).isEmpty());
            signal("CONT", pid);
            await().until(() -> notes(worker.index()).equals(List.of("A " + answer.epoch() + " meanwhile")));
            assertThat(pid(machine, worker)).isEqualTo(pid);
            assertThat(machine.view().workers()).allMatch(status -> status.losses() == 0);
            assertThat(stations).hasSize(1);
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void a_full_disk_in_a_worker_is_an_alarm_and_loses_nothing() throws Exception {
        var full = Files.createSymbolicLink(directory.resolve("notes-0"), Path.of("/dev/full"));
        try (var machine = start(1, 4)) {
            var answer = (Answer.Assigned) machine.assignator().activate(source("A"));
            var said = IntStream.range(0, 100).mapToObj(i -> "line " + i).toList();
            for (var line : said) {
                say(0, line);
            }
            await().until(() -> machine.view().alarms().stream()
                    .anyMatch(alarm ->
                            alarm.kind() == Alarm.Kind.SINK && alarm.message().contains("No space left")));
            Files.delete(full);
            await().until(() -> notes(0).size() >= said.size());
            assertThat(notes(0))
                    .isEqualTo(said.stream()
                            .map(line -> "A " + answer.epoch() + " " + line)
                            .toList());
            await().until(() -> machine.view().alarms().isEmpty());
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void workers_restart_one_after_another_and_lose_nothing() throws Exception {
        try (var machine = start(2, 4)) {
            for (var id : List.of("A", "B", "C", "D")) {
                machine.assignator().activate(source(id));
            }
            await().until(() -> stations.size() == 4);
            for (int i = 0; i < 4; i++) {
                say(i, "before");
            }
            await().until(() -> notes(0).size() + notes(1).size() == 4);
            var pids = List.of(pid(machine, new WorkerId(0)), pid(machine, new WorkerId(1)));
            assertThat(machine.rollingRestart(Duration.ofSeconds(10))).isEmpty();
            assertThat(List.of(pid(machine, new WorkerId(0)), pid(machine, new WorkerId(1))))
                    .doesNotContainAnyElementsOf(pids);
            for (var id : List.of("A", "B", "C", "D")) {
                await().until(() ->
                        machine.view().source(new SourceId(id)).orElseThrow().state() == SourceState.RUNNING);
            }
            assertThat(machine.view().totals().delivered()).containsEntry("notes", 4L);
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    /** Does not end before a file is there. */
    public static final class Stubborn extends TaskScheduler {
        @Override
        protected Task taskFor(Source source) {
            var until = Path.of(source.attributes().get("until"));
            return Task.blocking(slot -> {
                slot.emit("here");
                while (!Files.exists(until)) {
                    LockSupport.parkNanos(5_000_000);
                    boolean _ = Thread.interrupted();
                }
            });
        }
    }

    @Test
    void a_worker_that_cannot_be_emptied_is_not_restarted_and_works_on() throws Exception {
        var until = directory.resolve("until");
        try (var machine = Machine.of(new Stubborn())
                .size(new MachineSize(1, 3))
                .isolation(Isolation.PROCESSES)
                .start()) {
            machine.assignator().activate(stubborn("A", until));
            awaitState(machine, "A", SourceState.RUNNING);
            long pid = pid(machine, new WorkerId(0));

            var restart = new Thread(() -> {
                try {
                    machine.rollingRestart(Duration.ofMinutes(1));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            restart.start();
            awaitState(machine, "A", SourceState.STOPPING);
            restart.interrupt();
            restart.join();
            assertThat(machine.assignator().activate(stubborn("B", until))).isInstanceOf(Answer.Assigned.class);
            // one that has not begun would leave at once
            awaitState(machine, "B", SourceState.RUNNING);

            assertThat(machine.rollingRestart(Duration.ofMillis(50)))
                    .singleElement()
                    .asString()
                    .contains("w0 was not restarted: it still held 2 sources");
            assertThat(machine.assignator().activate(stubborn("C", until))).isInstanceOf(Answer.Assigned.class);
            assertThat(pid(machine, new WorkerId(0))).isEqualTo(pid);

            Files.createFile(until);
            assertThat(machine.rollingRestart(Duration.ofSeconds(20))).isEmpty();
            assertThat(pid(machine, new WorkerId(0))).isNotEqualTo(pid);
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    private static Source stubborn(String id, Path until) {
        return Source.builder(id, "gauge", "127.0.0.1", 1)
                .attribute("until", until.toString())
                .build();
    }

    private static void awaitState(Machine machine, String id, SourceState state) {
        await().until(() ->
                machine.view().source(new SourceId(id)).orElseThrow().state() == state);
    }

    @Test
    void a_table_that_cannot_be_read_is_replaced() throws Exception {
        Files.writeString(directory.resolve("table"), "not a table");
        try (var machine = start(1, 1)) {
            assertThat(machine.view().size()).isEqualTo(new MachineSize(1, 1));
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void workers_end_when_the_machine_is_killed_and_the_next_one_starts_clean() throws Exception {
        var pids = killedMachine(false);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> pids.stream()
                        .noneMatch(pid -> ProcessHandle.of(pid)
                                .filter(ProcessHandle::isAlive)
                                .isPresent()));
        assertThat(notes(0).size() + notes(1).size()).isEqualTo(1); // what had been read is there
        try (var machine = start(2, 4)) {
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void the_table_of_a_machine_that_runs_is_not_taken() throws Exception {
        var child = childMachine();
        try (var words = child.inputReader()) {
            var pids = pids(words);
            assertThatThrownBy(() -> start(2, 4))
                    .isInstanceOf(MachineStartException.class)
                    .hasMessageContaining("in process " + child.pid())
                    .hasMessageContaining("stop that one first");
            assertThat(pids)
                    .allSatisfy(pid -> assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive))
                            .isPresent());
            child.destroyForcibly().waitFor();
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> pids.stream()
                            .noneMatch(pid -> ProcessHandle.of(pid)
                                    .filter(ProcessHandle::isAlive)
                                    .isPresent()));
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    @Test
    void the_next_machine_kills_what_does_not_end_by_itself() throws Exception {
        var pids = killedMachine(true);
        try (var machine = start(2, 4)) {
            assertThat(pids)
                    .allSatisfy(pid -> assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive))
                            .isEmpty());
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    /** A machine in a process of its own, with one source that has sent one line, is killed; gives its workers' pids. */
    private List<Long> killedMachine(boolean stopWorkers) throws Exception {
        var child = childMachine();
        try (var words = child.inputReader()) {
            var pids = pids(words);
            say(0, "1.25");
            await().until(() -> notes(0).size() + notes(1).size() == 1);
            if (stopWorkers) {
                for (long pid : pids) {
                    signal("STOP", pid);
                }
            }
            return pids;
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    private static List<Long> pids(BufferedReader words) throws IOException {
        return Stream.of(words.readLine().split(" ", -1)).map(Long::valueOf).toList();
    }

    private Process childMachine() throws IOException {
        var builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + directory, // a stopped worker cannot remove its socket
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ChildMachine.class.getName(),
                        directory.toString(),
                        Integer.toString(server.getLocalPort()))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().remove("XDG_RUNTIME_DIR");
        return builder.start();
    }

    /** Prints the pids of its workers. */
    public static final class ChildMachine {
        public static void main(String... arguments) throws Exception {
            var directory = Path.of(arguments[0]);
            var machine = Machine.of(new Gauges())
                    .size(new MachineSize(2, 4))
                    .isolation(Isolation.PROCESSES)
                    .stateFile(directory.resolve("table"))
                    .sink(new Notes(), Map.of("directory", directory.toString()))
                    .start();
            machine.assignator().activate(Source.of("A", "gauge", "127.0.0.1", Integer.parseInt(arguments[1])));
            System.out.println(pid(machine, new WorkerId(0)) + " " + pid(machine, new WorkerId(1)));
        }
    }

    private static long pid(Machine machine, WorkerId worker) {
        return machine.view().workers().get(worker.index()).pid();
    }

    private static void signal(String name, long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** Takes all memory there is. */
    public static final class Greedy extends TaskScheduler {
        @Override
        protected Task taskFor(Source source) {
            return Task.blocking(slot -> {
                Object[] all = {};
                while (slot.isActive()) {
                    all = new Object[] {all, new byte[1 << 20]};
                }
            });
        }
    }

    @Test
    void a_worker_without_memory_says_so() throws Exception {
        try (var machine = Machine.of(new Greedy())
                .size(new MachineSize(1, 1))
                .isolation(Isolation.PROCESSES)
                .workerOptions(List.of("-Xmx32m"))
                .start()) {
            machine.assignator().activate(source("A"));
            await().untilAsserted(() -> assertThat(machine.view().alarms())
                    .anySatisfy(alarm -> assertThat(alarm.message()).contains("ran out of memory")));
            machine.assignator().cancel(new SourceId("A"));
        }
    }

    /** Cannot be built. */
    public static final class Broken extends TaskScheduler {
        public Broken() {
            if (System.getProperty("broken") != null) {
                throw new IllegalStateException("no licence here");
            }
        }

        @Override
        protected Task taskFor(Source source) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void a_worker_that_does_not_come_up_says_why() {
        assertThatThrownBy(() -> Machine.of(new Broken())
                        .size(new MachineSize(1, 1))
                        .isolation(Isolation.PROCESSES)
                        .workerOptions(List.of("-Dbroken=1"))
                        .start())
                .isInstanceOf(MachineStartException.class)
                .hasMessageContaining("no licence here");
    }

    /** Takes what it is given and does not come back. */
    public static final class Stuck implements SinkFactory {
        @Override
        public Sink create(Map<String, String> settings, int part) {
            return new Sink() {
                @Override
                public String name() {
                    return "stuck";
                }

                @Override
                public Acknowledgement deliver(RecordBatch batch) {
                    while (true) {
                        LockSupport.park();
                    }
                }
            };
        }
    }

    @Test
    void a_worker_that_hangs_in_its_stop_is_named_and_gone() throws Exception {
        try (var machine = Machine.of(new Gauges())
                .size(new MachineSize(1, 1))
                .isolation(Isolation.PROCESSES)
                .sink(new Stuck(), Map.of())
                .start()) {
            machine.assignator().activate(source("A"));
            say(0, "1.25");
            await().until(() -> machine.view().totals().records() == 1);
            assertThat(machine.stop(Duration.ofSeconds(4)))
                    .anySatisfy(what -> assertThat(what).contains("w0"));
        }
    }

    @Test
    void a_worker_that_is_lost_during_the_stop_is_named() throws Exception {
        try (var machine = Machine.of(new Gauges())
                .size(new MachineSize(1, 1))
                .isolation(Isolation.PROCESSES)
                .sink(new Stuck(), Map.of())
                .start()) {
            machine.assignator().activate(source("A"));
            say(0, "1.25");
            await().until(() -> machine.view().totals().records() == 1);
            var worker =
                    ProcessHandle.of(machine.view().workers().getFirst().pid()).orElseThrow();
            var left = CompletableFuture.supplyAsync(() -> stop(machine));
            await().until(() ->
                    machine.view().source(new SourceId("A")).orElseThrow().state() == SourceState.STOPPING);
            worker.destroyForcibly();
            assertThat(left.get())
                    .singleElement()
                    .asString()
                    .contains("worker w0 was lost before it had delivered all of 1 sources");
        }
    }

    private static List<String> stop(Machine machine) {
        try {
            return machine.stop(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void what_cannot_be_built_in_a_worker_is_refused() {
        var scheduler = new TaskScheduler() {
            @Override
            protected Task taskFor(Source source) {
                throw new UnsupportedOperationException();
            }
        };
        assertThatThrownBy(() ->
                        Machine.of(scheduler).isolation(Isolation.PROCESSES).start())
                .isInstanceOf(MachineStartException.class)
                .hasMessageContaining("named public class with a public no-argument constructor");
        assertThatThrownBy(() -> Machine.of(new Gauges())
                        .isolation(Isolation.PROCESSES)
                        .onRecord(_ -> {})
                        .start())
                .isInstanceOf(MachineStartException.class)
                .hasMessageContaining("public no-argument constructor");
    }
}
