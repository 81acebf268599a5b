package org.stationmaster.core.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.stationmaster.bench.Options;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.state.StateTableException;
import org.stationmaster.core.worker.Worker;
import org.stationmaster.core.worker.WorkerCommand;
import org.stationmaster.core.worker.WorkerReport;

/**
 * The assignator and the state table alone, with up to a million sources: supervisor, registry, placement and a table in a file
 * as the machine has them, on workers that only count what they are told. In the machine's package, whose machinery it drives.
 *
 * <p>Arguments, as {@code --key value}: {@code --counts 1000,10000,100000,1000000 --workers 64 --hosts 8 --rounds 3 --data DIR}
 * (the table, removed afterwards) {@code --gate 0} (exit code 1 when an assignment takes more microseconds; 0: whatever it takes).
 * One worker is lost, then a host of {@code workers / hosts} workers; the others have
 * room for both.
 */
public final class AssignBench {
    private static final int MORE = 1_000;
    private static final double MILLIS = 1e6;

    private final int workers;
    private final int hosts;
    private final int rounds;
    private final Path table;

    private AssignBench(int workers, int hosts, int rounds, Path data) {
        this.workers = workers;
        this.hosts = hosts;
        this.rounds = rounds;
        this.table = data.resolve("table");
    }

    public static void main(String... args) throws IOException, InterruptedException, StateTableException {
        var options = Options.of(args);
        var data = Path.of(options.text("data", "bench/target/assign"));
        Files.createDirectories(data);
        var bench = new AssignBench(
                options.whole("workers", 64), options.whole("hosts", 8), options.whole("rounds", 3), data);
        boolean within = bench.run(
                options.list("counts", "1000,10000,100000,1000000").stream()
                        .mapToInt(Integer::parseInt)
                        .toArray(),
                options.whole("gate", 0));
        System.exit(within ? 0 : 1);
    }

    /** Times in milliseconds, sizes in MiB. */
    private record Result(
            double assign, double oneMicros, double worker, double host, int moved, double heap, double file) {}

    private boolean run(int[] counts, int gateMicros) throws IOException, InterruptedException, StateTableException {
        System.out.printf(
                "%d workers, %d hosts, %d processors, JDK %s%n%n",
                workers, hosts, Runtime.getRuntime().availableProcessors(), Runtime.version());
        var _ = round(20_000); // compiles
        System.out.println(
                "| sources | assign all, ms | µs each | one more, µs | lost worker, ms | lost host, ms (sources)"
                        + " | heap, MiB | B a source | table, MiB |");
        System.out.println("|---|---|---|---|---|---|---|---|---|");
        boolean within = true;
        for (int count : counts) {
            var results = new ArrayList<Result>();
            for (int i = 0; i < rounds; i++) {
                results.add(round(count));
            }
            System.out.printf(
                    Locale.ROOT,
                    "| %,d | %.1f | %.2f | %.2f | %.1f | %.1f (%,d) | %.1f | %.0f | %.1f |%n",
                    count,
                    median(results, Result::assign),
                    median(results, Result::assign) * 1e3 / count,
                    median(results, Result::oneMicros),
                    median(results, Result::worker),
                    median(results, Result::host),
                    results.getFirst().moved(),
                    median(results, Result::heap),
                    median(results, Result::heap) * (1 << 20) / count,
                    median(results, Result::file));
            within &= gateMicros == 0 || median(results, Result::assign) * 1e3 / count <= gateMicros;
        }
        return within;
    }

    private static double median(List<Result> results, java.util.function.ToDoubleFunction<Result> of) {
        var sorted = results.stream().mapToDouble(of).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private Result round(int count) throws IOException, InterruptedException, StateTableException {
        // what is left after a host and one worker more must hold all
        int left = workers - workers / hosts - 1;
        var size = new MachineSize(workers, Math.ceilDiv(count + MORE, left) + 1);
        var sources = IntStream.range(0, count).mapToObj(AssignBench::source).toList();
        var more = IntStream.range(count, count + MORE)
                .mapToObj(AssignBench::source)
                .toList();
        double before = heap();
        var made = StateTable.create(table, size, Clock.SYSTEM.epochNanos());
        var told = IntStream.range(0, workers).mapToObj(Counting::new).toList();
        var books = told.stream()
                .map(worker -> new WorkerBook(worker, size.slots(), true))
                .toList();
        var supervisor = new Supervisor(
                new Registry(Filter.all(), Capacity.UNKNOWN, books, made.desiredWriter()),
                new Nothing(),
                _ -> {},
                new CpuWatch(Clock.SYSTEM, List::of),
                Clock.SYSTEM,
                Thread::new);
        long begin = System.nanoTime();
        boolean allAssigned = supervisor.activateAll(sources).stream().allMatch(Answer.Assigned.class::isInstance);
        double assign = since(begin);
        double heap = heap() - before;
        require(allAssigned, "all have a slot");
        require(told.stream().mapToInt(worker -> worker.activations).sum() == count, "all were told");
        long beginMore = System.nanoTime();
        for (var source : more) {
            var _ = supervisor.activate(source);
        }
        double one = since(beginMore) * 1e3 / MORE;
        double worker = lose(supervisor, told, workers - 1, workers);
        int from = workers - 1 - workers / hosts;
        int activations = told.stream().mapToInt(each -> each.activations).sum();
        double host = lose(supervisor, told, from, workers - 1);
        int moved = told.stream().mapToInt(each -> each.activations).sum() - activations;
        double mebibytes = Files.size(table) / (double) (1 << 20);
        Files.delete(table);
        return new Result(assign, one, worker, host, moved, heap, mebibytes);
    }

    /** The workers of these indices are lost at once. */
    private static double lose(Supervisor supervisor, List<Counting> told, int from, int to) {
        int before = told.stream().mapToInt(worker -> worker.activations).sum();
        for (int i = from; i < to; i++) {
            supervisor.report(new WorkerReport.Lost(new WorkerId(i), "the benchmark"));
        }
        long begin = System.nanoTime();
        var _ = supervisor.turn();
        double millis = since(begin);
        require(told.stream().mapToInt(worker -> worker.activations).sum() > before, "sources were woken elsewhere");
        return millis;
    }

    private static Source source(int index) {
        return Source.builder("S" + (10_000_000 + index), "tcp-frames", "192.0.2.1", 7001)
                .rate(1)
                .build();
    }

    private static double since(long beginNanos) {
        return (System.nanoTime() - beginNanos) / MILLIS;
    }

    /** In use, in MiB. */
    private static double heap() {
        System.gc();
        var runtime = Runtime.getRuntime();
        return (runtime.totalMemory() - runtime.freeMemory()) / (double) (1 << 20);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not so: " + what);
        }
    }

    /** A worker that counts. */
    private static final class Counting implements Worker {
        private final WorkerId id;
        private int activations;

        private Counting(int index) {
            id = new WorkerId(index);
        }

        @Override
        public WorkerId id() {
            return id;
        }

        @Override
        public String kind() {
            return "simulated";
        }

        @Override
        public void tell(List<WorkerCommand> commands) {
            for (var command : commands) {
                activations += command instanceof WorkerCommand.Activate ? 1 : 0;
            }
        }

        @Override
        public CompletableFuture<List<String>> finish(Duration deadline) {
            return CompletableFuture.completedFuture(List.of());
        }

        @Override
        public void shutdown() {}
    }

    /** Its tasks are never run. */
    private static final class Nothing extends TaskScheduler {
        @Override
        protected Task taskFor(Source source) {
            return Task.blocking(_ -> {});
        }
    }
}
