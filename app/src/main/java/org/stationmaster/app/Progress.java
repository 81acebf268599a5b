package org.stationmaster.app;

import java.io.PrintWriter;

/** A bar that grows in one line of a terminal, and goes when the work is done; elsewhere nothing. */
interface Progress extends AutoCloseable {
    /** The descriptor that the bar is written to. */
    int STDERR = 2;

    /** Shows nothing. */
    Progress NONE = _ -> {};

    void show(int done);

    @Override
    default void close() {}

    /** A bar on a terminal. */
    static Progress of(PrintWriter err, int total) {
        boolean canDraw = new TerminalSize().of(STDERR).isPresent() && !Look.isDumb(System.getenv());
        return canDraw ? new Bar(err, total) : NONE;
    }

    /** Drawn over itself. */
    final class Bar implements Progress {
        private static final int WIDTH = 40;

        private final PrintWriter err;
        private final int total;

        Bar(PrintWriter err, int total) {
            this.err = err;
            this.total = total;
        }

        @Override
        public void show(int done) {
            int full = total == 0 ? WIDTH : (int) ((long) WIDTH * done / total);
            err.print("\r[" + "#".repeat(full) + "-".repeat(WIDTH - full) + "] " + Numbers.count(done) + " of "
                    + Numbers.count(total));
            err.flush();
        }

        @Override
        public void close() {
            err.print("\r\u001b[K");
            err.flush();
        }
    }
}
