package org.stationmaster.app;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.SinkConfig;
import org.stationmaster.sinks.ArchiveSinkFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code rehearse}: an ordinary day in little. The launcher and the package run it once, when they are built, in JVMs that write
 * down what they have learnt; a machine, a worker and a command start from there.
 */
@Command(
        name = "rehearse",
        hidden = true,
        description =
                "Runs a small machine of each isolation, with requests and commands; for whoever builds the launcher.")
final class RehearseCommand implements Callable<Integer> {
    private static final int STATIONS = 200;
    private static final int RATE = 10;
    private static final MachineSize THREADS = new MachineSize(2, 1_000);
    private static final MachineSize PROCESSES = new MachineSize(1, STATIONS);
    /** Each gives all stations, asks for them, and takes them away. */
    private static final int TURNS = 6;

    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final Duration STOP = Duration.ofSeconds(20);
    private static final String SOURCES = "api/v1/sources/";
    private static final List<String> PATHS = List.of(
            "",
            "readyz",
            "metrics",
            "api/v1/machine",
            "api/v1/slots",
            "api/v1/alarms",
            "api/v1/groups",
            "api/v1/sources?limit=1000");

    private final StopSignals signals;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DIR",
            description = "An empty directory; it may go afterwards.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path data;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    RehearseCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        signals.listen();
        try (var stations = SimulatorProcess.start(
                directory("stations"),
                List.of(
                        "tcp-frames",
                        "--sources",
                        Integer.toString(STATIONS),
                        "--rate",
                        Integer.toString(RATE),
                        "--port",
                        "0"))) {
            rehearse(Isolation.THREADS, THREADS, TURNS, stations.stations());
            rehearse(Isolation.PROCESSES, PROCESSES, TURNS, stations.stations());
            return 0;
        } catch (IOException e) {
            throw Failure.failed("the rehearsal failed: " + e.getMessage(), e);
        }
    }

    private Path directory(String name) throws IOException {
        return Files.createDirectories(data.toAbsolutePath().resolve(name));
    }

    private void rehearse(Isolation isolation, MachineSize size, int turns, Path stations)
            throws Failure, InterruptedException, IOException {
        var directory = directory(isolation.name().toLowerCase(Locale.ROOT));
        try (var run = MachineRun.start(plan(isolation, size, directory));
                var http = HttpClient.newHttpClient()) {
            var machine = "http://" + run.address() + "/";
            for (int turn = 0; turn < turns; turn++) {
                if (signals.isAsked()) {
                    throw Failure.failed("the rehearsal was interrupted", null);
                }
                command("sources", "add", "--file", stations.toString(), "--url", machine);
                command("sources", "list", "--url", machine);
                command("check", stations.toString());
                for (var path : PATHS) {
                    ask(http, "GET", machine + path);
                }
                for (int i = 0; i < STATIONS; i++) {
                    ask(http, "GET", machine + SOURCES + id(i));
                }
                for (int i = 0; i < STATIONS; i++) {
                    ask(http, "DELETE", machine + SOURCES + id(i));
                }
            }
            command("status", "--url", machine);
            var left = run.stop(STOP);
            if (!left.isEmpty()) {
                throw Failure.failed("the rehearsal was not stopped in order: " + left, null);
            }
        }
    }

    private static String id(int index) {
        return String.format(Locale.ROOT, "SIM%05d", index);
    }

    private static MachineRun.Plan plan(Isolation isolation, MachineSize size, Path directory) {
        return new MachineRun.Plan(
                size,
                isolation,
                Filter.all(),
                List.of(new MachineRun.Plan.SinkPlan(
                        new ArchiveSinkFactory(), Composition.archive(directory, SinkConfig.Archive.DEFAULT))),
                SinkConfig.Archive.DEFAULT.openFiles(),
                directory,
                List.of(ControlConfig.on(new Bind(Bind.DEFAULT.host(), 0))),
                Capacity.UNKNOWN,
                OptionalDouble.empty(),
                List.of(),
                List.of(),
                null,
                directory,
                List.of());
    }

    /** As a user would, for nobody to read. */
    private void command(String... words) throws Failure {
        var nobody = new PrintWriter(Writer.nullWriter());
        var err = spec.commandLine().getErr();
        int code = Cli.commandLine(signals, nobody, err).execute(words);
        if (code != 0) {
            throw Failure.failed("'" + String.join(" ", words) + "' ended with " + code, null);
        }
    }

    private static void ask(HttpClient http, String method, String address)
            throws IOException, InterruptedException, Failure {
        var request =
                HttpRequest.newBuilder(URI.create(address)).timeout(ANSWER).method(method, BodyPublishers.noBody());
        var answer = http.send(request.build(), BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw Failure.failed(address + " answered " + answer.statusCode(), null);
        }
    }
}
