package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.core.fixtures.Await.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskAssignator;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.worker.Calls;
import org.stationmaster.core.worker.Delivery;
import org.stationmaster.core.worker.Resolver;
import org.stationmaster.core.worker.Worker;
import org.stationmaster.core.worker.WorkerCommand;
import org.stationmaster.core.worker.WorkerPlan;
import org.stationmaster.core.worker.WorkerReport;

/**
 * The same source twice is one task, whatever the interleaving: ten threads give orders for the same few ids, the
 * tasks count how many of each are alive. The wrong variant, a worker that says a slot is idle as soon as it is told to
 * release it, is caught by the same count.
 */
@Tag("race")
@Timeout(120)
class OneTaskRaceTest {
    private static final int THREADS = 10;
    private static final int ORDERS = 300;

    /** Tasks alive now and the most there ever were, by source. */
    private final Map<String, AtomicInteger> alive = new ConcurrentHashMap<>();

    private final Map<String, AtomicInteger> most = new ConcurrentHashMap<>();

    private Task counting() {
        return Task.blocking(slot -> {
            var id = slot.source().id().value();
            int now = alive.computeIfAbsent(id, _ -> new AtomicInteger()).incrementAndGet();
            most.computeIfAbsent(id, _ -> new AtomicInteger()).accumulateAndGet(now, Math::max);
            try {
                slot.emit("up");
                new CountDownLatch(1).await();
            } finally {
                var _ = new SplittableRandom(1).ints(20_000).sum(); // a task takes its time to end
                alive.get(id).decrementAndGet();
            }
        });
    }

    private int most() {
        return most.values().stream().mapToInt(AtomicInteger::get).max().orElse(0);
    }

    private static Source source(String id, int port) {
        return Source.of(id, "test", "127.0.0.1", port);
    }

    /** Ten threads, each with orders of its own seed. */
    private static void storm(TaskAssignator assignator, List<String> ids, long seed) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            var random = new SplittableRandom(seed * THREADS + t);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < ORDERS; i++) {
                        order(assignator, ids.get(random.nextInt(ids.size())), random);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
    }

    private static void order(TaskAssignator assignator, String id, RandomGenerator random)
            throws InterruptedException {
        var name = new SourceId(id);
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> {
                var _ = assignator.activate(source(id, 1));
            }
            case 3 -> {
                var _ = assignator.activate(source(id, random.nextInt(1, 60_000)));
            }
            case 4 -> {
                var _ = assignator.release(name);
            }
            case 5 -> {
                var _ = assignator.cancel(name);
            }
            case 6 -> {
                var _ = assignator.pause(name);
            }
            default -> {
                var _ = assignator.resume(name);
            }
        }
    }

    private int aliveOf(String id) {
        var count = alive.get(id);
        return count == null ? 0 : count.get();
    }

    @Test
    void tenActivationsOfOneIdAreOneTask() throws Exception {
        try (var machine =
                Machine.of(Tasks.always(counting())).size(new MachineSize(2, 4)).start()) {
            for (int seed = 0; seed < 5; seed++) {
                storm(machine.assignator(), List.of("QSCO"), seed);
                assertLastOrderHolds(machine.assignator(), "QSCO", seed % 2 == 0);
            }
            assertThat(machine.stop(Tasks.DEADLINE)).isEmpty();
        }
        assertThat(most()).isEqualTo(1);
        assertThat(aliveOf("QSCO")).isZero();
    }

    @Test
    void ofSeveralIdsInTooFewSlotsEachIsOneTask() throws Exception {
        var ids = List.of("A", "B", "C", "D", "E");
        try (var machine =
                Machine.of(Tasks.always(counting())).size(new MachineSize(2, 2)).start()) {
            for (int seed = 0; seed < 5; seed++) {
                storm(machine.assignator(), ids, seed);
                for (var id : ids) {
                    machine.assignator().cancel(new SourceId(id));
                }
                await().until(() -> machine.view().totals().sources().isEmpty());
                assertLastOrderHolds(machine.assignator(), "A", true);
                assertLastOrderHolds(machine.assignator(), "A", false);
            }
            assertThat(machine.stop(Tasks.DEADLINE)).isEmpty();
        }
        assertThat(most()).isEqualTo(1);
    }

    private void assertLastOrderHolds(TaskAssignator assignator, String id, boolean activate)
            throws InterruptedException {
        if (activate) {
            assignator.activate(source(id, 1));
            assignator.resume(new SourceId(id));
            await().atMost(Duration.ofSeconds(20)).until(() -> aliveOf(id) == 1);
        } else {
            assignator.release(new SourceId(id));
            await().atMost(Duration.ofSeconds(20)).until(() -> aliveOf(id) == 0);
        }
    }

    @Test
    void theRigItselfIsRight() throws Exception {
        stormOnRig((worker, supervisor) -> worker, 2);
        assertThat(most()).isEqualTo(1);
    }

    @Test
    void aWorkerThatCallsASlotIdleTooSoonIsCaught() throws Exception {
        stormOnRig(TooSoon::new, 30);
        assertThat(most()).as("the storm finds the fault").isGreaterThan(1);
    }

    /** The wrong variant: it reports a slot idle when it is told to release it, and not when the task has ended. */
    private record TooSoon(Worker right, AtomicReference<Supervisor> supervisor) implements Worker {
        @Override
        public WorkerId id() {
            return right.id();
        }

        @Override
        public String kind() {
            return right.kind();
        }

        @Override
        public void tell(List<WorkerCommand> commands) {
            right.tell(commands);
            for (var command : commands) {
                if (command instanceof WorkerCommand.Release(var slot, var epoch, var _)) {
                    Objects.requireNonNull(supervisor.get())
                            .report(new WorkerReport.Idle(new org.stationmaster.core.api.SlotId(id(), slot), epoch));
                }
            }
        }

        @Override
        public CompletableFuture<List<String>> finish(Duration deadline) {
            return right.finish(deadline);
        }

        @Override
        public void shutdown() {
            right.shutdown();
        }
    }

    /** A machine put together by hand, with workers of any kind; storms until one task is alive twice. */
    private void stormOnRig(BiFunction<Worker, AtomicReference<Supervisor>, Worker> variant, int storms)
            throws Exception {
        var size = new MachineSize(2, 4);
        var table = StateTable.onHeap(size, 1);
        var delivery = new Delivery(List.of(), Clock.SYSTEM, Thread.ofPlatform().factory());
        var resolver = new Resolver(Thread.ofPlatform().factory());
        var seat = new AtomicReference<Supervisor>();
        var plan = new WorkerPlan(
                size,
                Tasks.always(counting()),
                delivery,
                _ -> {},
                report -> Objects.requireNonNull(seat.get()).report(report),
                resolver,
                new Calls(List.of()),
                1e6,
                1e6,
                1 << 20,
                1 << 20,
                Clock.SYSTEM,
                () -> RandomGenerator.of("L64X128MixRandom"),
                Thread.ofPlatform().factory());
        List<WorkerBook> books = new ArrayList<>();
        for (int i = 0; i < size.workers(); i++) {
            var id = new WorkerId(i);
            books.add(new WorkerBook(
                    variant.apply(plan.startThread(id, table.observedWriter(id)), seat), size.slots(), true));
        }
        var registry = new Registry(Filter.all(), Capacity.UNKNOWN, books, table.desiredWriter());
        var supervisor = new Supervisor(
                registry,
                Tasks.always(counting()),
                _ -> {},
                new CpuWatch(Clock.SYSTEM, List::of),
                Clock.SYSTEM,
                Thread.ofPlatform().factory());
        seat.set(supervisor);
        supervisor.start();
        try {
            for (int seed = 0; seed < storms && most() < 2; seed++) {
                storm(supervisor, List.of("A", "B", "C", "D"), seed);
            }
            supervisor.releaseAll(true);
        } finally {
            supervisor.end();
            books.forEach(book -> book.worker().shutdown());
            resolver.shutdown();
        }
    }
}
