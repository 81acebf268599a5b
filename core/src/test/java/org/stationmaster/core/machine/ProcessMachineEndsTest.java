package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkFactory;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;

/** How a machine with worker processes begins and ends, and what it finds of another one. */
@Tag("system")
@Timeout(60)
class ProcessMachineEndsTest extends ProcessMachineFixture {
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

    /** A machine with one record that its sink never takes. */
    private Machine stuck() throws Exception {
        var machine = Machine.of(new Gauges())
                .size(new MachineSize(1, 1))
                .isolation(Isolation.PROCESSES)
                .sink(new Stuck(), Map.of())
                .start();
        machine.assignator().activate(source("A"));
        say(0, "1.25");
        await().until(() -> machine.view().totals().records() == 1);
        return machine;
    }

    @Test
    void a_worker_that_hangs_in_its_stop_is_named_and_gone() throws Exception {
        try (var machine = stuck()) {
            assertThat(machine.stop(Duration.ofSeconds(4)))
                    .anySatisfy(what -> assertThat(what).contains("w0"));
        }
    }

    @Test
    void a_worker_that_is_lost_during_the_stop_is_named() throws Exception {
        try (var machine = stuck()) {
            var worker =
                    ProcessHandle.of(machine.view().workers().getFirst().pid()).orElseThrow();
            var left = CompletableFuture.supplyAsync(() -> stop(machine));
            await().until(() ->
                    machine.view().source(new SourceId("A")).orElseThrow().state() == SourceState.STOPPING);
            worker.destroyForcibly();
            assertThat(left.get())
                    .singleElement()
                    .asString()
                    .contains("worker w0 was lost before it had delivered all of 1 source:");
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
