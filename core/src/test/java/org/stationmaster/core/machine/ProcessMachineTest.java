package org.stationmaster.core.machine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;

/** A machine whose workers are real processes: what they do, and what it does when they die. */
@Tag("system")
@Timeout(60)
class ProcessMachineTest extends ProcessMachineFixture {
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
            assertThat(machine.view().workers())
                    .as("neither has all of them")
                    .allSatisfy(worker -> assertThat(worker.slots()).containsEntry(SlotState.RUNNING, 2));
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
                try (var watch = FileSystems.getDefault().newWatchService()) {
                    requireNonNull(until.getParent()).register(watch, StandardWatchEventKinds.ENTRY_CREATE);
                    while (!Files.exists(until)) {
                        try {
                            watch.take().reset();
                        } catch (InterruptedException e) {
                            // it does not heed it: that is what it is for
                        }
                    }
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
}
