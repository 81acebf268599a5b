package org.stationmaster.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code --key value …} of a benchmark. */
record Options(Map<String, String> values) {
    static Options of(String... args) {
        var values = new HashMap<String, String>();
        for (int i = 0; i < args.length; i += 2) {
            if (!args[i].startsWith("--") || i + 1 == args.length) {
                throw new IllegalArgumentException("expected --key value, not '" + args[i] + "'");
            }
            values.put(args[i].substring(2), args[i + 1]);
        }
        return new Options(Map.copyOf(values));
    }

    String text(String key, String otherwise) {
        return values.getOrDefault(key, otherwise);
    }

    /** Words between commas. */
    List<String> list(String key, String otherwise) {
        return Pattern.compile(",").splitAsStream(text(key, otherwise)).toList();
    }

    double number(String key, double otherwise) {
        var text = values.get(key);
        return text == null ? otherwise : Double.parseDouble(text);
    }

    int whole(String key, int otherwise) {
        var text = values.get(key);
        return text == null ? otherwise : Integer.parseInt(text);
    }
}
