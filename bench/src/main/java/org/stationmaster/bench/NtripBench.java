package org.stationmaster.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.sinks.ArchiveSinkFactory;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.StationNetwork;

/**
 * Mountpoints of one caster, a connection each, into the hourly archive: frames of 225 bytes, in chunks of NTRIP 2. The simulated
 * caster is in this process; the CPU told is that of the machine's threads alone.
 *
 * <p>Arguments: {@code --streams 1000 --rate 1 --workers 2 --open-files 512 --warmup 10 --seconds 30 --data DIR} (removed
 * afterwards).
 */
public final class NtripBench {
    /** A payload of 200 bytes behind the head of a synthetic message. */
    private static final int FRAME_BYTES = 225;

    private NtripBench() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException, MachineStartException, InterruptedException {
        var options = Options.of(args);
        int streams = options.whole("streams", 1000);
        double rate = options.number("rate", 1);
        int workers = options.whole("workers", 2);
        double seconds = options.number("seconds", 30);
        var data = Path.of(options.text("data", "bench/target/ntrip"));
        System.out.println(Host.describe());
        CollectorBench.remove(data);
        Files.createDirectories(data);
        NetworkReport report;
        try (var network = StationNetwork.start(
                        NetworkPlan.builder("ntrip").sources(streams).rate(rate).build());
                var machine = Machine.of(new ProtocolScheduler())
                        .size(new MachineSize(workers, streams))
                        .stateFile(data.resolve("state/table"))
                        .sink(
                                new ArchiveSinkFactory(),
                                ArchiveSinkFactory.settings(
                                        data.resolve("archive"), options.whole("open-files", 512), 200))
                        .start()) {
            machine.assignator().activateAll(network.sources());
            Waits.seconds(options.number("warmup", 10));
            long records = machine.view().totals().records();
            long cpu = SeedLinkBench.cpuNanos();
            long begin = System.nanoTime();
            Waits.seconds(seconds);
            double took = (System.nanoTime() - begin) / 1e9;
            double cpuTook = (SeedLinkBench.cpuNanos() - cpu) / 1e9;
            long got = machine.view().totals().records() - records;
            report = network.stop();
            System.out.printf(
                    Locale.ROOT,
                    "%,d streams × %s Hz, %d workers, %.1f s%nrecords/s %.0f, CPU of the machine's threads %.1f %% of a core"
                            + " (%.1f µs per record); stop: %s%n",
                    streams,
                    rate,
                    workers,
                    took,
                    got / took,
                    100 * cpuTook / took,
                    cpuTook * 1e6 / got,
                    machine.stop(Duration.ofSeconds(60)));
        }
        long archived = SeedLinkBench.archivedBytes(data.resolve("archive/ntrip")) / FRAME_BYTES;
        System.out.printf(
                Locale.ROOT,
                "sent %,d, cut %,d, archived %,d, lost %,d%n",
                report.sent(),
                report.cut(),
                archived,
                report.sent() - archived);
        CollectorBench.remove(data);
    }
}
