package org.stationmaster.app;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Columns as wide as what stands in them. Control characters become {@code ?}: no text from outside can steer the terminal. */
final class Table {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();
    private final int[] widths;

    Table(String... heads) {
        widths = new int[heads.length];
        row(heads);
    }

    void row(String... cells) {
        var row = new ArrayList<String>();
        for (int i = 0; i < cells.length; i++) {
            var cell = printable(cells[i]);
            row.add(cell);
            widths[i] = Math.max(widths[i], cell.length());
        }
        rows.add(row);
    }

    static String printable(String text) {
        var printable = new StringBuilder(text.length());
        text.codePoints().forEach(c -> printable.appendCodePoint(Character.isISOControl(c) && c != '\t' ? '?' : c));
        return printable.toString();
    }

    /** Whether it has nothing but its heads. */
    boolean isEmpty() {
        return rows.size() == 1;
    }

    void print(PrintWriter out) {
        for (var row : rows) {
            var line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                var cell = row.get(i);
                line.append(cell).append(" ".repeat(widths[i] - cell.length())).append(GAP);
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
