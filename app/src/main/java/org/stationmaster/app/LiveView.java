package org.stationmaster.app;

import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceState;

/**
 * Draws a machine as lines of text: a pure function of what is given. The lines fill the screen or less of it; what
 * does not fit is left out, the least important first.
 */
final class LiveView {
    private static final int MAX_EVENTS = 8;
    private static final int MAX_ALARMS = 3;
    private static final int MAX_FIGURES = 5;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Header header;
    private final Snapshot snapshot;
    private final Trend.Rates rates;
    private final Look look;
    private final SlotGrid grid;

    /**
     * What the machine does not know of itself.
     *
     * @param title what runs here
     * @param planned how long it will run; null: until it is told to stop
     * @param notes what stands below: an address, where the archive is
     */
    record Header(String title, Duration elapsed, @Nullable Duration planned, List<String> notes) {}

    private LiveView(Header header, Snapshot snapshot, Trend.Rates rates, Look look) {
        this.header = header;
        this.snapshot = snapshot;
        this.rates = rates;
        this.look = look;
        grid = new SlotGrid(look, snapshot);
    }

    /** At most {@code look.height()} lines, none wider than the screen. */
    static List<String> lines(Header header, Snapshot snapshot, Trend.Rates rates, Look look) {
        return new LiveView(header, snapshot, rates, look).layout();
    }

    /** Rows for each part: first what each needs, then what each would like, in the order of importance. */
    private List<String> layout() {
        var rows = new Rows(look.height());
        int top = rows.take(1);
        int figures = rows.take(1);
        int cells = rows.take(Math.min(2, snapshot.workers().size()));
        int legend = rows.take(1);
        int alarms = rows.take(snapshot.alarms().isEmpty() ? 0 : 1);
        figures += rows.take(1);
        int notes = rows.take(Math.min(1, header.notes().size()));
        cells += rows.take(Math.min(grid.wantedRows(), look.height() / 2) - cells);
        figures += rows.take(MAX_FIGURES - figures);
        alarms += rows.take(Math.min(MAX_ALARMS, snapshot.alarms().size()) - alarms);
        notes += rows.take(header.notes().size() - notes);
        int gaps = rows.take(Math.min(4, rows.left / 2));
        int events = rows.take(Math.min(MAX_EVENTS, snapshot.events().size()));

        var lines = new ArrayList<String>();
        add(lines, top == 0 ? List.of() : List.of(top()), false);
        add(lines, grid.lines(cells), gaps >= 2);
        add(lines, legend == 0 ? List.of() : List.of(legend(cells)), false);
        add(lines, figures(figures), gaps >= 1);
        add(lines, alarms(alarms), gaps >= 4);
        add(lines, events(events), gaps >= 3);
        add(lines, notes(notes), gaps >= 4);
        return lines;
    }

    private static void add(List<String> lines, List<String> part, boolean gap) {
        if (gap && !part.isEmpty() && !lines.isEmpty()) {
            lines.add("");
        }
        lines.addAll(part);
    }

    /** Rows not yet given away. */
    private static final class Rows {
        private int left;

        Rows(int all) {
            left = all;
        }

        int take(int wanted) {
            int taken = Math.clamp(wanted, 0, left);
            left -= taken;
            return taken;
        }
    }

    private String top() {
        var planned = header.planned();
        var time = Numbers.clock(header.elapsed()) + (planned == null ? "" : " / " + Numbers.clock(planned));
        var line = new Line(look).add(" ").add(Paint.TITLE, "STATIONMASTER").add("  ");
        int room = line.room() - time.length() - 1;
        return line.add(shorten(header.title(), room)).right(Paint.STRONG, time).toString();
    }

    private String legend(int rows) {
        var states = new EnumMap<SlotState, Integer>(SlotState.class);
        for (var row : snapshot.workers()) {
            row.worker().slots().forEach((state, count) -> states.merge(state, count, Integer::sum));
        }
        var line = new Line(look).add(" ");
        for (var state : List.of(
                SlotState.RUNNING,
                SlotState.STARTING,
                SlotState.BACKOFF,
                SlotState.PAUSED,
                SlotState.STOPPING,
                SlotState.IDLE)) {
            int count = states.getOrDefault(state, 0);
            var text = " " + state.name().toLowerCase(Locale.ROOT) + " " + Numbers.count(count) + "  ";
            boolean always = state == SlotState.RUNNING || state == SlotState.IDLE;
            if ((count > 0 || always) && text.length() <= line.room()) {
                line.add(Glyph.paint(state), Glyph.of(state, look.unicode())).add(text);
            }
        }
        int perCell = grid.slotsPerCell(rows);
        if (perCell > 1) {
            line.right(Paint.DIM, "a cell is " + perCell + " slots ");
        }
        return line.toString();
    }

    private List<String> figures(int rows) {
        var all = List.of(records(), latency(), sources(), wake(), ends());
        return all.subList(0, Math.min(rows, all.size()));
    }

    private Line name(String name) {
        return new Line(look).add(" ").add(Paint.DIM, name).pad(11);
    }

    private String records() {
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

    private String latency() {
        var q = snapshot.latencyMillis();
        var line = name("latency");
        if (q.count() == 0) {
            return line.add(Paint.DIM, "nothing archived yet").toString();
        }
        addQuantiles(line, q.p50(), q.p99(), q.max());
        return line.add(Paint.DIM, "  sent to archived").toString();
    }

    private String wake() {
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

    private String sources() {
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

    private String ends() {
        var totals = snapshot.totals();
        var line = name("ends").add(Numbers.count(totals.reconnects())).add(Paint.DIM, " reconnects");
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

    private List<String> alarms(int rows) {
        var alarms = snapshot.alarms();
        var lines = new ArrayList<String>();
        boolean cut = alarms.size() > rows;
        for (var alarm : alarms.subList(0, Math.min(rows, alarms.size()))) {
            boolean last = lines.size() == rows - 1;
            lines.add(alarm(alarm, cut && last ? "  +" + (alarms.size() - rows) + " more" : ""));
        }
        return lines;
    }

    private String alarm(Alarm alarm, String more) {
        var text = alarm.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ') + " " + alarm.subject();
        var line = new Line(look)
                .add(" ")
                .add(Paint.BAD, "ALARM")
                .pad(11)
                .add(Paint.STRONG, text)
                .add("  ");
        return line.add(shorten(alarm.message(), line.room() - more.length()))
                .add(Paint.DIM, more)
                .toString();
    }

    private List<String> events(int rows) {
        var events = snapshot.events();
        return events.subList(Math.max(0, events.size() - rows), events.size()).stream()
                .map(this::event)
                .toList();
    }

    private String event(SlotEvent event) {
        var line = new Line(look)
                .add(" ")
                .add(Paint.DIM, TIME.format(event.at()))
                .add("  ")
                .add(event.source().toString())
                .add(" ")
                .add(Paint.DIM, event.slot().toString())
                .add("  ")
                .add(Glyph.paint(event.from()), event.from().name().toLowerCase(Locale.ROOT))
                .add(" → ")
                .add(Glyph.paint(event.to()), event.to().name().toLowerCase(Locale.ROOT));
        if (event.reason() != EndReason.NONE) {
            line.add("  ").add(words(event.reason()));
        }
        if (!event.detail().isEmpty()) {
            line.add("  ").add(Paint.DIM, shorten(event.detail(), line.room() - 2));
        }
        return line.toString();
    }

    private List<String> notes(int rows) {
        return header.notes().subList(0, Math.min(rows, header.notes().size())).stream()
                .map(note -> new Line(look)
                        .add(" ")
                        .add(Paint.DIM, shorten(note, look.width() - 2))
                        .toString())
                .toList();
    }

    private static String shorten(String text, int room) {
        if (text.length() <= room) {
            return text;
        }
        return room <= 1 ? "" : text.substring(0, room - 1) + "…";
    }
}
