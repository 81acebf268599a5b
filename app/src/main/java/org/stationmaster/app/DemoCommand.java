package org.stationmaster.app;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.testkit.FaultPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code demo}: the main job, whole, with a summary. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Runs a simulated network of stations, the machine and its archive; then counts the archive's files.",
            "Exit code 0: every station had a slot, nothing lost, nothing twice, stopped in order."
        })
final class DemoCommand implements Callable<Integer> {
    static final String FAULTS = "reset=0.003/s,silence=0.002/s:8,half-open=0.001/s,slow=0.002/s:5,"
            + "cut=0.002/s,garbage=0.001/s,refuse=0.001/s:5,flood=0.001/s:1";

    private static final int DEFAULT_SLOTS = 128;
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH-mm-ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final StopSignals signals;

    @Option(names = "--sources", paramLabel = "N", description = "How many stations; default ${DEFAULT-VALUE}.")
    private int sources = 200;

    @Option(names = "--rate", paramLabel = "F", description = "Records per second of each; default ${DEFAULT-VALUE}.")
    private double rate = 1;

    @Option(names = "--workers", paramLabel = "N", description = "Workers of the machine; default ${DEFAULT-VALUE}.")
    private int workers = 2;

    @Option(
            names = "--slots",
            paramLabel = "M",
            description = "Slots of each worker; default " + DEFAULT_SLOTS
                    + ", more when the stations need them; processes have room for a worker that is lost.")
    private @Nullable Integer slots;

    @Option(
            names = "--isolation",
            paramLabel = "WHERE",
            description = "threads, or processes: each worker in a JVM of its own.")
    private Isolation isolation = Isolation.THREADS;

    @Option(names = "--seconds", paramLabel = "S", description = "How long to send; default: until Ctrl-C.")
    private @Nullable Double seconds;

    @Option(
            names = "--kill-every",
            paramLabel = "S",
            description =
                    "Kill a worker process every S seconds, or when the one before is back; needs --isolation processes.")
    private @Nullable Double killEvery;

    @Option(
            names = "--faults",
            paramLabel = "SPEC",
            arity = "0..1",
            fallbackValue = FAULTS,
            description = "Let things go wrong; a mix of everything, or SPEC as in 'simulate --help'.")
    private String faults = "";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where to archive: a new or empty directory; default: a fresh one below ./demo-data.")
    private @Nullable Path data;

    @Option(names = "--json", description = "Print the summary as one JSON document.")
    private boolean json;

    @Option(
            names = "--protocol",
            paramLabel = "NAME",
            description = "tcp-frames or tcp-lines; default ${DEFAULT-VALUE}.")
    private String protocol = "tcp-frames";

    @Option(names = "--seed", paramLabel = "S", description = "Of phases and faults; default ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    DemoCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        check();
        var plan = new Demo.Plan(
                protocol, sources, rate, size(), isolation, seconds, killEvery, faults, seed, directory());
        signals.listen();
        var summary = run(plan);
        var out = spec.commandLine().getOut();
        if (json) {
            Json.print(out, summary.json());
        } else {
            summary.lines().forEach(out::println);
        }
        return summary.isWhole() ? 0 : Failure.FAILED;
    }

    private void check() throws Failure {
        require(
                killEvery == null || isolation == Isolation.PROCESSES,
                "--kill-every needs --isolation processes: a worker that is a thread cannot be killed");
        require(
                killEvery == null || (killEvery > 0 && killEvery <= 1e7),
                "--kill-every " + killEvery + " is out of range: above 0, at most 10000000");
        require(sources >= 1 && sources <= 1_000_000, "--sources " + sources + " is out of range 1 to 1000000");
        require(rate > 0 && rate <= 100_000, "--rate " + rate + " is out of range: above 0, at most 100000");
        require(
                seconds == null || (seconds > 0 && seconds <= 1e7),
                "--seconds " + seconds + " is out of range: above 0, at most 10000000");
        require(
                protocol.equals("tcp-frames") || protocol.equals("tcp-lines"),
                "--protocol " + protocol + " is none of tcp-frames, tcp-lines");
        try {
            FaultPlan.parse(faults);
        } catch (IllegalArgumentException e) {
            throw Failure.usage("--faults: " + e.getMessage());
        }
    }

    private static void require(boolean holds, String message) throws Failure {
        if (!holds) {
            throw Failure.usage(message);
        }
    }

    private MachineSize size() throws Failure {
        require(workers >= 1, "--workers " + workers + " is out of range: at least 1");
        // a worker that is lost leaves its stations to the others
        int holders = isolation == Isolation.PROCESSES ? Math.max(1, workers - 1) : workers;
        int needed = Math.max(DEFAULT_SLOTS, Math.ceilDiv(sources, holders));
        try {
            return new MachineSize(workers, slots == null ? needed : slots);
        } catch (IllegalArgumentException e) {
            throw Failure.usage("--" + e.getMessage());
        }
    }

    /** A directory of this demo's own: what it counts must be its own records alone. */
    private Path directory() throws Failure {
        try {
            return data == null
                    ? fresh(Path.of("demo-data").toAbsolutePath())
                    : empty(data.toAbsolutePath().normalize());
        } catch (IOException e) {
            throw Failure.failed("the data directory cannot be made: " + e, e);
        }
    }

    private static Path fresh(Path parent) throws IOException {
        Files.createDirectories(parent);
        var name = NAME.format(Instant.now());
        for (int i = 1; ; i++) {
            try {
                return Files.createDirectory(parent.resolve(i == 1 ? name : name + "-" + i));
            } catch (FileAlreadyExistsException e) {
                if (i == 1_000) {
                    throw e;
                }
            }
        }
    }

    private static Path empty(Path directory) throws IOException, Failure {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw Failure.usage("--data " + directory + " is no directory");
        }
        Files.createDirectories(directory);
        try (var entries = Files.list(directory)) {
            if (entries.findAny().isPresent()) {
                throw Failure.usage("--data " + directory
                        + " is not empty: a demo counts what it archived, so it needs a directory of its own");
            }
        }
        return directory;
    }

    private DemoSummary run(Demo.Plan plan) throws Failure, InterruptedException {
        var size = new TerminalSize().of(Watch.Terminal.STDOUT);
        if (json || size.isEmpty() || Look.isDumb(System.getenv())) {
            return new Demo(plan, signals)
                    .run(new Watch.Lines(spec.commandLine().getErr()), () -> "");
        }
        var stderr = System.err;
        var log = plan.directory().resolve("demo.log");
        try (var file = new PrintStream(new FileOutputStream(log.toFile()), true, StandardCharsets.UTF_8)) {
            System.setErr(file); // log lines would tear the picture
            return onScreen(plan, Watch.look(size.get(), System.getenv(), System.out.charset()));
        } catch (IOException e) {
            throw Failure.failed(log + " cannot be written: " + e.getMessage(), e);
        } finally {
            System.setErr(stderr);
        }
    }

    private DemoSummary onScreen(Demo.Plan plan, Look look) throws Failure, InterruptedException {
        var keys = isolation == Isolation.PROCESSES ? Keys.open() : Optional.<Keys>empty();
        var screen = new Screen(System.out);
        Runnable leave = () -> {
            screen.close();
            keys.ifPresent(Keys::close);
        };
        try (var watch = new Watch.Terminal(screen, new TerminalSize(), look)) {
            signals.beforeEnd(leave);
            return new Demo(plan, signals).run(watch, () -> keys.map(Keys::hit).orElse(""));
        } finally {
            leave.run();
        }
    }
}
