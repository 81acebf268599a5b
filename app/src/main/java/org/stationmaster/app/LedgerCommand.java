package org.stationmaster.app;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
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
            "Exit code 0 when it could be asked, with gaps or without."
        })
final class LedgerCommand extends RemoteCommand {
    private static final String PATH = "/api/v1/ledger";
    private static final int DIGITS = 3;

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
        out.println(told.path("from").asString() + " to " + told.path("to").asString() + ": "
                + (source == null
                        ? Numbers.count(told.path("complete").asLong(), "source") + " complete, "
                                + told.path("sources").size() + " with gaps; "
                        : "")
                + percent(told.path("completeness")) + " of the time that was wanted");
        var table = new Table("SOURCE", "FROM", "TO", "SECONDS", "CAUSE", "DETAIL");
        int gaps = 0;
        for (var one : told.path("sources")) {
            for (var gap : one.path("gaps")) {
                gaps++;
                table.row(
                        one.path("source").asString(),
                        gap.path("from").asString(),
                        gap.path("to").isNull() ? "still" : gap.path("to").asString(),
                        Long.toString(Math.round(gap.path("seconds").asDouble())),
                        gap.path("cause").asString(),
                        gap.path("detail").asString(""));
            }
        }
        if (gaps > 0) {
            table.print(out);
        }
        if (told.path("more").asBoolean(false)) {
            err().println("there are more: name a source, a shorter time, or a higher --limit");
        }
        var trouble = told.path("trouble").asString("");
        if (!trouble.isEmpty() || told.path("dropped").asLong() > 0) {
            err().println("the ledger: " + told.path("dropped").asLong() + " gaps could not be written"
                    + (trouble.isEmpty() ? "" : "; " + trouble));
        }
        return 0;
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
