package org.stationmaster.core.worker;

import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/** The lines of a text of which nothing is known: what is longer than the limit is cut, and the rest counted. */
final class CutLines {
    private final Reader text;
    private final int limit;
    private boolean wasReturn;

    /**
     * @param text buffered: it is read by characters
     * @param limit characters of a line that are kept
     */
    CutLines(Reader text, int limit) {
        this.text = text;
        this.limit = limit;
    }

    /** The next line without its end, which is LF, CR or both; null behind the last. */
    @Nullable
    String next() throws IOException {
        var line = new StringBuilder();
        long cut = 0;
        int c = text.read();
        if (wasReturn && c == '\n') {
            c = text.read();
        }
        if (c < 0) {
            return null;
        }
        for (; c >= 0 && c != '\n' && c != '\r'; c = text.read()) {
            if (line.length() < limit) {
                line.append((char) c);
            } else {
                cut++;
            }
        }
        wasReturn = c == '\r';
        return cut == 0 ? line.toString() : line + " … and " + cut + " characters more";
    }
}
