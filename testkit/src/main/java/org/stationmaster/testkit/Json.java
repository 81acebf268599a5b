package org.stationmaster.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the JSON that reports are made of: objects, arrays, texts and whole numbers. A library for this would be the
 * testkit's only dependency.
 */
final class Json {
    private static final int MAX_DEPTH = 16;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** @throws IllegalArgumentException it is none; names the offset */
    static Object parse(String text) {
        var json = new Json(text);
        var value = json.value(0);
        json.skipBlanks();
        if (json.at < text.length()) {
            throw json.wrong("more text");
        }
        return value;
    }

    @SuppressWarnings("unchecked") // value() makes no other maps
    static Map<String, Object> object(Object value, String what) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw new IllegalArgumentException(what + " is no object");
    }

    @SuppressWarnings("unchecked") // value() makes no other lists
    static List<Object> array(Object value, String what) {
        if (value instanceof List<?> list) {
            return (List<Object>) list;
        }
        throw new IllegalArgumentException(what + " is no array");
    }

    static long number(Object value, String what) {
        if (value instanceof Long number) {
            return number;
        }
        throw new IllegalArgumentException(what + " is no number");
    }

    private Object value(int depth) {
        if (depth > MAX_DEPTH) {
            throw wrong("too deep");
        }
        return switch (peek()) {
            case '{' -> members(depth);
            case '[' -> elements(depth);
            case '"' -> string();
            default -> number();
        };
    }

    private Map<String, Object> members(int depth) {
        var members = new LinkedHashMap<String, Object>();
        expect('{');
        while (peek() != '}') {
            if (!members.isEmpty()) {
                expect(',');
                skipBlanks();
            }
            var key = string();
            expect(':');
            members.put(key, value(depth + 1));
        }
        expect('}');
        return members;
    }

    private List<Object> elements(int depth) {
        var elements = new ArrayList<Object>();
        expect('[');
        while (peek() != ']') {
            if (!elements.isEmpty()) {
                expect(',');
            }
            elements.add(value(depth + 1));
        }
        expect(']');
        return elements;
    }

    private String string() {
        expect('"');
        var found = new StringBuilder();
        while (at < text.length() && text.charAt(at) != '"') {
            char c = text.charAt(at++);
            found.append(c == '\\' ? escaped() : c);
        }
        expect('"');
        return found.toString();
    }

    private char escaped() {
        char c = at < text.length() ? text.charAt(at++) : 0;
        if (c == '"' || c == '\\') {
            return c;
        }
        if (c != 'u' || at + 4 > text.length()) {
            throw wrong("an unknown escape");
        }
        at += 4;
        return (char) Integer.parseInt(text, at - 4, at, 16);
    }

    private Long number() {
        int begin = at;
        while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '-')) {
            at++;
        }
        if (begin == at) {
            throw wrong("no value");
        }
        return Long.parseLong(text, begin, at, 10);
    }

    private char peek() {
        skipBlanks();
        if (at == text.length()) {
            throw wrong("the end");
        }
        return text.charAt(at);
    }

    private void expect(char c) {
        if (peek() != c) {
            throw wrong("no '" + c + "'");
        }
        at++;
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(what + " at offset " + at);
    }
}
