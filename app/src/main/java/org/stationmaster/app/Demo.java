package org.stationmaster.app;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.Reading;
import org.stationmaster.server.inventory.SinkConfig;
import org.stationmaster.stations.Protocols;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.NetworkReport;

/**
 * The main job, whole: a simulated network, the machine, the archive; then the archive's files are counted against what
 * the network says it sent. One thread.
 */
final class Demo {
    private static final Duration STOP = Duration.ofSeconds(20);
    private static final Duration SIMULATOR_STOP = Duration.ofSeconds(15);
    private static final String KILL = "k";
    private static final String STATUS = "stationmaster status --url ";
    /** Where it is expected, else anywhere: several demos may run. */
    private static final List<ControlConfig> CONTROL =
            List.of(ControlConfig.DEFAULT, ControlConfig.on(new Bind(Bind.DEFAULT.host(), 0)));
    /** Between two looks for sources of a killed worker. */
    private static final long LOOK_MILLIS = 2;
    /** Between two looks whether the next worker may be killed. */
    private static final long DUE_LOOK_MILLIS = 50;

    private final Plan plan;
    private final StopSignals signals;
    private final Clock clock = Clock.SYSTEM;
    private final LatencyLogs latencies;
    private final WorkerKills kills = new WorkerKills(clock);
    private final Trend trend = new Trend();
    private final List<String> trouble = new ArrayList<>();

    /**
     * What to show.
     *
     * @param seconds of sending; null: until a signal
     * @param killEverySeconds kill a worker process so often; null: never
     * @param directory absolute, there and empty
     */
    record Plan(
            String protocol,
            int sources,
            double ratePerSecond,
            MachineSize size,
            Isolation isolation,
            @Nullable Double seconds,
            @Nullable Double killEverySeconds,
            String faults,
            long seed,
            Path directory) {
        @Nullable
        Duration duration() {
            return duration(seconds);
        }

        @Nullable
        Duration killEvery() {
            return duration(killEverySeconds);
        }

        private static @Nullable Duration duration(@Nullable Double seconds) {
            return seconds == null ? null : Duration.ofNanos((long) (seconds * 1e9));
        }
    }

    /** The machine as it was while it worked: after a stop it has no waiting sources and no alarms. */
    private record Seen(double seconds, int waiting, List<Alarm> alarms) {}

    Demo(Plan plan, StopSignals signals) {
        this.plan = plan;
        this.signals = signals;
        latencies = new LatencyLogs(plan.directory());
    }

    /**
     * Runs until the time is over or a signal comes; the simulator stops first, then the machine drains.
     *
     * @param keys what was hit on the keyboard since the last call
     */
    DemoSummary run(Watch watch, Supplier<String> keys) throws Failure, InterruptedException {
        watch.say("starting " + Numbers.count(plan.sources(), "simulated station") + " and " + plan.size()
                + (plan.isolation() == Isolation.PROCESSES ? " in processes" : "") + " …");
        try (var simulator = SimulatorProcess.start(plan.directory(), simulatorOptions());
                var run = MachineRun.start(machine(stations(simulator.stations())))) {
            watch.say("the page: " + url(run) + "/"
                    + (run.address().port() == Bind.DEFAULT.port()
                            ? ""
                            : " (port " + Bind.DEFAULT.port() + " is taken)"));
            watch.say("in another terminal: " + STATUS + url(run));
            var _ = keys.get(); // hit before there was anything to kill
            var seen = watch(simulator, run, watch, keys);
            Composition.logErrorsOnly();
            var report = simulator.stop(SIMULATOR_STOP);
            var left = run.stop(STOP);
            return summary(simulator, run, report, seen, left);
        }
    }

    private List<String> simulatorOptions() {
        var options = new ArrayList<>(List.of(
                plan.protocol(),
                "--sources",
                Integer.toString(plan.sources()),
                "--rate",
                Double.toString(plan.ratePerSecond()),
                "--port",
                "0",
                "--ports",
                Integer.toString(NetworkPlan.ports(plan.sources())),
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
                plan.isolation(),
                Filter.all(),
                List.of(new MachineRun.Plan.SinkPlan(
                        new MeasuredArchive(),
                        MeasuredArchive.settings(
                                Composition.archive(plan.directory(), SinkConfig.Archive.DEFAULT), plan.directory()))),
                SinkConfig.Archive.DEFAULT.openFiles(),
                plan.directory(),
                CONTROL,
                Capacity.UNKNOWN,
                OptionalDouble.empty(),
                List.of(),
                sources,
                null,
                plan.directory(),
                List.of());
    }

    private Seen watch(SimulatorProcess simulator, MachineRun run, Watch watch, Supplier<String> keys)
            throws Failure, InterruptedException {
        long started = clock.nanoTime();
        var planned = plan.duration();
        var killEvery = plan.killEvery();
        long killDueNanos = killEvery == null ? Long.MAX_VALUE : killEvery.toNanos();
        var latency = new Quantiles(0, 0, 0, 0);
        long latencySince = started;
        long periodNanos = TimeUnit.MILLISECONDS.toNanos(watch.periodMillis());
        long shownNanos = started - periodNanos;
        while (true) {
            long now = clock.nanoTime();
            var elapsed = Duration.ofNanos(now - started);
            if (!simulator.isAlive()) {
                trouble.add("the simulator ended by itself: " + simulator.lastWords());
            }
            boolean over = planned != null && elapsed.compareTo(planned) >= 0;
            boolean end = over || signals.isAsked() || !simulator.isAlive();
            kills.look(run.view());
            boolean asked = keys.get().contains(KILL);
            boolean due = elapsed.toNanos() >= killDueNanos && kills.isOver(run.view());
            if (!end && (asked || due) && kills.kill(run.view(), elapsed) && killEvery != null) {
                killDueNanos = elapsed.plus(killEvery).toNanos();
            }
            if (end || now - shownNanos >= periodNanos) {
                shownNanos = now;
                if (now - latencySince >= 1_000_000_000L) {
                    latency = recentLatency();
                    latencySince = now;
                }
                var snapshot = Snapshot.of(run.view(), now, latency);
                var rates = trend.add(snapshot);
                watch.show(end ? stopping(elapsed) : header(run, elapsed), snapshot, rates);
                if (end) {
                    trouble.addAll(kills.failed(elapsed));
                    return seen(elapsed, snapshot);
                }
            }
            boolean _ = signals.await(restMillis(watch.periodMillis(), elapsed, killDueNanos));
        }
    }

    /** Until the next look. */
    private long restMillis(long periodMillis, Duration elapsed, long killDueNanos) {
        var planned = plan.duration();
        long untilEnd =
                planned == null ? Long.MAX_VALUE : planned.minus(elapsed).toMillis();
        long dueInNanos = killDueNanos - elapsed.toNanos(); // not above 0: it waits for the one before
        long untilKill = dueInNanos > 0 ? TimeUnit.NANOSECONDS.toMillis(dueInNanos) : DUE_LOOK_MILLIS;
        long period = kills.isRecovering() ? LOOK_MILLIS : periodMillis;
        return Math.max(1, Math.min(period, Math.min(untilKill, untilEnd)));
    }

    private Quantiles recentLatency() throws Failure {
        try {
            return latencies.recent();
        } catch (IOException e) {
            throw Failure.failed("the latencies cannot be read: " + e, e);
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
        var title = Numbers.count(plan.sources(), "station") + " × " + Numbers.rate(plan.ratePerSecond()) + " Hz on "
                + plan.size() + (plan.isolation() == Isolation.PROCESSES ? " in processes" : "");
        return new LiveView.Header(title, elapsed, plan.duration(), notes(run));
    }

    private List<String> notes(MachineRun run) {
        var notes = new ArrayList<String>();
        kills.last().ifPresent(notes::add);
        notes.add("Ctrl-C ends with a summary     "
                + (plan.isolation() == Isolation.PROCESSES ? KILL + " kills a worker     " : "") + url(run) + "/");
        notes.add("in another terminal: " + STATUS + url(run));
        notes.add("archive " + Composition.archiveBelow(plan.directory()));
        return notes;
    }

    private static String url(MachineRun run) {
        return "http://" + run.address();
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
                    plan.isolation(),
                    seen.seconds(),
                    network(report),
                    ArchiveAudit.of(files, framing(), report, id -> kills.of(id, plan.ratePerSecond())),
                    run.view().totals(),
                    seen.waiting(),
                    seen.alarms(),
                    latencies.total(),
                    run.view().wakeMillis(),
                    new DemoSummary.Kills(kills.kills(), kills.recoveryMillis()),
                    left,
                    List.copyOf(trouble),
                    new DemoSummary.Files(files, simulator.stations(), simulator.reportFile()));
        } catch (IOException e) {
            throw Failure.failed("the archive or the latencies cannot be counted: " + e.getMessage(), e);
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
        return new DemoSummary.Network(report.sent() + report.cut(), report.withheld(), plan.faults(), faults);
    }
}
