package org.stationmaster.app;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.Headroom;
import org.stationmaster.core.api.SourceState;

/** The figures of a machine, a line each. */
final class Figures {
    private final Snapshot snapshot;
    private final Trend.Rates rates;
    private final Look look;

    Figures(Snapshot snapshot, Trend.Rates rates, Look look) {
        this.snapshot = snapshot;
        this.rates = rates;
        this.look = look;
    }

    Line name(String name) {
        return new Line(look).add(" ").add(Paint.DIM, name).pad(11);
    }

    String records() {
        var line = name("records")
                .add(Paint.STRONG, Numbers.rate(rates.recordsPerSecond()))
                .add("/s  ")
                .add(Numbers.bytes(rates.bytesPerSecond()))
                .add("/s");
        var total = Numbers.count(snapshot.totals().records()) + " in all";
        if (line.room() > total.length() + 4) {
            line.add(Paint.DIM, "   " + total);
        }
        int room = Math.min(60, line.room() - 4);
        if (look.unicode() && room >= 8) {
            line.right(Paint.GOOD, spark(rates.history(), room) + " ");
        }
        return line.toString();
    }

    /** Bars of the last values against the largest of them. */
    static String spark(List<Double> values, int width) {
        var shown = values.subList(Math.max(0, values.size() - width), values.size());
        double top = shown.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        var bars = new StringBuilder();
        for (double value : shown) {
            bars.append((char) ('▁' + (top <= 0 ? 0 : (int) Math.clamp(value / top * 7, 0, 7))));
        }
        return bars.toString();
    }

    String latency() {
        var q = snapshot.latencyMillis();
        var line = name("latency");
        if (q.count() == 0) {
            return line.add(Paint.DIM, "nothing archived yet").toString();
        }
        addQuantiles(line, q.p50(), q.p99(), q.max());
        return line.add(Paint.DIM, "  sent to archived").toString();
    }

    String wake() {
        var q = snapshot.wakeMillis();
        var line = name("wake");
        if (q.count() == 0) {
            return line.add(Paint.DIM, "nothing woken yet").toString();
        }
        addQuantiles(line, q.p50(), q.p99(), q.max());
        return line.add(Paint.DIM, "  accepted to started").toString();
    }

    private static void addQuantiles(Line line, double p50, double p99, double max) {
        line.add(Paint.DIM, "p50 ")
                .add(Paint.STRONG, Numbers.millis(p50))
                .add(Paint.DIM, "  p99 ")
                .add(Paint.STRONG, Numbers.millis(p99))
                .add(Paint.DIM, "  max ")
                .add(Numbers.millis(max))
                .add(" ms");
    }

    /** Event time to receipt, of sources whose protocol tells the time. */
    String receipt() {
        var q = snapshot.latencyMillis();
        var line = name("latency");
        addQuantiles(line, q.p50(), q.p99(), q.max());
        return line.add(Paint.DIM, "  event to receipt").toString();
    }

    /** For how many more sources there is room. */
    static String words(Headroom room) {
        return "room for " + Numbers.count(room.sources()) + " more at " + Numbers.rate(room.ratePerSecond()) + " Hz";
    }

    String sources() {
        return sources(null);
    }

    String sources(@Nullable Headroom room) {
        var line = name("sources");
        var counts = snapshot.totals().sources();
        int all = counts.values().stream().mapToInt(Integer::intValue).sum();
        line.add(Paint.STRONG, Numbers.count(all));
        for (var state : SourceState.values()) {
            int count = counts.getOrDefault(state, 0);
            if (count > 0) {
                line.add("  ").add(paint(state), state.name().toLowerCase(Locale.ROOT) + " " + Numbers.count(count));
            }
        }
        if (snapshot.totals().failing() > 0) {
            line.add("  ")
                    .add(Paint.BAD, "failing " + Numbers.count(snapshot.totals().failing()));
        }
        if (room != null) {
            line.add("  " + words(room));
        }
        return line.toString();
    }

    private static Paint paint(SourceState state) {
        return switch (state) {
            case RUNNING -> Paint.GOOD;
            case STARTING -> Paint.BUSY;
            case BACKOFF, WAITING -> Paint.WARN;
            case PAUSED, FILTERED -> Paint.REST;
            case STOPPING -> Paint.LEAVE;
        };
    }

    String ends() {
        var totals = snapshot.totals();
        var line = name("ends")
                .add(Numbers.count(totals.reconnects()))
                .add(Paint.DIM, totals.reconnects() == 1 ? " reconnect" : " reconnects");
        totals.ends().entrySet().stream()
                .filter(entry -> entry.getKey() != EndReason.NONE && entry.getValue() > 0)
                .sorted(Map.Entry.<EndReason, Long>comparingByValue().reversed())
                .limit(4)
                .forEach(entry -> line.add("  ")
                        .add(Paint.DIM, words(entry.getKey()))
                        .add(" " + Numbers.count(entry.getValue())));
        if (totals.corrupt() > 0) {
            line.add("  ").add(Paint.WARN, "undecodable " + Numbers.count(totals.corrupt()));
        }
        if (totals.late() > 0) {
            line.add("  ").add(Paint.WARN, "late " + Numbers.count(totals.late()));
        }
        return line.toString();
    }

    static String words(EndReason reason) {
        return reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
