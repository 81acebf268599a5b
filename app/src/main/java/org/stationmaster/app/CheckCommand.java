package org.stationmaster.app;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Text;
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

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        return switch (Composition.inventory().check(file)) {
            case Reading.Valid<Checked>(var checked) -> valid(checked);
            case Reading.Invalid<Checked> invalid -> invalid(invalid);
        };
    }

    private int valid(Checked checked) {
        var document = new LinkedHashMap<String, Object>();
        document.put("ok", true);
        document.put("file", file.toString());
        var text = switch (checked) {
            case Checked.StationFile(var sources) -> {
                document.put("kind", "stations");
                yield sources(document, sources);
            }
            case Checked.MachineFile(var config) -> {
                document.put("kind", "machine");
                yield machine(document, config);
            }
        };
        var out = spec.commandLine().getOut();
        if (json) {
            document.put("errors", List.of());
            Json.print(out, document);
        } else {
            out.println("OK: " + text);
        }
        return 0;
    }

    private static String sources(Map<String, Object> document, List<Source> sources) {
        long disabled = sources.stream().filter(source -> !source.enabled()).count();
        document.put("sources", sources.size());
        document.put("disabled", disabled);
        return plural(sources.size(), "source") + (disabled == 0 ? "" : " (" + disabled + " not enabled)");
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

    private static String plural(int count, String what) {
        return Numbers.count(count) + " " + what + (count == 1 ? "" : "s");
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
