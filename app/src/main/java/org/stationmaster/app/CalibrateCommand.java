package org.stationmaster.app;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.sizing.Profile;
import org.stationmaster.core.sizing.SizePlan;
import org.stationmaster.server.inventory.ProfileFile;
import org.stationmaster.server.inventory.Reading;
import org.stationmaster.server.inventory.SinkConfig;
import org.stationmaster.testkit.NetworkPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code calibrate}: the sources that one worker carries at each rate, measured here. */
@Command(
        name = "calibrate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures how many sources one worker carries on this machine, at each rate, against simulated stations.",
            "Run it when nothing else runs; it says when it was too noisy."
        },
        footer = {"", "Then: stationmaster plan --sources 1200@1Hz --write machine.yaml"})
final class CalibrateCommand implements Callable<Integer> {
    private static final Pattern MILLIS = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]+)?)(?:ms)?");
    private static final int MAX_RATES = 16;
    private static final double LEAST_SECONDS_A_RATE = 8;

    /** For the simulator's own files, and the machine's beside its slots. */
    private static final int DESCRIPTORS_BESIDE = 200;

    private static final int MOST_SOURCES = 20_000;
    private static final long DISK_BYTES = 3_000_000_000L;
    private static final int BAR = 30;

    private final StopSignals signals;

    @Option(names = "--protocol", paramLabel = "NAME", description = "What to simulate; default ${DEFAULT-VALUE}.")
    private String protocol = "tcp-frames";

    @Option(
            names = "--rate",
            paramLabel = "F",
            split = ",",
            description = "Records per second of each source, some of them with commas between; default 0.1,1,10,50.")
    private List<String> rates = new ArrayList<>();

    @Option(names = "--size", paramLabel = "BYTES", description = "Of a record's payload; default ${DEFAULT-VALUE}.")
    private int size = 200;

    @Option(names = "--sink", paramLabel = "SINK", description = "archive or none; default ${DEFAULT-VALUE}.")
    private String sink = "archive";

    @Option(
            names = "--target-cpu",
            paramLabel = "SHARE",
            converter = Share.class,
            description = "Of one processor that a worker may take; default ${DEFAULT-VALUE}.")
    private double targetCpu = 0.7;

    @Option(
            names = "--target-latency-p99",
            paramLabel = "MS",
            description = "Sent to written, of 99 records in 100; default ${DEFAULT-VALUE}.")
    private String targetLatency = "250ms";

    @Option(
            names = "--isolation",
            paramLabel = "WHERE",
            description = "The worker: processes (a JVM of its own, the default), or threads.")
    private Isolation isolation = Isolation.PROCESSES;

    @Option(names = "--seconds", paramLabel = "S", description = "For all rates; default ${DEFAULT-VALUE}.")
    private double seconds = 68;

    @Option(
            names = "--sources-max",
            paramLabel = "N",
            description = "Simulate no more than so many; default: as the descriptors allow, at most 20000.")
    private @Nullable Integer sourcesMax;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where to archive meanwhile; a directory below it is made and removed; default: here.")
    private Path data = Path.of("");

    @Option(names = "--json", description = "Print the profile as one JSON document.")
    private boolean json;

    @Option(
            names = "--save",
            paramLabel = "FILE",
            description =
                    "Write the profile there; it replaces an older one. Default: profile.json, if that holds no other"
                            + " protocol's; with --json, too.")
    private @Nullable Path save;

    @Option(names = "--plot", paramLabel = "FILE", description = "Draw the sources of a worker over the rate, as SVG.")
    private @Nullable Path plot;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    CalibrateCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Option(
            names = "--verify",
            paramLabel = "PROFILE",
            description = {
                "Measure no new profile, but run what a plan by this one gives a worker at each rate, which must hold,"
                        + " and 1.3 times as many, which must not. Exit code 1: it is not so."
            })
    private @Nullable Path verified;

    @Override
    public Integer call() throws Failure, InterruptedException {
        if (verified != null) {
            return verify(Profiles.read("--verify", verified));
        }
        var wanted = rates();
        check(wanted);
        int most = most();
        var file = save == null ? ownFile(protocol, Path.of(Profiles.DEFAULT_FILE)) : save;
        requireWritable(file, "--save");
        if (plot != null) {
            requireWritable(plot, "--plot");
        }
        signals.listen();
        var directory = directory();
        try {
            var progress = progress();
            var calibration = new Calibration(
                    new Calibration.Plan(
                            protocol,
                            wanted,
                            size,
                            sink.equals("archive"),
                            new Profile.Target(targetCpu, millis()),
                            isolation,
                            most,
                            seconds,
                            directory),
                    signals,
                    progress);
            var profile = calibration.run();
            progress.end();
            tell(calibration, profile, file);
            return 0;
        } finally {
            remove(directory);
        }
    }

    /** Nothing is lost to a file that nobody has named. */
    static Path ownFile(String protocol, Path file) throws Failure {
        if (!Files.exists(file)) {
            return file;
        }
        var held = switch (ProfileFile.read(file)) {
            case Reading.Valid<Profile>(var profile) -> "the profile of " + profile.protocol();
            case Reading.Invalid<Profile> _ -> "no profile";
        };
        if (!held.equals("the profile of " + protocol)) {
            throw Failure.usage(file + " is there and holds " + held + ": say with --save where to write this one");
        }
        return file;
    }

    /** Found out before minutes of measuring. Leaves what is there, and nothing where nothing was. */
    static void requireWritable(Path file, String option) throws Failure {
        boolean isThere = Files.exists(file);
        try {
            Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                    .close();
            if (!isThere) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw Failure.usage(file + " cannot be written: " + e + ": say with " + option + " where it can");
        }
    }

    /** What is measured is the profile's; of the options, {@code --rate}, {@code --sources-max} and {@code --data} count. */
    private int verify(Profile profile) throws Failure, InterruptedException {
        protocol = profile.protocol();
        sink = profile.sink();
        size = profile.sizeBytes();
        var wanted = rates.isEmpty()
                ? profile.points().stream()
                        .map(Profile.Point::ratePerSecond)
                        .sorted(Comparator.reverseOrder())
                        .toList()
                : rates();
        check(wanted);
        int most = most();
        signals.listen();
        var directory = directory();
        try {
            var progress = progress();
            var plan = new Calibration.Plan(
                    protocol,
                    wanted,
                    size,
                    sink.equals("archive"),
                    profile.target(),
                    profile.isolation(),
                    most,
                    seconds,
                    directory);
            var checks = new Calibration(plan, signals, progress).verify(profile);
            progress.end();
            checks.forEach(check -> tell(check, profile.target()));
            return checks.stream().allMatch(check -> check.holds(profile.target())) ? 0 : Failure.FAILED;
        } finally {
            remove(directory);
        }
    }

    private void tell(CapCheck check, Profile.Target target) {
        var out = spec.commandLine().getOut();
        var rate = Rates.text(check.rate()) + " Hz: ";
        out.println(rate
                + Calibration.words(check.at())
                + (CapCheck.isCarried(check.at(), target) ? ": holds" : ": TOO MANY"));
        out.println(
                check.beyond().isEmpty()
                        ? rate + "1.3 times as many cannot be simulated here: raise 'ulimit -n'"
                        : rate
                                + Calibration.words(check.beyond())
                                + (CapCheck.isCarried(check.beyond(), target)
                                        ? ": HOLDS TOO, the profile is too careful"
                                        : ": too many, as it should be"));
    }

    private void tell(Calibration calibration, Profile profile, Path file) throws Failure {
        var document = ProfileFile.document(profile);
        var out = spec.commandLine().getOut();
        if (json) {
            Json.print(out, calibration.document(document));
        } else {
            ProfileTable.lines(profile).forEach(out::println);
        }
        write(file, Json.text(document) + "\n");
        if (plot != null) {
            write(plot, CapPlot.svg(saved(document)));
        }
    }

    /** As a reader of the file has it: rounded. */
    private static Profile saved(Map<String, Object> document) {
        return switch (ProfileFile.read("profile", Json.text(document).getBytes(StandardCharsets.UTF_8))) {
            case Reading.Valid<Profile>(var profile) -> profile;
            case Reading.Invalid<Profile> invalid -> throw new IllegalStateException(invalid.report());
        };
    }

    private void write(Path file, String text) throws Failure {
        try {
            Files.writeString(file, text);
            spec.commandLine().getErr().println("wrote " + file);
        } catch (IOException e) {
            throw Failure.failed(file + " cannot be written: " + e, e);
        }
    }

    /** The highest first. */
    private List<Double> rates() throws Failure {
        var found = new ArrayList<Double>();
        for (var text : rates.isEmpty() ? List.of("0.1", "1", "10", "50") : rates) {
            double rate = Rates.rate("--rate", text.strip());
            if (found.contains(rate)) {
                throw Failure.usage("--rate " + Rates.text(rate) + " stands twice");
            }
            found.add(rate);
        }
        require(found.size() <= MAX_RATES, "--rate: " + found.size() + " rates are more than " + MAX_RATES);
        found.sort(Comparator.reverseOrder());
        return found;
    }

    private void check(List<Double> wanted) throws Failure {
        require(sink.equals("archive") || sink.equals("none"), "--sink " + sink + " is neither archive nor none");
        require(targetCpu > 0 && targetCpu <= 1, "--target-cpu " + targetCpu + " is out of range: above 0, at most 1");
        double millis = millis();
        require(millis > 0, "--target-latency-p99 " + targetLatency + " is out of range: above 0");
        require(
                seconds >= LEAST_SECONDS_A_RATE * wanted.size() && seconds <= 86_400,
                "--seconds " + seconds + " is out of range: at least " + (int) LEAST_SECONDS_A_RATE
                        + " a rate, at most a day");
        try {
            for (double rate : wanted) {
                NetworkPlan.builder(protocol).rate(rate).sizeBytes(size).build();
            }
        } catch (IllegalArgumentException e) {
            throw Failure.usage("no such stations can be simulated: " + e.getMessage());
        }
    }

    private double millis() throws Failure {
        var matcher = MILLIS.matcher(targetLatency);
        require(matcher.matches(), "--target-latency-p99 '" + targetLatency + "' is no time such as 250ms");
        return Double.parseDouble(matcher.group(1));
    }

    private static void require(boolean holds, String message) throws Failure {
        if (!holds) {
            throw Failure.usage(message);
        }
    }

    private int most() throws Failure {
        int files = sink.equals("archive") ? SinkConfig.Archive.DEFAULT.openFiles() : 0;
        long beside = DESCRIPTORS_BESIDE + SizePlan.descriptors(new MachineSize(1, 1), files);
        long limit = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? system.getMaxFileDescriptorCount()
                : Integer.MAX_VALUE;
        int allowed = (int) Math.min(MOST_SOURCES, limit - beside);
        if (sourcesMax == null) {
            require(allowed >= 1, "this process may open " + limit + " files, too few: raise 'ulimit -n'");
            return allowed;
        }
        require(
                sourcesMax >= 1 && sourcesMax <= allowed,
                "--sources-max " + sourcesMax + " is out of range 1 to " + allowed
                        + (allowed < MOST_SOURCES ? " (this process may open " + limit + " files)" : ""));
        return sourcesMax;
    }

    private Path directory() throws Failure {
        try {
            var parent = data.toAbsolutePath().normalize();
            Files.createDirectories(parent);
            if (sink.equals("archive") && Files.getFileStore(parent).getUsableSpace() < DISK_BYTES) {
                throw Failure.failed(
                        parent + " has less than " + Numbers.bytes((double) DISK_BYTES)
                                + " left, which measuring the archive may take: choose --data DIR or --sink none",
                        null);
            }
            return Files.createTempDirectory(parent, "calibration-");
        } catch (IOException e) {
            throw Failure.failed("no directory can be made below " + data + ": " + e, e);
        }
    }

    private static void remove(Path directory) {
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            org.slf4j.LoggerFactory.getLogger("calibrate").warn("{} is left behind: {}", directory, e.toString());
        }
    }

    private Bar progress() {
        boolean terminal = new TerminalSize().of(2).isPresent() && !Look.isDumb(System.getenv());
        return new Bar(spec.commandLine().getErr(), terminal);
    }

    /** On a terminal one line that is written over, else a line for each look. */
    private record Bar(PrintWriter err, boolean terminal) implements Calibration.Progress {
        private static final String OVER = "\r\u001b[K";

        @Override
        public void at(double done, String what) {
            int full = (int) Math.round(BAR * Math.clamp(done, 0, 1));
            var text = String.format(Locale.ROOT, "[%s%s] %s", "#".repeat(full), " ".repeat(BAR - full), what);
            if (terminal) {
                err.print(OVER + text);
            } else {
                err.println(text);
            }
            err.flush();
        }

        private void end() {
            if (terminal) {
                err.print(OVER);
                err.flush();
            }
        }
    }
}
