package org.stationmaster.app;

import java.util.Collection;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Sources as a station file has them, one a line. */
final class StationYaml {
    /** What may stand without quotes: our reader takes such a scalar as the key wants it. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/+-]*");

    private StationYaml() {}

    static String line(Map<String, ?> source) {
        return "- " + value(source);
    }

    private static String value(Object value) {
        return switch (value) {
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(entry -> value(entry.getKey()) + ": " + value(entry.getValue()))
                        .collect(Collectors.joining(", ", "{ ", " }"));
            case Collection<?> list ->
                list.stream().map(StationYaml::value).collect(Collectors.joining(", ", "[", "]"));
            case Typed(var text) -> text;
            case Record fields -> value(Remote.MAPPER.convertValue(fields, Map.class));
            case String text -> PLAIN.matcher(text).matches() ? text : quoted(text);
            default -> value.toString();
        };
    }

    /** JSON's quotes are YAML's, too. */
    private static String quoted(String text) {
        return Remote.MAPPER.writeValueAsString(text);
    }

    /** A value as somebody has typed it: a list or a mapping in YAML's own form, else a scalar. */
    record Typed(String text) {
        static Object of(String text) {
            return text.startsWith("[") || text.startsWith("{") ? new Typed(text) : text;
        }
    }
}
