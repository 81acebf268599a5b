package org.stationmaster.app;

import java.io.PrintWriter;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.stationmaster.server.inventory.Noted;
import org.stationmaster.server.inventory.Reading;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code sources add}: one by its keys, or those of a file. */
@Command(
        name = "add",
        mixinStandardHelpOptions = true,
        description = {
            "Adds a source, or all of a station file (YAML, JSON, CSV).",
            "A file adds those that are new and updates those that are known; the same metadata changes nothing."
        },
        footer = {
            "",
            "stationmaster sources add QSCO --protocol tcp-lines --host 10.0.0.7 --port 7001 --rate 1",
            "stationmaster sources add --file stations.csv"
        })
final class SourcesAddCommand extends RemoteCommand {
    static final String SOURCES = "/api/v1/sources";
    private static final int PART = 500;
    private static final int REFUSALS_SHOWN = 20;

    @Parameters(index = "0", arity = "0..1", paramLabel = "ID", description = "The id of the source.")
    private @Nullable String id;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "A station file: .yaml, .json or .csv.")
    private @Nullable Path file;

    @Mixin
    private SourceOptions keys = new SourceOptions();

    @Override
    public Integer call() throws Failure, InterruptedException {
        var name = id;
        var from = file;
        if (from != null && (name != null || !keys.isEmpty())) {
            throw wrong("either --file, or one source by its id and keys");
        }
        if (from != null) {
            return addAll(from);
        }
        if (name == null) {
            throw wrong("what to add? Give an id with its keys, or --file");
        }
        var noted = keys.over(name, Map.of(), List.of());
        say(out(), isJson(), put(remote(), noted, "If-None-Match", "*"), "added");
        return 0;
    }

    /** Puts one source. */
    static JsonNode put(Remote remote, Noted noted, String... headers) throws Failure, InterruptedException {
        return remote.call(
                        "PUT",
                        SOURCES + "/" + noted.source().id(),
                        BodyPublishers.ofByteArray(Remote.MAPPER.writeValueAsBytes(noted.form())),
                        headers)
                .json("/id");
    }

    static void say(PrintWriter out, boolean json, JsonNode source, String done) {
        if (json) {
            Json.print(out, source);
            return;
        }
        var told = source.path("detail").asString("");
        var state = source.path("state").asString();
        var detail = told.isEmpty() && source.path("lastRecordAt").asString("").isEmpty() ? withoutRecord(state) : told;
        out.println(source.path("id").asString() + " " + done + ": " + state
                + (detail.isEmpty() ? "" : " (" + detail + ")"));
    }

    /** A state is not yet a record. */
    private static String withoutRecord(String state) {
        return switch (state) {
            case "STARTING" -> "not connected yet";
            case "RUNNING" -> "connected, no record yet";
            default -> "";
        };
    }

    // ---- a file

    private int addAll(Path from) throws Failure, InterruptedException {
        return switch (Composition.inventory().readForeign(from)) {
            case Reading.Valid<List<Noted>>(var sources) -> addAll(sources);
            case Reading.Invalid<List<Noted>> invalid -> {
                err().println(invalid.report());
                yield Failure.WRONG_USAGE;
            }
        };
    }

    private int addAll(List<Noted> sources) throws Failure, InterruptedException {
        var answers = new ArrayList<JsonNode>();
        var progress = Progress.of(err(), sources.size());
        try (progress) {
            for (int from = 0; from < sources.size(); from += PART) {
                answers.addAll(post(sources.subList(from, Math.min(sources.size(), from + PART))));
                progress.show(answers.size());
            }
        }
        var counts = new TreeMap<String, Integer>();
        answers.forEach(answer -> counts.merge(kind(answer), 1, Integer::sum));
        var refused = answers.stream()
                .filter(answer -> answer.path("status").asInt() >= 400)
                .toList();
        if (isJson()) {
            var document = new LinkedHashMap<String, Object>();
            document.put("sources", sources.size());
            document.put("counts", counts);
            document.put("refused", refused);
            Json.print(out(), document);
        } else {
            tell(sources.size(), counts, refused);
        }
        return refused.isEmpty() ? 0 : Failure.FAILED;
    }

    private void tell(int size, Map<String, Integer> counts, List<JsonNode> refused) {
        var said = new ArrayList<String>();
        counts.forEach((kind, count) -> said.add(Numbers.count(count) + " " + kind));
        out().println(Numbers.count(size, "source") + (said.isEmpty() ? "" : ": " + String.join(", ", said)));
        var err = err();
        refused.stream()
                .limit(REFUSALS_SHOWN)
                .forEach(answer -> err.println(answer.path("id").asString("?") + ": "
                        + answer.path("error").asString()));
        if (refused.size() > REFUSALS_SHOWN) {
            err.println("and " + Numbers.count(refused.size() - REFUSALS_SHOWN) + " more");
        }
    }

    private List<JsonNode> post(List<Noted> part) throws Failure, InterruptedException {
        var lines = new StringBuilder();
        part.forEach(noted ->
                lines.append(Remote.MAPPER.writeValueAsString(noted.form())).append('\n'));
        var answer = remote().call("POST", SOURCES, BodyPublishers.ofString(lines.toString()));
        var answers = new ArrayList<JsonNode>();
        for (var line : answer.body().strip().split("\n", -1)) {
            answers.add(new Remote.Answer(answer.status(), line).json("/status"));
        }
        for (int i = 0; i < Math.min(answers.size(), part.size()); i++) { // a refusal may not know whose it is
            if (answers.get(i) instanceof tools.jackson.databind.node.ObjectNode object && !object.has("id")) {
                object.put("id", part.get(i).source().id().value());
            }
        }
        return answers;
    }

    private static String kind(JsonNode answer) {
        int status = answer.path("status").asInt();
        var state = answer.path("state").asString("");
        return switch (status) {
            case 201 -> "added";
            case 200 -> state.isEmpty() ? "unchanged" : "updated";
            case 202 ->
                state.equals("FILTERED")
                        ? "filtered"
                        : waits(answer.path("reason").asString(""));
            default -> "refused";
        };
    }

    private static String waits(String reason) {
        return reason.equals("not called") ? "waiting to be called" : "waiting for a slot";
    }
}
