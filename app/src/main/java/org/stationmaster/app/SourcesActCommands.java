package org.stationmaster.app;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is done to sources that are known: {@code show}, {@code remove}, {@code pause}, {@code resume}, {@code send}. */
final class SourcesActCommands {
    /** From so many on a bar shows how far it is. */
    private static final int MANY = 10;

    private SourcesActCommands() {}

    private static String path(String id) {
        return SourcesAddCommand.SOURCES + "/" + Remote.encoded(id);
    }

    /** The same for each id: all are tried, and what failed is told. */
    abstract static class Each extends RemoteCommand {
        @Parameters(index = "0", arity = "1..*", paramLabel = "ID", description = "The ids of the sources.")
        private List<String> ids = List.of();

        private final String method;
        private final String tail;
        private final String done;

        Each(String method, String tail, String done) {
            this.method = method;
            this.tail = tail;
            this.done = done;
        }

        @Override
        public Integer call() throws Failure, InterruptedException {
            var worked = new ArrayList<String>();
            var failed = new LinkedHashMap<String, String>();
            Failure last = null;
            try (var progress = ids.size() < MANY ? Progress.NONE : Progress.of(err(), ids.size())) {
                for (var id : ids) {
                    try {
                        var answer = remote().call(method, path(id) + tail, BodyPublishers.noBody());
                        if (answer.status() != 204) {
                            var _ = answer.json("/id");
                        }
                        worked.add(id);
                    } catch (Failure e) {
                        last = e;
                        failed.put(id, String.valueOf(e.getMessage()));
                    }
                    progress.show(worked.size() + failed.size());
                }
            }
            if (last != null && ids.size() == 1) {
                throw last;
            }
            if (isJson()) {
                var document = new LinkedHashMap<String, Object>();
                document.put(done, worked);
                document.put("failed", failed);
                Json.print(out(), document);
            } else {
                worked.forEach(id -> out().println(id + " " + done));
                failed.forEach((id, why) -> err().println(id + ": " + why));
            }
            return failed.isEmpty() ? 0 : Failure.FAILED;
        }
    }

    /** {@code sources remove}. */
    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "Releases sources and forgets them; those of the station file are removed there.")
    static final class Remove extends Each {
        Remove() {
            super("DELETE", "", "removed");
        }
    }

    /** {@code sources pause}. */
    @Command(
            name = "pause",
            mixinStandardHelpOptions = true,
            description = "Closes the connections of sources until they are resumed, also over a restart.")
    static final class Pause extends Each {
        Pause() {
            super("POST", "/pause", "paused");
        }
    }

    /** {@code sources resume}. */
    @Command(name = "resume", mixinStandardHelpOptions = true, description = "Ends a pause.")
    static final class Resume extends Each {
        Resume() {
            super("POST", "/resume", "resumed");
        }
    }

    /** {@code sources show}. */
    @Command(name = "show", mixinStandardHelpOptions = true, description = "All that is known of one source.")
    static final class Show extends RemoteCommand {
        /** Of a source that runs they tell how its last connection ended. */
        private static final Set<String> OF_AN_END = Set.of("reason", "detail");

        @Parameters(index = "0", paramLabel = "ID", description = "The id of the source.")
        private String id = "";

        @Override
        public Integer call() throws Failure, InterruptedException {
            var source = remote().get(path(id)).json("/id");
            var out = out();
            if (isJson()) {
                Json.print(out, source);
                return 0;
            }
            var table = new Table("KEY", "VALUE");
            boolean runs = source.path("state").asString("").equals("RUNNING");
            source.properties().forEach(entry -> {
                var value = entry.getValue();
                table.row(
                        runs && OF_AN_END.contains(entry.getKey()) ? "last " + entry.getKey() : entry.getKey(),
                        value.isContainer() ? value.toString() : value.isNull() ? "-" : value.asString());
            });
            table.print(out);
            return 0;
        }
    }

    /** {@code sources send}. */
    @Command(
            name = "send",
            mixinStandardHelpOptions = true,
            description = "Sends a command to the station and waits until its task has acknowledged it.")
    static final class Send extends RemoteCommand {
        @Parameters(index = "0", paramLabel = "ID", description = "The id of the source.")
        private String id = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "TEXT", description = "The command.")
        private @Nullable String text;

        @Option(names = "--hex", description = "TEXT is hexadecimal.")
        private boolean hex;

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "The command is what this file holds.")
        private @Nullable Path file;

        @Option(names = "--deadline", paramLabel = "MILLIS", description = "How long to wait; default 5000.")
        private int deadlineMillis = 5_000;

        @Override
        public Integer call() throws Failure, InterruptedException {
            var answer = remote().call(
                            "POST",
                            path(id) + "/commands?deadlineMillis=" + deadlineMillis,
                            BodyPublishers.ofByteArray(command()))
                    .json("/outcome");
            if (isJson()) {
                Json.print(out(), answer);
            } else {
                out().println(answer.path("outcome").asString() + " after "
                        + Numbers.millis(answer.path("millis").asDouble()) + " ms");
            }
            return 0;
        }

        private byte[] command() throws Failure {
            var given = text;
            var from = file;
            if ((given == null) == (from == null) || (hex && given == null)) {
                throw wrong("give the command as TEXT, or with --file");
            }
            try {
                if (from != null) {
                    return Files.readAllBytes(from);
                }
                var chosen = given == null ? "" : given;
                return hex ? HexFormat.of().parseHex(chosen) : chosen.getBytes(StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw Failure.usage("the command cannot be read from " + from + ": " + e.getMessage());
            } catch (IllegalArgumentException e) {
                throw Failure.usage("TEXT is not hexadecimal: " + e.getMessage());
            }
        }
    }
}
