package org.stationmaster.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code --key value …} of a benchmark. */
public record Options(Map<String, String> values) {
    public static Options of(String... args) {
        var values = new HashMap<String, String>();
        for (int i = 0; i < args.length; i += 2) {
            if (!args[i].startsWith("--") || i + 1 == args.length) {
                throw new IllegalArgumentException("expected --key value, not '" + args[i] + "'");
            }
            values.put(args[i].substring(2), args[i + 1]);
        }
        return new Options(Map.copyOf(values));
    }

    public String text(String key, String otherwise) {
        return values.getOrDefault(key, otherwise);
    }

    /** Words between commas. */
    public List<String> list(String key, String otherwise) {
        return Pattern.compile(",").splitAsStream(text(key, otherwise)).toList();
    }

    public double number(String key, double otherwise) {
        var text = values.get(key);
        return text == null ? otherwise : Double.parseDouble(text);
    }

    public int whole(String key, int otherwise) {
        var text = values.get(key);
        return text == null ? otherwise : Integer.parseInt(text);
    }
}
