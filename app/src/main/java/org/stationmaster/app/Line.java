package org.stationmaster.app;

/**
 * One line of the screen, never wider than it: what does not fit is cut. Every character given is one column wide.
 * Control characters become {@code ?}, so that no text from outside can steer the terminal.
 */
final class Line {
    private static final String RESET = "\u001b[0m";

    private final Look look;
    private final StringBuilder text = new StringBuilder();
    private int columns;
    private Paint current = Paint.PLAIN;

    Line(Look look) {
        this.look = look;
    }

    /** Columns still free. */
    int room() {
        return look.width() - columns;
    }

    Line add(Paint paint, CharSequence piece) {
        for (int i = 0; i < piece.length() && room() > 0; i++) {
            addChar(paint, piece.charAt(i));
        }
        return this;
    }

    Line add(CharSequence piece) {
        return add(Paint.PLAIN, piece);
    }

    /** Adds the piece so that it ends at the right edge, when it fits with a blank before it. */
    Line right(Paint paint, String piece) {
        if (piece.length() + 1 > room()) {
            return this;
        }
        pad(look.width() - piece.length());
        return add(paint, piece);
    }

    /** The text, or as much of it as the room lets through, with a sign that there was more. */
    static String shorten(String text, int room) {
        if (text.length() <= room) {
            return text;
        }
        return room <= 1 ? "" : text.substring(0, room - 1) + "…";
    }

    /** Adds blanks up to a column. */
    Line pad(int column) {
        while (columns < Math.min(column, look.width())) {
            addChar(Paint.PLAIN, ' ');
        }
        return this;
    }

    private void addChar(Paint paint, char given) {
        char c = Character.isISOControl(given) || Character.isSurrogate(given) ? '?' : given;
        if (!look.unicode() && c > 126) {
            c = ascii(c);
        }
        paint(c == ' ' ? Paint.PLAIN : paint);
        text.append(c);
        columns++;
    }

    private static char ascii(char c) {
        return switch (c) {
            case '×' -> 'x';
            case '·' -> '.';
            case '…' -> '~';
            case '→' -> '>';
            case '–', '—', '─' -> '-';
            default -> '?';
        };
    }

    private void paint(Paint paint) {
        if (paint == current) {
            return;
        }
        if (!current.code(look.colours()).isEmpty()) {
            text.append(RESET);
        }
        var code = paint.code(look.colours());
        if (!code.isEmpty()) {
            text.append("\u001b[").append(code).append('m');
        }
        current = paint;
    }

    /** The line with its colour sequences; it ends in the terminal's own colour, without trailing blanks. */
    @Override
    public String toString() {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        boolean coloured = !current.code(look.colours()).isEmpty();
        return text.substring(0, end) + (coloured ? RESET : "");
    }
}
