package org.stationmaster.testkit;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.stationmaster.testkit.NetworkReport.PeerEnd;
import org.stationmaster.testkit.NetworkReport.Range;
import org.stationmaster.testkit.NetworkReport.SourceCount;

/** A {@link NetworkReport} as JSON and back. Totals are written for people and scripts, and not read back. */
final class ReportJson {
    private static final String DIGITS = "0123456789abcdef";

    private ReportJson() {}

    static String write(NetworkReport report) {
        var out = new StringBuilder(256 + report.sources().size() * 160);
        out.append("{\n  \"protocol\": ");
        text(out, report.protocol());
        out.append(",\n  \"totals\": {");
        out.append("\"sources\": ").append(report.sources().size());
        number(out, "sent", report.sent());
        number(out, "cut", report.cut());
        number(out, "withheld", report.withheld());
        number(out, "connects", report.connects());
        number(out, "superseded", report.superseded());
        number(out, "commands", report.commands());
        number(out, "garbageBytes", report.garbageBytes());
        number(out, "unknownIds", report.unknownIds());
        number(out, "oversize", report.oversize());
        number(out, "withoutHello", report.withoutHello());
        number(out, "acceptFailures", report.acceptFailures());
        faults(out, report.faults());
        out.append("},\n  \"sources\": [");
        var separator = "\n    ";
        for (var source : report.sources()) {
            out.append(separator);
            source(out, source);
            separator = ",\n    ";
        }
        return out.append("\n  ]\n}\n").toString();
    }

    private static void source(StringBuilder out, SourceCount source) {
        out.append("{\"id\": ");
        text(out, source.id());
        number(out, "sent", source.sent());
        number(out, "cut", source.cut());
        rows(out, "cutRanges", source.cutRanges(), range -> new long[] {range.from(), range.to()});
        rows(out, "peerEnds", source.peerEnds(), end -> new long[] {end.from(), end.to(), end.atEpochNanos()});
        number(out, "withheld", source.withheld());
        number(out, "connects", source.connects());
        number(out, "superseded", source.superseded());
        number(out, "commands", source.commands());
        number(out, "garbageBytes", source.garbageBytes());
        faults(out, source.faults());
        out.append('}');
    }

    private static <T> void rows(StringBuilder out, String key, List<T> each, Function<T, long[]> numbers) {
        out.append(", \"").append(key).append("\": [");
        var separator = "";
        for (T one : each) {
            out.append(separator).append('[');
            var comma = "";
            for (long number : numbers.apply(one)) {
                out.append(comma).append(number);
                comma = ",";
            }
            out.append(']');
            separator = ",";
        }
        out.append(']');
    }

    private static void number(StringBuilder out, String key, long value) {
        out.append(", \"").append(key).append("\": ").append(value);
    }

    private static void faults(StringBuilder out, Map<FaultPlan.Kind, Long> faults) {
        out.append(", \"faults\": {");
        var separator = "";
        for (var entry : new TreeMap<>(faults).entrySet()) {
            out.append(separator).append('"').append(entry.getKey().text()).append("\": ");
            out.append(entry.getValue());
            separator = ", ";
        }
        out.append('}');
    }

    private static void text(StringBuilder out, String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append("\\u00").append(DIGITS.charAt(c >> 4)).append(DIGITS.charAt(c & 15));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    /** @throws IllegalArgumentException it is no report; says where and why */
    static NetworkReport read(String json) {
        var root = new Members(Json.object(Json.parse(json), "the report"));
        var totals = new Members(Json.object(root.value("totals"), "totals"));
        var sources = new ArrayList<SourceCount>();
        for (Object each : Json.array(root.value("sources"), "sources")) {
            sources.add(source(new Members(Json.object(each, "a source"))));
        }
        return new NetworkReport(
                root.text("protocol"),
                totals.number("unknownIds"),
                totals.number("oversize"),
                totals.number("withoutHello"),
                totals.number("acceptFailures"),
                sources);
    }

    private static SourceCount source(Members source) {
        var faults = new EnumMap<FaultPlan.Kind, Long>(FaultPlan.Kind.class);
        Json.object(source.value("faults"), "faults")
                .forEach((key, value) -> faults.put(kind(key), Json.number(value, key)));
        return new SourceCount(
                source.text("id"),
                source.number("sent"),
                source.number("cut"),
                rows(source, "cutRanges", 2, row -> new Range(row[0], row[1])),
                rows(source, "peerEnds", 3, row -> new PeerEnd(row[0], row[1], row[2])),
                source.number("withheld"),
                source.number("connects"),
                source.number("superseded"),
                source.number("commands"),
                source.number("garbageBytes"),
                faults);
    }

    private static FaultPlan.Kind kind(String text) {
        return FaultPlan.Kind.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static <T> List<T> rows(Members source, String key, int width, Function<long[], T> made) {
        var list = new ArrayList<T>();
        for (Object each : Json.array(source.value(key), key)) {
            var row = Json.array(each, "each of " + key);
            if (row.size() != width) {
                throw new IllegalArgumentException("one of " + key + " has " + row.size() + " numbers, not " + width);
            }
            list.add(made.apply(
                    row.stream().mapToLong(number -> Json.number(number, key)).toArray()));
        }
        return list;
    }

    /** The members of one object; a missing one is an error that names it. */
    private record Members(Map<String, Object> values) {
        Object value(String key) {
            var value = values.get(key);
            if (value == null) {
                throw new IllegalArgumentException(key + " is missing");
            }
            return value;
        }

        long number(String key) {
            return Json.number(value(key), key);
        }

        String text(String key) {
            if (value(key) instanceof String text) {
                return text;
            }
            throw new IllegalArgumentException(key + " is no text");
        }
    }
}
