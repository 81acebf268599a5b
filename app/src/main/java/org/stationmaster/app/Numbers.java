package org.stationmaster.app;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them. */
final class Numbers {
    private Numbers() {}

    /** With commas between the thousands. */
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** With its word, such as {@code 1 source} or {@code 2,000 sources}. */
    static String count(long value, String what) {
        return count(value) + " " + what + (value == 1 ? "" : "s");
    }

    /** Three digits that matter, at the least all before the point. */
    static String rate(double value) {
        if (value >= 100 || value == 0) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
    }

    static String bytes(double value) {
        if (value < 1e3) {
            return rate(value) + " B";
        }
        if (value < 1e6) {
            return rate(value / 1e3) + " kB";
        }
        return value < 1e9 ? rate(value / 1e6) + " MB" : rate(value / 1e9) + " GB";
    }

    static String millis(double value) {
        return value == 0 ? "0" : rate(value);
    }

    /** A time span in the unit that suits it. */
    static String span(long nanos) {
        double seconds = Math.max(0, nanos) / 1e9;
        if (seconds < 120) {
            return String.format(Locale.ROOT, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
        }
        if (seconds < 2 * 3_600) {
            return Math.round(seconds / 60) + " min";
        }
        return seconds < 2 * 86_400 ? Math.round(seconds / 3_600) + " h" : Math.round(seconds / 86_400) + " d";
    }

    /** Minutes and seconds, hours when there are any. */
    static String clock(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds >= 3600) {
            return String.format(Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
        }
        return String.format(Locale.ROOT, "%02d:%02d", seconds / 60, seconds % 60);
    }
}
