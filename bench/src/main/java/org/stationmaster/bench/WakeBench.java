package org.stationmaster.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.server.ControlStartException;
import org.stationmaster.server.inventory.StoreException;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.testkit.ProcessUsage;

/**
 * Wake: activation accepted → task started in its slot, on a machine of 4 × 1,000 slots, as the machine itself counts
 * it; and what that machine costs while all its slots are idle. The first figures are those of a cold JVM; each
 * scenario then runs again on a new machine in the same, warm JVM. Beside each paced run, in the same seconds and at the
 * same rate, a process in C hands over between sleeping threads twice, as a wake does: the floor of this box.
 *
 * <p>Arguments: {@code --activations 1000 --per-second 100 --idle-seconds 30 --rounds 2}, {@code --handover FILE} (the
 * C program's binary), {@code --isolation threads|processes}. With processes the figures are of all of them together, and
 * how long a worker takes to be up and what it has resident come first; {@code --aot FILE} is what a worker's JVM starts from.
 */
public final class WakeBench {
    private static final MachineSize SIZE = new MachineSize(4, 1_000);
    private static final int SIZE_BYTES = 200;
    private static final int STARTS = 7;
    /** A worker's JVM gives back each ten seconds what its start took. */
    private static final double TRIMMED_SECONDS = 12;

    /** An idle machine after its start: what is left of compiling and connecting is not what idleness costs. */
    private static final double SETTLE_SECONDS = 10;

    private final int activations;
    private final double perSecond;
    private final double idleSeconds;
    private final int rounds;
    private final String handover;
    private final Isolation isolation;
    private final List<String> workerOptions;

    private WakeBench(Options options) {
        activations = options.whole("activations", 1_000);
        perSecond = options.number("per-second", 100);
        idleSeconds = options.number("idle-seconds", 30);
        rounds = options.whole("rounds", 2);
        handover = options.text("handover", "bench/target/handover");
        isolation = Isolation.valueOf(options.text("isolation", "threads").toUpperCase(Locale.ROOT));
        var aot = options.text("aot", "");
        workerOptions = aot.isEmpty() ? List.of() : List.of("-XX:AOTCache=" + aot);
    }

    public static void main(String... args)
            throws IOException, InterruptedException, MachineStartException, ControlStartException, StoreException {
        new WakeBench(Options.of(args)).run();
    }

    private void run()
            throws IOException, InterruptedException, MachineStartException, ControlStartException, StoreException {
        System.out.println(Host.describe());
        if (isolation == Isolation.PROCESSES) {
            startOne();
        }
        try (var generator = Child.generator(-1, activations, 1, SIZE_BYTES)) {
            int port = generator.numbers().getOrDefault("port", 0.0).intValue();
            var sources = sources(port);
            for (int round = 0; round < rounds; round++) {
                var state = round == 0 ? "cold JVM" : "warm JVM";
                paced(state, sources);
                print("burst by activateAll, " + state, burst(sources));
            }
        }
        idle();
    }

    private static List<Source> sources(int port, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Source.builder(Rival.id(i), "tcp-frames", "127.0.0.1", port)
                        .rate(1)
                        .option("hello", "true")
                        .build())
                .toList();
    }

    private List<Source> sources(int port) {
        return sources(port, activations);
    }

    private void paced(String state, List<Source> sources)
            throws IOException, InterruptedException, MachineStartException {
        try (var machine = machine();
                var floor =
                        Child.start(-1, List.of(handover, String.valueOf(sources.size()), String.valueOf(perSecond)))) {
            long begin = System.nanoTime();
            for (int i = 0; i < sources.size(); i++) {
                Waits.until(begin + (long) (i * 1e9 / perSecond));
                machine.assignator().activate(sources.get(i));
            }
            print("one by one at " + (long) perSecond + "/s, " + state, awaitAll(machine, sources.size()));
            var bare = floor.numbers();
            System.out.printf(
                    Locale.ROOT,
                    "  two bare hand-overs in C in the same seconds: p50 %.3f, p99 %.3f, max %.3f ms%n",
                    bare.getOrDefault("p50", 0.0),
                    bare.getOrDefault("p99", 0.0),
                    bare.getOrDefault("max", 0.0));
        }
    }

    private Quantiles burst(List<Source> sources) throws InterruptedException, MachineStartException {
        try (var machine = machine()) {
            machine.assignator().activateAll(sources);
            return awaitAll(machine, sources.size());
        }
    }

    private Machine machine() throws MachineStartException {
        return machine(SIZE);
    }

    private Machine machine(MachineSize size) throws MachineStartException {
        return Machine.of(new ProtocolScheduler())
                .size(size)
                .isolation(isolation)
                .workerOptions(workerOptions)
                .start();
    }

    /** One worker process of 1,000 slots, again and again. */
    private void startOne() throws MachineStartException, IOException {
        var millis = new double[STARTS];
        var mebibytes = new double[STARTS];
        for (int i = 0; i < STARTS; i++) {
            long begin = System.nanoTime();
            try (var machine = machine(new MachineSize(1, SIZE.slots()))) {
                millis[i] = (System.nanoTime() - begin) / 1e6;
                Waits.seconds(TRIMMED_SECONDS);
                mebibytes[i] = ProcessUsage.statusKib(
                                machine.view().workers().getFirst().pid(), "VmRSS")
                        / 1024.0;
            }
        }
        Arrays.sort(millis);
        Arrays.sort(mebibytes);
        System.out.printf(
                Locale.ROOT,
                "a worker process: up after %.0f (%.0f–%.0f) ms, idle %.0f (%.0f–%.0f) MiB resident, of %d%n",
                millis[STARTS / 2],
                millis[0],
                millis[STARTS - 1],
                mebibytes[STARTS / 2],
                mebibytes[0],
                mebibytes[STARTS - 1],
                STARTS);
    }

    private static Quantiles awaitAll(Machine machine, int count) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        var wake = machine.view().wakeMillis();
        while (wake.count() < count && System.nanoTime() < end) {
            Waits.seconds(0.05);
            wake = machine.view().wakeMillis();
        }
        var left = machine.stop(Duration.ofSeconds(20));
        if (!left.isEmpty()) {
            System.err.println(left);
        }
        return wake;
    }

    private static void print(String what, Quantiles wake) {
        System.out.printf(
                Locale.ROOT,
                "wake, %s: p50 %.3f, p99 %.3f, max %.3f ms of %d%n",
                what,
                wake.p50(),
                wake.p99(),
                wake.max(),
                wake.count());
    }

    private void idle() throws IOException, MachineStartException, ControlStartException, StoreException {
        printIdle("JVM without a machine");
        var data = Files.createTempDirectory("stationmaster-bench");
        try (var machine = machine();
                var control = ControlPlane.of(machine, Map.of(), data)) {
            printIdle(SIZE + ", all slots idle");
            control.server().start();
            machine.ready();
            printIdle(SIZE + ", all slots idle, with its control endpoint");
        }
        try (var files = Files.list(data)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(data);
    }

    private void printIdle(String what) {
        Waits.seconds(SETTLE_SECONDS);
        var before = ProcessUsage.now();
        long childrenBefore = ProcessUsage.childrenCpuNanos();
        Waits.seconds(idleSeconds);
        var after = ProcessUsage.now();
        double children = percent(ProcessUsage.childrenCpuNanos() - childrenBefore);
        var parts = new StringBuilder();
        for (var kind : ProcessUsage.Kind.values()) {
            double percent = percent(after.threadNanos(kind) - before.threadNanos(kind));
            parts.append(String.format(Locale.ROOT, " %s %.3f", kind, percent));
        }
        System.out.printf(
                Locale.ROOT,
                "%s: %.3f %% of a core over %.0f s (its worker processes: %.3f), own by threads:%s%n",
                what,
                children + percent(after.cpuNanos() - before.cpuNanos()),
                idleSeconds,
                children,
                parts);
    }

    private double percent(long cpuNanos) {
        return 100 * cpuNanos / (idleSeconds * 1e9);
    }
}
