package org.stationmaster.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.sinks.ArchiveConfig;
import org.stationmaster.sinks.ArchiveReader;
import org.stationmaster.sinks.ArchiveSink;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.ProcessUsage;
import org.stationmaster.testkit.Stamp;

/**
 * Many stations on all cores, archived on disk: the latency from send stamp to archive write, memory, descriptors, and
 * whether anything was lost. The machine is this process, the network another; neither is pinned.
 *
 * <p>Arguments: {@code --stations 10000 --rate 1 --workers 2 --warmup 20 --seconds 60 --open-files 512 --data DIR} (removed afterwards).
 */
public final class ScaleBench {
    private static final int SIZE_BYTES = 200;

    private final int stations;
    private final double rate;
    private final int workers;
    private final double warmupSeconds;
    private final double seconds;
    private final int openFiles;
    private final Path data;

    private ScaleBench(Options options) {
        stations = options.whole("stations", 10_000);
        rate = options.number("rate", 1);
        workers = options.whole("workers", 2);
        warmupSeconds = options.number("warmup", 20);
        seconds = options.number("seconds", 60);
        openFiles = options.whole("open-files", ArchiveConfig.DEFAULT_OPEN_FILES);
        data = Path.of(options.text("data", "bench/target/scale"));
    }

    public static void main(String... args) throws IOException, InterruptedException, MachineStartException {
        new ScaleBench(Options.of(args)).run();
    }

    /** What came of it. */
    private record Outcome(
            ProcessUsage before, ProcessUsage after, double seconds, long records, long rssKib, int descriptors) {
        double cpuShare() {
            return (after.cpuNanos() - before.cpuNanos()) / (seconds * 1e9);
        }
    }

    private void run() throws IOException, InterruptedException, MachineStartException {
        System.out.println(Host.describe());
        CollectorBench.remove(data);
        Files.createDirectories(data);
        var archive = data.resolve("archive");
        var sink = new TimedArchive(new ArchiveSink(MachineReader.archiveConfig(archive, openFiles)));
        try (var generator = Child.generator(-1, stations, rate, SIZE_BYTES)) {
            int port = generator.numbers().getOrDefault("port", 0.0).intValue();
            try (var machine = Machine.of(new ProtocolScheduler())
                    .size(new MachineSize(workers, Math.ceilDiv(stations, workers)))
                    .sink(sink)
                    .sinkFiles(openFiles)
                    .start()) {
                machine.assignator().activateAll(sources(port));
                var outcome = observe(machine, sink);
                var report = data.resolve("report.json");
                generator.ask("stop " + report);
                long begin = System.nanoTime();
                var left = machine.stop(Duration.ofSeconds(120));
                double stopSeconds = (System.nanoTime() - begin) / 1e9;
                print(outcome, sink, stopSeconds, left.toString());
                printAccount(NetworkReport.read(report), archive);
            }
        }
        CollectorBench.remove(data);
    }

    private List<Source> sources(int port) {
        return IntStream.range(0, stations)
                .mapToObj(i -> Source.builder(Rival.id(i), "tcp-frames", "127.0.0.1", port)
                        .rate(rate)
                        .option("hello", "true")
                        .build())
                .toList();
    }

    private Outcome observe(Machine machine, TimedArchive sink) throws IOException {
        Waits.seconds(warmupSeconds);
        sink.measure(true);
        var before = ProcessUsage.now();
        long recordsBefore = machine.view().totals().records();
        long begin = System.nanoTime();
        Waits.seconds(seconds);
        var after = ProcessUsage.now();
        sink.measure(false);
        return new Outcome(
                before,
                after,
                (System.nanoTime() - begin) / 1e9,
                machine.view().totals().records() - recordsBefore,
                ProcessUsage.statusKib("VmRSS"),
                ProcessUsage.descriptors());
    }

    private void print(Outcome outcome, TimedArchive sink, double stopSeconds, String left) throws IOException {
        System.out.printf(
                Locale.ROOT,
                "%,d stations × %s Hz × %d B, %d workers, warm-up %.0f s, window %.1f s%n",
                stations,
                rate,
                SIZE_BYTES,
                workers,
                warmupSeconds,
                outcome.seconds());
        System.out.printf(
                Locale.ROOT,
                "records/s %.0f, CPU %.1f %% of a core (%.2f µs per record)%n",
                outcome.records() / outcome.seconds(),
                100 * outcome.cpuShare(),
                outcome.cpuShare() * outcome.seconds() * 1e6 / outcome.records());
        var latency = sink.micros();
        System.out.printf(
                Locale.ROOT,
                "send → archive: p50 %.1f, p99 %.1f, max %.1f ms of %,d records, flush interval %d ms included%n",
                latency.getValueAtPercentile(50) / 1e3,
                latency.getValueAtPercentile(99) / 1e3,
                latency.getMaxValue() / 1e3,
                latency.getTotalCount(),
                sink.linger().toMillis());
        System.out.printf(
                Locale.ROOT,
                "resident %.0f MiB, at most %.0f MiB; %d descriptors; stopped in %.1f s, left undone %s%n",
                outcome.rssKib() / 1024.0,
                ProcessUsage.statusKib("VmHWM") / 1024.0,
                outcome.descriptors(),
                stopSeconds,
                left);
        System.out.printf("archive: %s%n", sink.totals());
    }

    /** Compares what was sent with the archive's files, source by source. */
    private static void printAccount(NetworkReport report, Path archive) throws IOException {
        Map<String, BitSet> archived = new HashMap<>();
        long records = 0;
        long duplicates = 0;
        for (var source : new ArchiveReader(archive).sources()) {
            var seen = archived.computeIfAbsent(source.id(), _ -> new BitSet());
            var twice = new long[1];
            var stamp = new Stamp();
            for (var file : source.files()) {
                records += ArchiveReader.forEachFrame(file, payload -> {
                            if (!stamp.read(payload) || !stamp.isFrom(source.id())) {
                                throw new IllegalStateException("a record that was never sent in " + file);
                            }
                            int seq = Math.toIntExact(stamp.seq());
                            twice[0] += seen.get(seq) ? 1 : 0;
                            seen.set(seq);
                        })
                        .records();
            }
            duplicates += twice[0];
        }
        long lost = 0;
        for (var source : report.sources()) {
            var seen = archived.getOrDefault(source.id(), new BitSet());
            for (int seq = 0; seq < source.sent() + source.cut(); seq++) {
                lost += seen.get(seq) || source.isCut(seq) ? 0 : 1;
            }
        }
        System.out.printf(
                Locale.ROOT,
                "sent %,d, cut %,d, withheld %,d, archived %,d, lost %d, duplicates %d%n",
                report.sent(),
                report.cut(),
                report.withheld(),
                records,
                lost,
                duplicates);
    }
}
