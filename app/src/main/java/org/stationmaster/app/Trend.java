package org.stationmaster.app;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Rates over the last second or so, and the last minute of them. One thread. */
final class Trend {
    private static final long WINDOW_NANOS = 1_000_000_000L;
    private static final int HISTORY = 60;

    private final Deque<Point> window = new ArrayDeque<>();
    private final Deque<Double> history = new ArrayDeque<>();
    private Point lastSecond = new Point(0, 0, 0);
    private boolean started;

    /**
     * What is known now.
     *
     * @param recordsPerSecond over the last second
     * @param history records per second, second by second, oldest first, at most 60
     */
    record Rates(double recordsPerSecond, double bytesPerSecond, List<Double> history) {
        static final Rates NONE = new Rates(0, 0, List.of());
    }

    private record Point(long nanoTime, long records, long bytes) {
        double perSecond(long before, long now, Point older) {
            double seconds = (nanoTime - older.nanoTime) / 1e9;
            return seconds <= 0 ? 0 : (now - before) / seconds;
        }
    }

    Rates add(Snapshot snapshot) {
        var now = new Point(
                snapshot.nanoTime(),
                snapshot.totals().records(),
                snapshot.totals().bytes());
        if (!started) {
            started = true;
            lastSecond = now;
        }
        window.addLast(now);
        while (window.size() > 2 && now.nanoTime - second().nanoTime >= WINDOW_NANOS) {
            window.removeFirst();
        }
        if (now.nanoTime - lastSecond.nanoTime >= WINDOW_NANOS) {
            history.addLast(now.perSecond(lastSecond.records, now.records, lastSecond));
            lastSecond = now;
            if (history.size() > HISTORY) {
                history.removeFirst();
            }
        }
        var oldest = window.getFirst();
        return new Rates(
                now.perSecond(oldest.records, now.records, oldest),
                now.perSecond(oldest.bytes, now.bytes, oldest),
                new ArrayList<>(history));
    }

    private Point second() {
        var points = window.iterator();
        points.next();
        return points.next();
    }
}
