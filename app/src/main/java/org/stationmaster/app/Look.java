package org.stationmaster.app;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a terminal can show.
 *
 * @param width columns, at least 1
 * @param height rows, at least 1
 * @param colours how many colours it has
 * @param unicode whether it shows more than ASCII
 */
record Look(int width, int height, Colours colours, boolean unicode) {
    /** How many colours. */
    enum Colours {
        NONE,
        SIXTEEN,
        MANY
    }

    Look {
        width = Math.max(1, width);
        height = Math.max(1, height);
    }

    Look sized(int newWidth, int newHeight) {
        return new Look(newWidth, newHeight, colours, unicode);
    }

    /** Reads NO_COLOR (no-color.org), TERM and COLORTERM as every other program does. */
    static Colours coloursOf(Map<String, String> environment) {
        var term = environment.getOrDefault("TERM", "");
        if (!environment.getOrDefault("NO_COLOR", "").isEmpty() || isDumb(environment)) {
            return Colours.NONE;
        }
        boolean many = term.contains("256color")
                || !environment.getOrDefault("COLORTERM", "").isEmpty();
        return many ? Colours.MANY : Colours.SIXTEEN;
    }

    /** Whether the terminal cannot move its cursor. */
    static boolean isDumb(Map<String, String> environment) {
        var term = environment.getOrDefault("TERM", "");
        return term.isEmpty() || term.equals("dumb");
    }

    static boolean isUnicode(Charset charset) {
        return charset.equals(StandardCharsets.UTF_8);
    }
}
