package org.stationmaster.app;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Text;
import org.stationmaster.core.sizing.Profile;
import org.stationmaster.server.inventory.Inventory.Checked;
import org.stationmaster.server.inventory.InventoryError;
import org.stationmaster.server.inventory.MachineConfig;
import org.stationmaster.server.inventory.Reading;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code check FILE}: all errors with line and column, and exit code 2; or what the file holds. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = "Validates a machine file or a station file: every error with line and column.")
final class CheckCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "The file.")
    private Path file = Path.of("");

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Option(
            names = "--strict",
            description =
                    "Refuse profiles that are not of this machine, JDK and version, or lack a protocol; exit code 1.")
    private boolean strict;

    private final Profile.Host here;
    private final String version;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    CheckCommand(Profile.Host here, String version) {
        this.here = here;
        this.version = version;
    }

    @Override
    public Integer call() throws Failure {
        return switch (Composition.inventory().check(file)) {
            case Reading.Valid<Checked>(var checked) -> valid(checked);
            case Reading.Invalid<Checked> invalid -> invalid(invalid);
        };
    }

    private int valid(Checked checked) throws Failure {
        var document = new LinkedHashMap<String, Object>();
        document.put("ok", true);
        document.put("file", file.toString());
        List<String> notes = List.of();
        var text = switch (checked) {
            case Checked.StationFile(var sources) -> {
                document.put("kind", "stations");
                yield sources(document, sources);
            }
            case Checked.MachineFile(var config) -> {
                document.put("kind", "machine");
                notes = strange(config, here, version);
                yield machine(document, config);
            }
        };
        boolean refused = strict && !notes.isEmpty();
        if (refused && !json) {
            throw Failure.failed("--strict: " + String.join("; ", notes), null);
        }
        var out = spec.commandLine().getOut();
        if (json) {
            document.put("ok", !refused);
            document.put("errors", List.of());
            document.put("notes", notes);
            Json.print(out, document);
        } else {
            out.println("OK: " + text);
            notes.forEach(note -> out.println("note: " + note));
        }
        return refused ? Failure.FAILED : 0;
    }

    /** Why a machine's profiles may tell another capacity than it has here. */
    static List<String> strange(MachineConfig config, Profile.Host here, String version) {
        return Profiles.strangeTo(
                config.profiles(),
                config.sources().stream().map(Source::protocol).toList(),
                here,
                version);
    }

    private static String sources(Map<String, Object> document, List<Source> sources) {
        long disabled = sources.stream().filter(source -> !source.enabled()).count();
        document.put("sources", sources.size());
        document.put("disabled", disabled);
        return Numbers.count(sources.size(), "source") + (disabled == 0 ? "" : " (" + disabled + " not enabled)");
    }

    private static String machine(Map<String, Object> document, MachineConfig config) {
        var text = sources(document, config.sources());
        var taken = config.sources().stream().filter(config.filter()::accepts).toList();
        // The machine is given them in the order of the file.
        var waiting = taken.stream()
                .skip(config.size().totalSlots())
                .map(source -> source.id().value())
                .sorted()
                .toList();
        document.put("taken", taken.size());
        document.put("workers", config.size().workers());
        document.put("slots", config.size().slots());
        document.put("control", config.bind().toString());
        document.put("data", config.data().toString());
        document.put("waiting", waiting.size());
        document.put("firstWaiting", waiting.stream().limit(Text.SOME).toList());
        var fits = waiting.isEmpty()
                ? ""
                : "; " + waiting.size() + " of them will wait (" + Text.some(waiting.stream()) + "): no slot for them";
        var filtered = taken.size() == config.sources().size() ? "" : ", " + taken.size() + " taken by this machine";
        return text + filtered + ", " + config.size() + fits + ", control " + config.bind() + ", data " + config.data();
    }

    private int invalid(Reading.Invalid<?> invalid) {
        if (json) {
            var document = new LinkedHashMap<String, Object>();
            document.put("ok", false);
            document.put("file", file.toString());
            document.put(
                    "errors", invalid.errors().stream().map(CheckCommand::error).toList());
            document.put("more", invalid.more());
            Json.print(spec.commandLine().getOut(), document);
        } else {
            spec.commandLine().getErr().println(invalid.report());
        }
        return Failure.WRONG_USAGE;
    }

    private static Map<String, Object> error(InventoryError error) {
        var map = new LinkedHashMap<String, Object>();
        map.put("file", error.file());
        map.put("line", error.line());
        map.put("column", error.column());
        map.put("key", error.key());
        map.put("message", error.message());
        return map;
    }
}
