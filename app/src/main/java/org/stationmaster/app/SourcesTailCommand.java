package org.stationmaster.app;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Iterator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code sources tail}: the records of one source as they come, until a signal. */
@Command(
        name = "tail",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the records of a source as they come, a line each, until Ctrl-C.",
            "What this side is too slow for is left out, and counted on stderr."
        })
final class SourcesTailCommand extends RemoteCommand {
    private static final String EVENT = "event: ";
    private static final String DATA = "data: ";

    private final StopSignals signals;

    @Parameters(index = "0", paramLabel = "ID", description = "The id of the source.")
    private String id = "";

    @Option(names = "--hex", description = "Show the bytes in hexadecimal.")
    private boolean hex;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            description = "End after so many records.")
    private long count = Long.MAX_VALUE;

    SourcesTailCommand(StopSignals signals) {
        this.signals = signals;
    }

    @Override
    public Integer call() throws Failure, InterruptedException {
        signals.listenQuietly();
        Thread.ofVirtual().start(this::hangUpWhenAsked);
        var state = remote().get(SourcesAddCommand.SOURCES + "/" + Remote.encoded(id))
                .json("/state")
                .path("state")
                .asString();
        if (!state.equals("RUNNING")) {
            err().println("'" + id + "' is " + state + ": its records are shown when they come");
        }
        try (var lines = remote().lines(SourcesAddCommand.SOURCES + "/" + Remote.encoded(id) + "/records")) {
            if (follow(lines.iterator())) {
                return 0;
            }
        } catch (UncheckedIOException e) {
            if (!signals.isAsked()) {
                throw Failure.failed("the stream broke off: " + e.getMessage(), e);
            }
        }
        if (signals.isAsked()) {
            return 0;
        }
        throw Failure.failed("the machine has ended the stream", null);
    }

    private void hangUpWhenAsked() {
        try {
            signals.await();
            remote().hangUp();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Shows what comes; true when it was enough. */
    private boolean follow(Iterator<String> lines) {
        var out = out();
        var event = "";
        long shown = 0;
        while (shown < count && lines.hasNext()) {
            var line = lines.next();
            if (line.startsWith(EVENT)) {
                event = line.substring(EVENT.length());
            } else if (line.startsWith(DATA)) {
                var data = line.substring(DATA.length());
                if (event.equals("record")) {
                    show(out, data);
                    shown++;
                } else if (event.equals("dropped")) {
                    err().println("left out: "
                            + Remote.MAPPER.readTree(data).path("count").asLong());
                }
            }
        }
        return shown >= count;
    }

    private void show(PrintWriter out, String data) {
        out.println(isJson() ? data : line(Remote.MAPPER.readTree(data)));
        out.flush();
    }

    private String line(JsonNode told) {
        var payload = Base64.getDecoder().decode(told.path("payload").asString());
        var shown = hex
                ? HexFormat.of().formatHex(payload)
                : Table.printable(new String(payload, StandardCharsets.UTF_8).stripTrailing());
        return told.path("receivedAt").asString() + " " + told.path("seq").asLong() + " " + shown;
    }
}
