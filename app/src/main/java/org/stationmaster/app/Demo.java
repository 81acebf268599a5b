package org.stationmaster.app;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.Reading;
import org.stationmaster.server.inventory.SinkConfig;
import org.stationmaster.stations.Protocols;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.Stamp;

/**
 * The main job, whole: a simulated network, the machine, the archive; then the archive's files are counted against what
 * the network says it sent. One thread.
 */
final class Demo {
    private static final Duration STOP = Duration.ofSeconds(20);
    private static final Duration SIMULATOR_STOP = Duration.ofSeconds(15);

    private final Plan plan;
    private final StopSignals signals;
    private final Clock clock = Clock.SYSTEM;
    private final LatencySink archive;
    private final Trend trend = new Trend();
    private final List<String> trouble = new ArrayList<>();

    /**
     * What to show.
     *
     * @param seconds of sending; null: until a signal
     * @param directory absolute, there and empty
     */
    record Plan(
            String protocol,
            int sources,
            double ratePerSecond,
            MachineSize size,
            @Nullable Double seconds,
            String faults,
            long seed,
            Bind bind,
            Path directory) {
        @Nullable
        Duration duration() {
            return seconds == null ? null : Duration.ofNanos((long) (seconds * 1e9));
        }
    }

    /** The machine as it was while it worked: after a stop it has no waiting sources and no alarms. */
    private record Seen(double seconds, int waiting, List<Alarm> alarms) {}

    Demo(Plan plan, StopSignals signals) {
        this.plan = plan;
        this.signals = signals;
        archive = new LatencySink(
                Composition.archive(plan.directory(), SinkConfig.Archive.DEFAULT), clock, Demo.stamps());
    }

    private static LatencySink.SendStamps stamps() {
        var stamp = new Stamp();
        return record -> stamp.read(record.payload()) ? stamp.epochNanos() : StationRecord.UNKNOWN;
    }

    /** Runs until the time is over or a signal comes; the simulator stops first, then the machine drains. */
    DemoSummary run(Watch watch) throws Failure, InterruptedException {
        try (var simulator = SimulatorProcess.start(plan.directory(), simulatorOptions());
                var run = MachineRun.start(machine(stations(simulator.stations())))) {
            var seen = watch(simulator, run, watch);
            var report = simulator.stop(SIMULATOR_STOP);
            var left = run.stop(STOP);
            return summary(simulator, run, report, seen, left);
        }
    }

    private List<String> simulatorOptions() {
        int ports = Math.ceilDiv(plan.sources(), NetworkPlan.MAX_SOURCES_PER_PORT);
        var options = new ArrayList<>(List.of(
                plan.protocol(),
                "--sources",
                Integer.toString(plan.sources()),
                "--rate",
                Double.toString(plan.ratePerSecond()),
                "--port",
                "0",
                "--ports",
                Integer.toString(ports),
                "--seed",
                Long.toString(plan.seed())));
        if (!plan.faults().isEmpty()) {
            options.addAll(List.of("--faults", plan.faults()));
        }
        return options;
    }

    private static List<Source> stations(Path file) throws Failure {
        return switch (Composition.inventory().readStations(file)) {
            case Reading.Valid<List<Source>>(var sources) -> sources;
            case Reading.Invalid<List<Source>> invalid ->
                throw Failure.failed("the simulator's station file is wrong: " + invalid.report(), null);
        };
    }

    private MachineRun.Plan machine(List<Source> sources) {
        return new MachineRun.Plan(
                plan.size(),
                Filter.all(),
                List.of(archive),
                SinkConfig.Archive.DEFAULT.openFiles(),
                plan.directory(),
                plan.bind(),
                OptionalDouble.empty(),
                sources,
                plan.directory());
    }

    private Seen watch(SimulatorProcess simulator, MachineRun run, Watch watch) throws InterruptedException {
        long started = clock.nanoTime();
        var planned = plan.duration();
        var latency = new Quantiles(0, 0, 0, 0);
        long latencySince = started;
        while (true) {
            long now = clock.nanoTime();
            var elapsed = Duration.ofNanos(now - started);
            if (now - latencySince >= 1_000_000_000L) {
                latency = archive.recent();
                latencySince = now;
            }
            var snapshot = Snapshot.of(run.view(), now, latency);
            watch.show(header(run, elapsed), snapshot, trend.add(snapshot));
            if (!simulator.isAlive()) {
                trouble.add("the simulator ended by itself: " + simulator.lastWords());
            }
            boolean over = planned != null && elapsed.compareTo(planned) >= 0;
            if (over || signals.isAsked() || !simulator.isAlive()) {
                watch.show(stopping(elapsed), snapshot, trend.add(snapshot));
                return seen(elapsed, snapshot);
            }
            long left = planned == null
                    ? Long.MAX_VALUE
                    : Math.max(1, planned.minus(elapsed).toMillis());
            boolean _ = signals.await(Math.min(watch.periodMillis(), left));
        }
    }

    private static LiveView.Header stopping(Duration elapsed) {
        return new LiveView.Header(
                "stopping: first the stations, then the machine drains",
                elapsed,
                null,
                List.of("Ctrl-C again ends at once, without a summary"));
    }

    private static Seen seen(Duration elapsed, Snapshot snapshot) {
        int waiting = snapshot.totals().sources().getOrDefault(SourceState.WAITING, 0);
        return new Seen(elapsed.toNanos() / 1e9, waiting, snapshot.alarms());
    }

    private LiveView.Header header(MachineRun run, Duration elapsed) {
        var title = Numbers.count(plan.sources()) + " stations × " + Numbers.rate(plan.ratePerSecond()) + " Hz on "
                + plan.size();
        return new LiveView.Header(
                title,
                elapsed,
                plan.duration(),
                List.of(
                        "Ctrl-C ends with a summary     http://" + run.address() + "/api/v1/machine",
                        "archive " + Composition.archiveBelow(plan.directory())));
    }

    private DemoSummary summary(
            SimulatorProcess simulator, MachineRun run, NetworkReport report, Seen seen, List<String> left)
            throws Failure {
        var files = Composition.archiveBelow(plan.directory());
        try {
            return new DemoSummary(
                    plan.protocol(),
                    plan.sources(),
                    plan.ratePerSecond(),
                    plan.size(),
                    seen.seconds(),
                    network(report),
                    ArchiveAudit.of(files, framing(), report),
                    run.view().totals(),
                    seen.waiting(),
                    seen.alarms(),
                    archive.total(),
                    run.view().wakeMillis(),
                    left,
                    List.copyOf(trouble),
                    new DemoSummary.Files(files, simulator.stations(), simulator.reportFile()));
        } catch (IOException e) {
            throw Failure.failed("the archive cannot be counted: " + e.getMessage(), e);
        }
    }

    private Protocol.ArchiveForm.Framing framing() throws Failure {
        return Composition.form(Protocols.found(), plan.protocol())
                .map(Protocol.ArchiveForm::framing)
                .orElseThrow(() -> Failure.usage("unknown protocol " + plan.protocol()));
    }

    private DemoSummary.Network network(NetworkReport report) {
        Map<String, Long> faults = new LinkedHashMap<>();
        report.faults().forEach((kind, count) -> faults.put(kind.text(), count));
        return new DemoSummary.Network(report.sent(), report.cut(), report.withheld(), plan.faults(), faults);
    }
}
