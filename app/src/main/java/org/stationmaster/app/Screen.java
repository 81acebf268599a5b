package org.stationmaster.app;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A terminal that is drawn anew in place: on the alternate screen, without a cursor, each frame in one write, so that
 * nothing flickers. {@link #close} puts everything back; it may be called twice and from any thread.
 */
final class Screen implements AutoCloseable {
    private static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J";
    private static final String LEAVE = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_TO_END_OF_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";

    private final PrintStream out;
    private boolean open = true;

    Screen(PrintStream out) {
        this.out = out;
        write(ENTER);
    }

    /** Shows the lines and nothing else. There must be no more of them than rows. */
    synchronized void show(List<String> lines) {
        if (!open) {
            return;
        }
        var frame = new StringBuilder(HOME);
        for (int i = 0; i < lines.size(); i++) {
            frame.append(lines.get(i)).append(CLEAR_TO_END_OF_LINE).append(i < lines.size() - 1 ? "\r\n" : "");
        }
        write(frame.append(CLEAR_BELOW).toString());
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            write(LEAVE);
        }
    }

    private void write(String text) {
        var bytes = text.getBytes(out.charset());
        out.write(bytes, 0, bytes.length);
        out.flush();
    }

    /** For tests: what a closed screen must end with. */
    static byte[] leaving() {
        return LEAVE.getBytes(StandardCharsets.US_ASCII);
    }
}
