package org.stationmaster.app;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

/** {@code sources list}: all of them, or those of a group, in a state, or failing. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = {
            "Lists sources in the order of their ids.",
            "As yaml it is a station file: read again, it is the same but for secrets, which are 'kept'.",
            "A state with a ! is failing: three connections or more in a row brought no record, or did not last 30 s."
        })
final class SourcesListCommand extends RemoteCommand {
    private static final int PAGE = 1_000;
    private static final Pattern BEYOND_MILLIS = Pattern.compile("(\\.\\d{3})\\d+(?=Z$)");

    /** How to print. */
    enum Format {
        TABLE,
        YAML,
        JSON
    }

    @Option(names = "--group", paramLabel = "NAME", description = "Only of this group.")
    private @Nullable String group;

    @Option(names = "--state", paramLabel = "STATE", description = "Only in this state: RUNNING, BACKOFF, WAITING …")
    private @Nullable String state;

    @Option(names = "--failing", description = "Only those that fail.")
    private boolean failing;

    @Option(names = "--format", paramLabel = "FORMAT", description = "table (default), yaml or json.")
    private Format format = Format.TABLE;

    @Override
    public Integer call() throws Failure, InterruptedException {
        var out = out();
        switch (isJson() ? Format.JSON : format) {
            case TABLE -> {
                var sources = all("");
                table(out, sources);
                if (sources.isEmpty()) {
                    err().println("there is no source" + only());
                }
            }
            case YAML -> {
                if (failing) {
                    throw Failure.usage(
                            "a station file does not tell who fails: leave --failing out, or ask for --json");
                }
                yaml(out, all("&as=stations"));
            }
            case JSON -> {
                var document = new LinkedHashMap<String, Object>();
                document.put("sources", all(""));
                Json.print(out, document);
            }
        }
        return 0;
    }

    private List<JsonNode> all(String more) throws Failure, InterruptedException {
        var query = "?limit=" + PAGE + more
                + (group == null ? "" : "&group=" + Remote.encoded(group))
                + (state == null ? "" : "&state=" + Remote.encoded(state.toUpperCase(Locale.ROOT)));
        var found = new ArrayList<JsonNode>();
        String after = "";
        do {
            var page = remote().get(SourcesAddCommand.SOURCES + query + (after.isEmpty() ? "" : "&after=" + after))
                    .json("/sources");
            for (var source : page.path("sources")) {
                if (!failing || isFailing(source)) {
                    found.add(source);
                }
            }
            after = page.path("next").asString("");
        } while (!after.isEmpty());
        return found;
    }

    private String only() {
        return (group == null ? "" : " in group '" + group + "'")
                + (state == null ? "" : " in state " + state.toUpperCase(Locale.ROOT))
                + (failing ? " that fails" : "");
    }

    private static void yaml(PrintWriter out, List<JsonNode> sources) {
        if (sources.isEmpty()) {
            out.println("[]");
        }
        for (var source : sources) {
            Map<String, Object> keys =
                    Remote.MAPPER.convertValue(source, new TypeReference<LinkedHashMap<String, Object>>() {});
            out.println(StationYaml.line(keys));
        }
    }

    private static void table(PrintWriter out, List<JsonNode> sources) {
        var table =
                new Table("ID", "STATE", "PROTOCOL", "ADDRESS", "RATE", "WORKER", "RECORDS", "LAST RECORD", "DETAIL");
        for (var source : sources) {
            table.row(
                    text(source, "id"),
                    text(source, "state") + (isFailing(source) ? "!" : ""),
                    text(source, "protocol"),
                    source.path("dialIn").asBoolean(false)
                            ? "calls in"
                            : text(source, "host") + ":" + text(source, "port"),
                    text(source, "rate"),
                    text(source, "worker"),
                    text(source, "records"),
                    millis(text(source, "lastRecordAt")),
                    isWell(source) ? "-" : text(source, "detail")); // that of its last end
        }
        table.print(out);
    }

    private static boolean isWell(JsonNode source) {
        return text(source, "state").equals("RUNNING") && !isFailing(source);
    }

    private static boolean isFailing(JsonNode source) {
        return source.path("failing").asBoolean(false);
    }

    /** A time without what comes behind its milliseconds. */
    static String millis(String time) {
        return BEYOND_MILLIS.matcher(time).replaceFirst("$1");
    }

    private static String text(JsonNode source, String key) {
        var value = source.path(key);
        return value.isNull() || value.isMissingNode() ? "-" : value.asString();
    }
}
