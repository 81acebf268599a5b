package org.stationmaster.app;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Map;
import org.stationmaster.core.api.SourceState;

/** Where a running machine is shown. One thread. */
sealed interface Watch extends AutoCloseable {
    /** How often to {@link #show}. */
    long periodMillis();

    void show(LiveView.Header header, Snapshot snapshot, Trend.Rates rates);

    /** One line while there is nothing to show yet. */
    void say(String text);

    @Override
    default void close() {}

    /** Redraws a terminal in place. */
    final class Terminal implements Watch {
        static final int STDOUT = 1;
        private static final long PERIOD_MILLIS = 220;

        private final Screen screen;
        private final TerminalSize size;
        private Look look;

        Terminal(Screen screen, TerminalSize size, Look look) {
            this.screen = screen;
            this.size = size;
            this.look = look;
        }

        @Override
        public long periodMillis() {
            return PERIOD_MILLIS;
        }

        @Override
        public void show(LiveView.Header header, Snapshot snapshot, Trend.Rates rates) {
            // The last column stays free: clearing to the end of a full line would take its last character.
            look = size.of(STDOUT)
                    .map(now -> look.sized(now.columns() - 1, now.rows()))
                    .orElse(look);
            screen.show(LiveView.lines(header, snapshot, rates, look));
        }

        @Override
        public void say(String text) {
            screen.show(List.of(new Line(look).add(" ").add(text).toString()));
        }

        @Override
        public void close() {
            screen.close();
        }
    }

    /** One line at a time, where there is no terminal. */
    record Lines(PrintWriter out) implements Watch {
        private static final long PERIOD_MILLIS = 1_000;

        @Override
        public long periodMillis() {
            return PERIOD_MILLIS;
        }

        @Override
        public void show(LiveView.Header header, Snapshot snapshot, Trend.Rates rates) {
            say(line(header, snapshot, rates));
        }

        @Override
        public void say(String text) {
            out.println(text);
            out.flush();
        }

        static String line(LiveView.Header header, Snapshot snapshot, Trend.Rates rates) {
            var totals = snapshot.totals();
            var latency = snapshot.latencyMillis();
            int sources = totals.sources().values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            return Numbers.clock(header.elapsed()) + "  running "
                    + totals.sources().getOrDefault(SourceState.RUNNING, 0) + "/" + sources
                    + "  " + Numbers.rate(rates.recordsPerSecond()) + "/s " + Numbers.bytes(rates.bytesPerSecond())
                    + "/s  records " + Numbers.count(totals.records())
                    + (latency.count() == 0
                            ? ""
                            : "  latency p50 " + Numbers.millis(latency.p50()) + " p99 " + Numbers.millis(latency.p99())
                                    + " ms")
                    + "  reconnects " + totals.reconnects()
                    + "  alarms " + snapshot.alarms().size();
        }
    }

    /** The look of this process's terminal; unicode when its text is UTF-8. */
    static Look look(TerminalSize.Size size, Map<String, String> environment, Charset charset) {
        return new Look(size.columns(), size.rows(), Look.coloursOf(environment), Look.isUnicode(charset));
    }
}
