package org.stationmaster.app;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code ledger}: what is missing of a running machine's sources, and why. */
@Command(
        name = "ledger",
        mixinStandardHelpOptions = true,
        description = {
            "Tells when sources gave nothing, and why, over restarts; the last 24 hours unless told otherwise.",
            "Of all sources: a sum for each cause, and the gaps but those while the machine was down or a source not wanted.",
            "Exit code 0 when it could be asked, with gaps or without."
        })
final class LedgerCommand extends RemoteCommand {
    private static final String PATH = "/api/v1/ledger";
    private static final int DIGITS = 3;
    /** Gaps with these causes say nothing of a source: of all of them, their sum is told. */
    private static final Set<String> OF_ALL = Set.of("MACHINE_DOWN", "NOT_WANTED");

    @Parameters(index = "0", arity = "0..1", paramLabel = "SOURCE", description = "Only of this one.")
    private @Nullable String source;

    @Option(names = "--from", paramLabel = "TIME", description = "RFC 3339, such as 2026-11-28T00:00:00Z.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "The same; default: now.")
    private @Nullable String to;

    @Option(names = "--limit", paramLabel = "N", description = "At most so many gaps, the newest; default 1000.")
    private @Nullable Integer limit;

    @Override
    public Integer call() throws Failure, InterruptedException {
        var told = remote().get(PATH + query()).json("/sources");
        if (isJson()) {
            Json.print(out(), told);
            return 0;
        }
        var out = out();
        var sources = told.path("sources");
        out.println(window(told) + ": "
                + (source == null
                        ? Numbers.count(told.path("complete").asLong(), "source") + " complete, " + sources.size()
                                + " with gaps; "
                        : "")
                + percent(told.path("completeness")) + " of the time that was wanted");
        if (source == null) {
            print(sums(told.path("causes")));
        }
        print(gaps(sources));
        if (told.path("more").asBoolean(false)) {
            err().println("there are more: name a source, a shorter time, or a higher --limit");
        }
        var trouble = told.path("trouble").asString("");
        if (!trouble.isEmpty() || told.path("dropped").asLong() > 0) {
            err().println("the ledger: " + Numbers.count(told.path("dropped").asLong(), "gap") + " could not be written"
                    + (trouble.isEmpty() ? "" : "; " + trouble));
        }
        return 0;
    }

    private void print(Table table) {
        if (!table.isEmpty()) {
            table.print(out());
        }
    }

    private static String window(JsonNode told) {
        var from = told.path("from").asString();
        var since = told.path("since").asString("");
        return from + " to " + told.path("to").asString() + (since.compareTo(from) > 0 ? ", known since " + since : "");
    }

    private static Table sums(JsonNode causes) {
        var table = new Table("CAUSE", "SOURCES", "GAPS", "SECONDS");
        for (var of : causes) {
            table.row(
                    of.path("cause").asString(),
                    Numbers.count(of.path("sources").asLong()),
                    Numbers.count(of.path("gaps").asLong()),
                    seconds(of.path("seconds").asDouble()));
        }
        return table;
    }

    private Table gaps(JsonNode sources) {
        var table = new Table("SOURCE", "FROM", "TO", "SECONDS", "CAUSE", "DETAIL");
        for (var one : sources) {
            for (var gap : one.path("gaps")) {
                var cause = gap.path("cause").asString();
                if (source != null || !OF_ALL.contains(cause)) {
                    table.row(
                            one.path("source").asString(),
                            gap.path("from").asString(),
                            gap.path("to").isNull() ? "still" : gap.path("to").asString(),
                            seconds(gap.path("seconds").asDouble()),
                            cause,
                            gap.path("detail").asString(""));
                }
            }
        }
        return table;
    }

    private static String seconds(double seconds) {
        return seconds > 0 && seconds < 1 ? "<1" : Numbers.count(Math.round(seconds));
    }

    private String query() {
        var parts = new ArrayList<String>();
        add(parts, "source", source);
        add(parts, "from", from);
        add(parts, "to", to);
        add(parts, "limit", limit == null ? null : limit.toString());
        return parts.isEmpty() ? "" : "?" + String.join("&", parts);
    }

    private static void add(List<String> parts, String key, @Nullable String value) {
        if (value != null) {
            parts.add(key + "=" + Remote.encoded(value));
        }
    }

    private static String percent(JsonNode share) {
        return share.isNumber()
                ? BigDecimal.valueOf(share.asDouble())
                                .movePointRight(2)
                                .setScale(DIGITS, RoundingMode.FLOOR)
                                .toPlainString()
                        + " %"
                : "-";
    }
}
