package org.stationmaster.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.sinks.ArchiveSinkFactory;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.StationNetwork;

/**
 * SeedLink stations over a few shared connections into an SDS archive: 512-byte records, three channels a station. The
 * simulated server is in this process; the CPU told is that of the machine's threads alone.
 *
 * <p>Arguments: {@code --stations 500 --rate 3 --connections 10 --workers 2 --warmup 10 --seconds 30 --data DIR} (removed
 * afterwards). The rate is that of a station: 3 is one record a second for each of its channels.
 */
public final class SeedLinkBench {
    private static final int RECORD_BYTES = 512;
    private static final List<String> MACHINE = List.of("worker-", "sink-", "supervisor", "resolver-");

    private SeedLinkBench() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException, MachineStartException, InterruptedException {
        var options = Options.of(args);
        int stations = options.whole("stations", 500);
        double rate = options.number("rate", 3);
        int connections = options.whole("connections", 10);
        int workers = options.whole("workers", 2);
        double seconds = options.number("seconds", 30);
        var data = Path.of(options.text("data", "bench/target/seedlink"));
        System.out.println(Host.describe());
        CollectorBench.remove(data);
        Files.createDirectories(data);
        var hellos = new AtomicInteger();
        NetworkReport report;
        try (var network = StationNetwork.start(NetworkPlan.builder("seedlink")
                        .sources(stations)
                        .rate(rate)
                        .build());
                var machine = Machine.of(new ProtocolScheduler())
                        .size(new MachineSize(workers, stations))
                        .stateFile(data.resolve("state/table"))
                        .sink(
                                new ArchiveSinkFactory(),
                                ArchiveSinkFactory.settings(data.resolve("archive"), 3 * stations, 200))
                        .start()) {
            network.onSeedLinkCommand(line -> {
                if (line.equals("HELLO")) {
                    hellos.incrementAndGet();
                }
            });
            machine.assignator().activateAll(sources(network, connections));
            Waits.seconds(options.number("warmup", 10));
            long records = machine.view().totals().records();
            long cpu = cpuNanos();
            long begin = System.nanoTime();
            Waits.seconds(seconds);
            double took = (System.nanoTime() - begin) / 1e9;
            double cpuTook = (cpuNanos() - cpu) / 1e9;
            long got = machine.view().totals().records() - records;
            report = network.stop();
            System.out.printf(
                    Locale.ROOT,
                    "%,d stations × %s records/s over %d connections (%d asked for), %d workers, %.1f s%n",
                    stations,
                    rate,
                    hellos.get(),
                    connections,
                    workers,
                    took);
            System.out.printf(
                    Locale.ROOT,
                    "records/s %.0f, CPU of the machine's threads %.1f %% of a core (%.1f µs per record); stop: %s%n",
                    got / took,
                    100 * cpuTook / took,
                    cpuTook * 1e6 / got,
                    machine.stop(Duration.ofSeconds(60)));
        }
        long archived = archivedBytes(data.resolve("archive/sds")) / RECORD_BYTES;
        System.out.printf(
                Locale.ROOT,
                "sent %,d, cut %,d, archived %,d, lost %,d%n",
                report.sent(),
                report.cut(),
                archived,
                report.sent() - archived);
        CollectorBench.remove(data);
    }

    private static List<Source> sources(StationNetwork network, int connections) {
        var named = new ArrayList<Source>();
        for (var source : network.sources()) {
            var builder = Source.builder(source.id().value(), source.protocol(), source.host(), source.port())
                    .rate(source.ratePerSecond().orElseThrow());
            source.options().forEach(builder::option);
            named.add(builder.option("connection", "c" + named.size() % connections)
                    .build());
        }
        return named;
    }

    /** CPU time of the machine's threads in this process. */
    static long cpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (var thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && MACHINE.stream().anyMatch(thread.getThreadName()::startsWith)) {
                sum += Math.max(0, threads.getThreadCpuTime(thread.getThreadId()));
            }
        }
        return sum;
    }

    static long archivedBytes(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            long sum = 0;
            for (var file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }
}
