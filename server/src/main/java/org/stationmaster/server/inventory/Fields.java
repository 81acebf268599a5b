package org.stationmaster.server.inventory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one mapping, read by the type that the schema asks for. A wrong value is reported and then looks
 * absent, so that reading goes on and finds the next error.
 */
final class Fields {
    private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]{1,18}");
    private static final Pattern DECIMAL_COMMA = Pattern.compile("[-+]?[0-9]{1,18},[0-9]{1,18}");
    private static final Pattern NUMBER = Pattern.compile("[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]+)?");
    private static final Set<String> NOT_FINITE = Set.of(".inf", "+.inf", "-.inf", ".nan", "nan", "infinity");

    private final Doc.Mapping mapping;
    private final String prefix;
    private final Problems problems;
    private final Map<String, Doc.Entry> entries = new LinkedHashMap<>();

    /** @param prefix stands before the keys in errors: {@code tls.}, or empty */
    Fields(Doc.Mapping mapping, String prefix, Problems problems) {
        this.mapping = mapping;
        this.prefix = prefix;
        this.problems = problems;
        for (var entry : mapping.entries()) {
            var first = entries.putIfAbsent(entry.key(), entry);
            if (first != null) {
                problems.add(
                        entry.at(),
                        prefix + entry.key(),
                        "key '" + Texts.shown(entry.key()) + "' stands twice; the first is in line "
                                + first.at().line() + ", column " + first.at().column());
            }
        }
    }

    /** The fields of a mapping; anything else is reported as {@code what} being wrong. */
    static @Nullable Fields of(Doc doc, String what, String prefix, Problems problems) {
        return switch (doc) {
            case Doc.Mapping mapping -> new Fields(mapping, prefix, problems);
            case Doc.Broken _ -> null;
            case Doc.Scalar _, Doc.Sequence _ -> {
                problems.add(doc.at(), withoutDot(prefix), what + "; found " + doc.described());
                yield null;
            }
        };
    }

    private static String withoutDot(String prefix) {
        return prefix.isEmpty() ? "" : prefix.substring(0, prefix.length() - 1);
    }

    /** Adds a quoted text where the key is not there. */
    Fields withDefault(String key, String text) {
        entries.putIfAbsent(key, new Doc.Entry(mapping.at(), key, new Doc.Scalar(mapping.at(), text, Doc.Kind.QUOTED)));
        return this;
    }

    Set<String> keys() {
        return entries.keySet();
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    @Nullable
    Doc doc(String key) {
        var entry = entries.get(key);
        return entry == null ? null : entry.value();
    }

    /** Where the key's value stands; the mapping's place when there is no such key. */
    Doc.Position at(String key) {
        var doc = doc(key);
        return doc == null ? mapping.at() : doc.at();
    }

    /** Reports every key outside {@code known}, with the nearest that would do. */
    void refuseUnknown(Collection<String> known) {
        for (var entry : entries.values()) {
            if (!known.contains(entry.key())) {
                unknown(entry, known);
            }
        }
    }

    /** Reports one key as unknown. */
    void refuseUnknown(String key, Collection<String> known) {
        var entry = entries.get(key);
        if (entry != null) {
            unknown(entry, known);
        }
    }

    private void unknown(Doc.Entry entry, Collection<String> known) {
        var advice = Texts.didYouMean(entry.key(), known).orElseGet(() -> "known are " + String.join(", ", known));
        report(entry.at(), entry.key(), "unknown key '" + Texts.shown(entry.key()) + "': " + advice);
    }

    /** Reports about the key itself, at the key's place. */
    void refuseKey(String key, String message) {
        var entry = entries.get(key);
        report(entry == null ? mapping.at() : entry.at(), key, message);
    }

    /** Reports about a key's value. */
    void refuse(String key, String message) {
        report(at(key), key, message);
    }

    /** Reports each of the keys that is not there. */
    void require(String... keys) {
        for (var key : keys) {
            if (!has(key)) {
                report(mapping.at(), key, "'" + key + "' is missing");
            }
        }
    }

    private void report(Doc.Position at, String key, String message) {
        problems.add(at, prefix + key, message);
    }

    /** Text; never empty. */
    @Nullable
    String text(String key) {
        var doc = doc(key);
        return doc == null ? null : text(key, doc);
    }

    private @Nullable String text(String key, Doc doc) {
        if (doc instanceof Doc.Scalar(var _, var text, var kind)
                && (kind == Doc.Kind.PLAIN || kind == Doc.Kind.QUOTED || kind == Doc.Kind.CELL)) {
            if (!text.isBlank()) {
                return text;
            }
            report(doc.at(), key, "'" + key + "' is empty: give it a value or leave the key out");
        } else {
            wrongType(doc, key, "text");
        }
        return null;
    }

    /** A whole number within a range. */
    OptionalLong whole(String key, long min, long max) {
        var raw = bare(key, "a whole number", Doc.Kind.NUMBER);
        if (raw == null) {
            return OptionalLong.empty();
        }
        if (!WHOLE.matcher(raw).matches()) {
            var range = NUMBER.matcher(raw).matches() ? " from " + min + " to " + max : "";
            refuse(key, "'" + key + "' must be a whole number" + range + "; found '" + Texts.shown(raw) + "'");
            return OptionalLong.empty();
        }
        long value = Long.parseLong(raw);
        if (value < min || value > max) {
            refuse(key, key + " " + raw + " is out of range " + min + " to " + max);
            return OptionalLong.empty();
        }
        return OptionalLong.of(value);
    }

    /** A finite number above 0. */
    OptionalDouble positive(String key, double max) {
        var raw = number(key);
        if (raw == null) {
            return OptionalDouble.empty();
        }
        double value = Double.parseDouble(raw);
        if (!(value > 0 && value <= max)) {
            refuse(key, key + " " + Texts.shown(raw) + " is out of range: above 0, at most " + (long) max);
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(value);
    }

    /** A finite number, as written. */
    @Nullable
    String number(String key) {
        var raw = bare(key, "a number", Doc.Kind.NUMBER);
        if (raw == null || NUMBER.matcher(raw).matches()) {
            return raw;
        }
        var finite = NOT_FINITE.contains(raw.toLowerCase(java.util.Locale.ROOT)) ? "a finite number" : "a number";
        refuse(key, "'" + key + "' must be " + finite + "; found '" + Texts.shown(raw) + "'" + withPoint(raw));
        return null;
    }

    /** What to write for a decimal comma. */
    private static String withPoint(String raw) {
        return DECIMAL_COMMA.matcher(raw).matches() ? " (write " + raw.replace(',', '.') + ")" : "";
    }

    /** A switch: true or false. */
    @Nullable
    Boolean flag(String key) {
        var raw = bare(key, "true or false", Doc.Kind.SWITCH);
        if (raw == null) {
            return null;
        }
        return switch (raw) {
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default -> {
                refuse(key, "'" + key + "' must be true or false; found '" + Texts.shown(raw) + "'");
                yield null;
            }
        };
    }

    boolean flag(String key, boolean absent) {
        var value = flag(key);
        return value == null ? absent : value;
    }

    /** A list of texts; empty when the key is not there. */
    List<String> texts(String key) {
        var found = new ArrayList<String>();
        switch (doc(key)) {
            case null -> {}
            case Doc.Sequence(var _, var items) -> {
                for (var item : items) {
                    var text = text(key, item);
                    if (text != null) {
                        found.add(text);
                    }
                }
            }
            case Doc.Scalar(var at, var text, var kind)
            when kind == Doc.Kind.CELL -> {
                for (var item : text.split(";", -1)) {
                    var one = text(key, new Doc.Scalar(at, item.strip(), Doc.Kind.CELL));
                    if (one != null) {
                        found.add(one);
                    }
                }
            }
            case Doc.Scalar doc -> refuse(key, "'" + key + "' must be a list such as [a, b]; found " + doc.described());
            case Doc.Mapping doc ->
                refuse(key, "'" + key + "' must be a list such as [a, b]; found " + doc.described());
            case Doc.Broken _ -> {}
        }
        return found;
    }

    /** The mapping under a key; null when it is not there or is none, which is then reported. */
    @Nullable
    Fields nested(String key) {
        var doc = doc(key);
        return doc == null ? null : of(doc, "'" + key + "' must be a mapping", prefix + key + ".", problems);
    }

    /** The text of a scalar that is no text: plain in YAML, a cell of CSV, of the given kind in JSON. */
    private @Nullable String bare(String key, String wanted, Doc.Kind kind) {
        var doc = doc(key);
        if (doc == null) {
            return null;
        }
        if (doc instanceof Doc.Scalar scalar
                && (scalar.kind() == Doc.Kind.PLAIN || scalar.kind() == Doc.Kind.CELL || scalar.kind() == kind)) {
            if (!scalar.text().isEmpty()) {
                return scalar.text();
            }
            refuse(key, "'" + key + "' is empty: it must be " + wanted);
            return null;
        }
        wrongType(doc, key, wanted);
        return null;
    }

    private void wrongType(Doc doc, String key, String wanted) {
        if (doc instanceof Doc.Broken) {
            return;
        }
        report(doc.at(), key, "'" + key + "' must be " + wanted + "; found " + doc.described() + instead(doc));
    }

    /** What to write for something in quotes; empty where nobody can know. */
    private static String instead(Doc doc) {
        if (!(doc instanceof Doc.Scalar(var _, var text, var kind)) || kind != Doc.Kind.QUOTED) {
            return "";
        }
        return NUMBER.matcher(text).matches() || text.equals("true") || text.equals("false")
                ? " (take the quotes away)"
                : withPoint(text);
    }
}
