package org.stationmaster.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** One flat line of numbers, between the processes of a benchmark. */
final class Json {
    private static final Pattern NUMBER = Pattern.compile("\"(\\w+)\":(-?[0-9.]+(?:[eE][-+]?\\d+)?)");

    private Json() {}

    static String line(Map<String, ? extends Number> numbers) {
        var text = new StringBuilder("{");
        numbers.forEach((key, value) -> {
            text.append(text.length() == 1 ? "" : ",").append('"').append(key).append("\":");
            text.append(value instanceof Double d ? String.format(Locale.ROOT, "%.3f", d) : value.toString());
        });
        return text.append('}').toString();
    }

    static Map<String, Double> numbers(String line) {
        var numbers = new LinkedHashMap<String, Double>();
        var matcher = NUMBER.matcher(line);
        while (matcher.find()) {
            numbers.put(matcher.group(1), Double.valueOf(matcher.group(2)));
        }
        return numbers;
    }
}
