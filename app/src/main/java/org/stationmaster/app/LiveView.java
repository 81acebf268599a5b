package org.stationmaster.app;

import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.SlotEvent;

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
        var rows = new RowBudget(look.height());
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
        int gaps = rows.take(Math.min(4, rows.left() / 2));
        int events = rows.take(Math.min(MAX_EVENTS, snapshot.events().size()));

        var lines = new ArrayList<String>();
        add(lines, top == 0 ? List.of() : List.of(top()), false);
        add(lines, grid.lines(cells), gaps >= 2);
        add(lines, legend == 0 ? List.of() : List.of(grid.legend(cells)), false);
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

    private String top() {
        var planned = header.planned();
        var time = Numbers.clock(header.elapsed()) + (planned == null ? "" : " / " + Numbers.clock(planned));
        var line = new Line(look).add(" ").add(Paint.TITLE, "STATIONMASTER").add("  ");
        int room = line.room() - time.length() - 1;
        return line.add(Line.shorten(header.title(), room))
                .right(Paint.STRONG, time)
                .toString();
    }

    private List<String> figures(int rows) {
        var all = new Figures(snapshot, rates, look);
        return List.of(all.records(), all.latency(), all.sources(), all.wake(), all.ends())
                .subList(0, rows);
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
        return line.add(Line.shorten(alarm.message(), line.room() - more.length()))
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
            line.add("  ").add(Figures.words(event.reason()));
        }
        if (!event.detail().isEmpty()) {
            line.add("  ").add(Paint.DIM, Line.shorten(event.detail(), line.room() - 2));
        }
        return line.toString();
    }

    private List<String> notes(int rows) {
        return header.notes().subList(0, Math.min(rows, header.notes().size())).stream()
                .map(note -> new Line(look)
                        .add(" ")
                        .add(Paint.DIM, Line.shorten(note, look.width() - 2))
                        .toString())
                .toList();
    }
}
