package org.stationmaster.app;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.Text;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.server.inventory.ListenConfig;
import org.stationmaster.server.inventory.MachineConfig;
import org.stationmaster.server.inventory.Reading;
import org.stationmaster.server.inventory.SinkConfig;
import org.stationmaster.sinks.ArchiveSinkFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code run FILE}: a machine from a file, until a signal. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a machine from a configuration file.",
            "SIGTERM or SIGINT drains it, flushes and ends with 0; a second one ends at once."
        })
final class RunCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger("run");
    private static final long WORD_EVERY_MILLIS = TimeUnit.MINUTES.toMillis(1);

    private final StopSignals signals;

    @Parameters(index = "0", paramLabel = "FILE", description = "The machine file.")
    private Path file = Path.of("");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    RunCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        return switch (Composition.inventory().readMachine(file)) {
            case Reading.Valid<MachineConfig>(var config) -> run(config);
            case Reading.Invalid<MachineConfig> invalid -> {
                spec.commandLine().getErr().println(invalid.report());
                yield Failure.WRONG_USAGE;
            }
        };
    }

    private int run(MachineConfig config) throws Failure, InterruptedException {
        signals.listen();
        CheckCommand.strange(config, Here.host(), Here.version())
                .forEach(what -> LOG.warn("{}; till then its capacity may be another", what));
        try (var run = MachineRun.start(plan(config))) {
            LOG.info(
                    "ready: control {}://{}/, data {}",
                    config.control().tls() == null ? "http" : "https",
                    run.address(),
                    config.data());
            while (!signals.await(WORD_EVERY_MILLIS)) {
                sayHowItIs(run);
            }
            var left = run.stop(Duration.ofSeconds(config.stopSeconds()));
            return said(left, config.stopSeconds());
        }
    }

    private MachineRun.Plan plan(MachineConfig config) {
        return new MachineRun.Plan(
                config.size(),
                config.isolation(),
                config.filter(),
                config.sinks().stream().map(sink -> sink(config, sink)).toList(),
                config.sinks().stream().mapToInt(RunCommand::files).sum(),
                config.data(),
                List.of(config.control()),
                Capacity.of(config.profiles()),
                config.connectsPerSecond(),
                config.listens().stream().map(RunCommand::listen).toList(),
                config.sources(),
                watched(config),
                file.toAbsolutePath().normalize().resolveSibling(""),
                config.alarms());
    }

    /** The station file; or the machine file itself, when the sources stand in it. */
    private MachineRun.Plan.Watched watched(MachineConfig config) {
        var inventory = Composition.inventory();
        var stations = config.stationFile();
        if (stations != null) {
            return new MachineRun.Plan.Watched(stations, () -> inventory.readStations(stations));
        }
        return new MachineRun.Plan.Watched(file, () -> switch (inventory.readMachine(file)) {
            case Reading.Valid<MachineConfig>(var now) -> {
                if (!now.equals(config.with(now.sources()))) {
                    LOG.warn("{}: of its changes only those of the sources count before the next start", file);
                }
                yield new Reading.Valid<>(now.sources());
            }
            case Reading.Invalid<MachineConfig>(var errors, var more) -> new Reading.Invalid<>(errors, more);
        });
    }

    private static MachineRun.Plan.SinkPlan sink(MachineConfig config, SinkConfig sink) {
        return switch (sink) {
            case SinkConfig.Archive archive ->
                new MachineRun.Plan.SinkPlan(new ArchiveSinkFactory(), Composition.archive(config.data(), archive));
        };
    }

    private static Listen listen(ListenConfig config) {
        var protocol = Objects.requireNonNull(Composition.protocols().get(config.protocol()));
        return new Listen(
                config.protocol(),
                Objects.requireNonNull(protocol.dialIn()),
                new InetSocketAddress(config.bind().host(), config.bind().port()),
                config.tls(),
                config.byCertificate(),
                config.secondReplaces());
    }

    private static int files(SinkConfig sink) {
        return switch (sink) {
            case SinkConfig.Archive archive -> archive.openFiles();
        };
    }

    private static void sayHowItIs(MachineRun run) {
        var totals = run.view().totals();
        LOG.info(
                "running {} of {}, {}, {}, alarms: {}",
                totals.sources().getOrDefault(SourceState.RUNNING, 0),
                Text.count(
                        totals.sources().values().stream()
                                .mapToInt(Integer::intValue)
                                .sum(),
                        "source"),
                Text.count(totals.records(), "record"),
                Text.count(totals.reconnects(), "reconnect"),
                run.raisedAlarms());
    }

    private static int said(List<String> left, int seconds) {
        if (left.isEmpty()) {
            LOG.info("stopped: everything delivered and flushed");
            return 0;
        }
        left.forEach(what -> LOG.error("not stopped within {} s: {}", seconds, what));
        return Failure.FAILED;
    }
}
