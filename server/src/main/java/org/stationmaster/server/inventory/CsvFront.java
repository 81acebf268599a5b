package org.stationmaster.server.inventory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * CSV (RFC 4180) to {@link Doc}: the first line names the keys, each further one is a source. An empty cell is a key that is
 * not given; {@code attributes.site} and {@code tls.caFile} are keys inside a mapping; a list stands in one cell, its items
 * behind semicolons.
 */
final class CsvFront {
    private final String text;
    private final Problems problems;
    private int offset;
    private int line = 1;
    private int column = 1;

    private CsvFront(String text, Problems problems) {
        this.text = text;
        this.problems = problems;
    }

    /** A list of mappings; null when there is no header, which is then reported. */
    static @Nullable Doc read(String text, Problems problems) {
        return new CsvFront(text, problems).document();
    }

    private @Nullable Doc document() {
        var start = place();
        var header = row();
        if (header.stream().allMatch(cell -> cell.text().isBlank())) {
            problems.add(start, "", "the file is empty: its first line must name keys, such as id,protocol,host,port");
            return null;
        }
        if (header.size() == 1 && header.getFirst().text().contains(";")) {
            problems.add(start, "", "the columns must be divided by commas, not semicolons");
            return null;
        }
        var items = new ArrayList<Doc>();
        while (offset < text.length()) {
            var at = place();
            var cells = row();
            if (cells.size() == 1 && cells.getFirst().text().isBlank()) {
                continue; // an empty line
            }
            if (cells.size() > header.size()) {
                problems.add(
                        cells.get(header.size()).at(),
                        "",
                        "a cell too many: the first line names " + header.size() + " keys");
            }
            items.add(source(at, header, cells));
        }
        return new Doc.Sequence(start, items);
    }

    private static Doc source(Doc.Position at, List<Doc.Scalar> header, List<Doc.Scalar> cells) {
        var entries = new ArrayList<Doc.Entry>();
        Map<String, List<Doc.Entry>> nested = new LinkedHashMap<>();
        for (int i = 0; i < Math.min(header.size(), cells.size()); i++) {
            var cell = cells.get(i);
            var key = header.get(i).text().strip();
            if (cell.text().isEmpty()) {
                continue;
            }
            int dot = key.indexOf('.');
            if (dot > 0) {
                nested.computeIfAbsent(key.substring(0, dot), _ -> new ArrayList<>())
                        .add(new Doc.Entry(cell.at(), key.substring(dot + 1), cell));
            } else {
                entries.add(new Doc.Entry(cell.at(), key, cell));
            }
        }
        nested.forEach((key, inner) -> {
            var first = inner.getFirst().at();
            entries.add(new Doc.Entry(first, key, new Doc.Mapping(first, inner)));
        });
        return new Doc.Mapping(at, entries);
    }

    /** The cells up to the end of the line, or of the text. */
    private List<Doc.Scalar> row() {
        var cells = new ArrayList<Doc.Scalar>();
        while (true) {
            cells.add(cell());
            if (offset == text.length()) {
                return cells;
            }
            if (next() == '\n') {
                return cells;
            }
        }
    }

    private Doc.Scalar cell() {
        var at = place();
        if (offset < text.length() && text.charAt(offset) == '"') {
            return new Doc.Scalar(at, quoted(at), Doc.Kind.CELL);
        }
        var value = new StringBuilder();
        while (offset < text.length() && text.charAt(offset) != ',' && text.charAt(offset) != '\n') {
            value.append(next());
        }
        return new Doc.Scalar(at, value.toString().strip(), Doc.Kind.CELL);
    }

    private String quoted(Doc.Position at) {
        next();
        var value = new StringBuilder();
        while (offset < text.length()) {
            char c = next();
            if (c != '"') {
                value.append(c);
            } else if (offset < text.length() && text.charAt(offset) == '"') {
                value.append(next());
            } else {
                skipBehindQuote();
                return value.toString();
            }
        }
        problems.add(at, "", "a quote that does not end");
        return value.toString();
    }

    private void skipBehindQuote() {
        while (offset < text.length() && text.charAt(offset) != ',' && text.charAt(offset) != '\n') {
            var at = place();
            if (!Character.isWhitespace(next())) {
                problems.add(at, "", "text behind a quote: double the quotes inside a cell");
                return;
            }
        }
    }

    private char next() {
        char c = text.charAt(offset++);
        if (c == '\n') {
            line++;
            column = 1;
        } else if (!Character.isLowSurrogate(c)) {
            column++;
        }
        return c;
    }

    private Doc.Position place() {
        return new Doc.Position(line, column);
    }
}
