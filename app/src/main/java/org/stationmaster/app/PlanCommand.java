package org.stationmaster.app;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.sizing.Demand;
import org.stationmaster.core.sizing.Profile;
import org.stationmaster.core.sizing.SizePlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code plan}: n × m for so many sources at such rates. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Sizes a machine: workers and slots for so many sources, with room for a worker that is lost.",
            "Exit code 1: it cannot be met; the smallest change that would do is told."
        },
        footer = {"", "For instance: stationmaster plan --sources 1200@1Hz --sources 300@100Hz --write machine.yaml"})
final class PlanCommand implements Callable<Integer> {
    private final Profile.Host here;
    private final String version;
    private final Path directory;

    @Option(
            names = "--sources",
            paramLabel = "N@F",
            required = true,
            description = "So many sources at so many Hz: 1200@1Hz, or 300@100Hz/PROTOCOL; may be given again.")
    private List<String> sources = new ArrayList<>();

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description = "What 'calibrate' wrote, one a protocol; default: profile.json here, else the shipped one.")
    private List<Path> profiles = new ArrayList<>();

    @Option(
            names = "--spare",
            paramLabel = "K",
            description = "Workers whose loss the others must bear; default 1 with processes, 0 with threads.")
    private @Nullable Integer spare;

    @Option(
            names = "--growth",
            paramLabel = "SHARE",
            converter = Share.class,
            description = "Room for more sources: 0.2 or 20%% is a fifth more; default none.")
    private double growth;

    @Option(names = "--workers-max", paramLabel = "N", description = "Refuse a plan of more workers than this.")
    private @Nullable Integer workersMax;

    @Option(names = "--isolation", paramLabel = "WHERE", description = "threads or processes; default: the profile's.")
    private @Nullable Isolation isolation;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Option(names = "--write", paramLabel = "FILE", description = "Write a machine file of this size; a new one.")
    private @Nullable Path write;

    @Option(
            names = "--strict",
            description = "Refuse a profile that is not of this machine, JDK, version and protocol.")
    private boolean strict;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** @param directory where a profile is looked for that no option names */
    PlanCommand(Profile.Host here, String version, Path directory) {
        this.here = here;
        this.version = version;
        this.directory = directory;
    }

    @Override
    public Integer call() throws Failure {
        if (profiles.isEmpty()) {
            profiles = found();
        }
        var found = Profiles.of(profiles, here, version);
        var demands = new ArrayList<Demand>();
        for (var text : sources) {
            demands.add(Rates.demand(text, found));
        }
        var request = request(demands);
        if (strict && !found.strange().isEmpty()) {
            throw Failure.failed("--strict: " + String.join("; ", found.strange()), null);
        }
        var warnings = new ArrayList<>(found.strange());
        warnings.addAll(found.notes());
        var measured = demands.getFirst().profile().isolation();
        if (request.isolation() != measured) {
            warnings.add("the profile was measured with " + word(measured) + ", and this plan is of "
                    + word(request.isolation()));
        }
        if (sinks(demands).size() > 1) {
            warnings.add("the profiles were measured with different sinks, and a machine has the same for all");
        }
        var told = new PlanReport(request, SizePlan.of(request), warnings);
        var out = spec.commandLine().getOut();
        if (json) {
            Json.print(out, told.json());
        } else {
            told.lines().forEach(out::println);
        }
        if (!(told.answer() instanceof SizePlan.Answer.Met(var plan))) {
            return Failure.FAILED;
        }
        if (write != null) {
            write(write, plan, sinks(demands));
            spec.commandLine().getErr().println("wrote " + write);
        }
        return 0;
    }

    /** What a calibration has left here. */
    private List<Path> found() {
        var file = directory.resolve(Profiles.DEFAULT_FILE);
        if (!Files.exists(file)) {
            return List.of();
        }
        spec.commandLine().getErr().println("using " + file);
        return List.of(file);
    }

    private static Set<String> sinks(List<Demand> demands) {
        return demands.stream().map(demand -> demand.profile().sink()).collect(Collectors.toSet());
    }

    private static String word(Isolation isolation) {
        return isolation.name().toLowerCase(java.util.Locale.ROOT);
    }

    private SizePlan.Request request(List<Demand> demands) throws Failure {
        var where = isolation == null ? demands.getFirst().profile().isolation() : isolation;
        int spared = spare != null ? spare : where == Isolation.PROCESSES ? 1 : 0;
        require(spared >= 0 && spared < MachineSize.MAX_WORKERS, "--spare " + spared + " is out of range 0 to 1023");
        require(
                spared == 0 || where == Isolation.PROCESSES,
                "--spare " + spared + " needs --isolation processes: a worker that is a thread is not lost alone");
        require(
                growth >= 0 && growth <= 10,
                "--growth " + growth + " is out of range 0 to 10 (0.2 or 20% is a fifth more)");
        require(workersMax == null || workersMax >= 1, "--workers-max " + workersMax + " is out of range: at least 1");
        // a profile that was named or found stands for the machine that is planned
        int processors = profiles.isEmpty()
                ? here.processors()
                : demands.getFirst().profile().host().processors();
        return new SizePlan.Request(
                demands,
                spared,
                growth,
                workersMax == null ? OptionalInt.empty() : OptionalInt.of(workersMax),
                processors,
                where);
    }

    private static void require(boolean holds, String message) throws Failure {
        if (!holds) {
            throw Failure.usage(message);
        }
    }

    /** The machine admits no more than these say. */
    private String profiles(Path machine) {
        if (profiles.isEmpty()) {
            return "";
        }
        var beside = machine.toAbsolutePath().normalize().resolveSibling("");
        return profiles.stream()
                .map(profile ->
                        "\"" + beside.relativize(profile.toAbsolutePath().normalize()) + "\"")
                .collect(Collectors.joining(", ", "\nprofiles: [", "]"));
    }

    private void write(Path file, SizePlan plan, Set<String> sinks) throws Failure {
        var machine = "machine: { workers: " + plan.size().workers() + ", slots: "
                + plan.size().slots() + ", isolation: " + word(plan.isolation()) + " }";
        var stations = Path.of("stations.yaml");
        boolean there = Files.exists(file.toAbsolutePath().resolveSibling(stations));
        var text = "# " + (plan.hosts() > 1 ? "One of " + plan.hosts() + " hosts. " : "") + "For "
                + String.join(", ", sources) + ".\n" + machine + "\n"
                + (there ? "sources: " + stations : "sources: [] # or a file: sources: " + stations)
                + profiles(file) + "\ndata: ./data\n"
                + (sinks.equals(Set.of("none")) ? "sinks: []\n" : "sinks:\n  - { type: archive }\n");
        try {
            Files.writeString(file, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException e) {
            throw Failure.failed(file + " is there already and was not touched; its line would be: " + machine, e);
        } catch (IOException e) {
            throw Failure.failed(file + " cannot be written: " + e, e);
        }
    }
}
