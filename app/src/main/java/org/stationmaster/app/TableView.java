package org.stationmaster.app;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.SlotState;

/** Draws a state table as lines of text: a pure function of what is given. */
final class TableView {
    private static final int MAX_WORKERS = 16;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter SHORT_TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final TableSnapshot table;
    private final Instant now;
    private final Look look;
    private final SlotGrid grid;
    private final Figures figures;
    private final int idWidth;

    private TableView(TableSnapshot table, Trend.Rates rates, Instant now, Look look) {
        this.table = table;
        this.now = now;
        this.look = look;
        grid = new SlotGrid(look, table.machine());
        figures = new Figures(table.machine(), rates, look);
        idWidth = all().mapToInt(source -> source.id().value().length()).max().orElse(0);
    }

    private Stream<TableSnapshot.Source> all() {
        return Stream.of(table.failing(), table.silent(), table.slowest()).flatMap(ranked -> ranked.rows().stream());
    }

    /** All there is to tell, as long as it takes; the height is not looked at. */
    static List<String> report(TableSnapshot table, Trend.Rates rates, Instant now, Look look) {
        var once = new Trend.Rates(rates.recordsPerSecond(), rates.bytesPerSecond(), List.of());
        return new TableView(table, once, now, look).report();
    }

    /** At most {@code look.height()} lines; what does not fit is left out, the least important first. */
    static List<String> screen(TableSnapshot table, Trend.Rates rates, Instant now, Look look) {
        return new TableView(table, rates, now, look).screen();
    }

    /** One line that says it all, where there is no terminal. */
    static String line(TableSnapshot table, Trend.Rates rates, Instant now) {
        return SHORT_TIME.format(now) + "  " + word(table.life()) + "  held " + Numbers.count(table.held()) + "/"
                + Numbers.count(table.machine().size().totalSlots()) + "  " + Numbers.rate(rates.recordsPerSecond())
                + "/s " + Numbers.bytes(rates.bytesPerSecond()) + "/s  records "
                + Numbers.count(table.machine().totals().records()) + "  failing "
                + table.failing().count() + "  silent " + table.silent().count() + "  workers "
                + table.workers().stream().filter(TableSnapshot.Worker::isAlive).count()
                + "/" + table.workers().size();
    }

    private List<String> report() {
        var lines = new ArrayList<String>();
        lines.add(top());
        lines.add(machine());
        if (table.isAlive()) {
            lines.add(figures.records());
        } else {
            lines.add(recordsOfTheDead());
        }
        lines.add(figures.wake());
        lines.add(figures.ends());
        lines.add(sources());
        lines.add(grid.legend(0));
        lines.add("");
        lines.addAll(workers(table.workers().size()));
        for (var part : parts()) {
            lines.add("");
            lines.addAll(part(part, part.rows()));
        }
        return lines;
    }

    private List<String> screen() {
        var rows = new RowBudget(look.height());
        var parts = parts();
        int top = rows.take(1);
        int machine = rows.take(1);
        int records = rows.take(1);
        int sources = rows.take(1);
        int legend = rows.take(1);
        int keys = rows.take(1);
        int workers = rows.take(Math.min(2, 1 + table.workers().size()));
        int cells = rows.take(Math.min(2, table.workers().size()));
        int urgent = rows.take(parts.isEmpty() ? 0 : 3);
        workers += rows.take(Math.min(MAX_WORKERS, 1 + table.workers().size()) - workers);
        cells += rows.take(Math.min(grid.wantedRows(), look.height() / 6) - cells);
        int gaps = rows.take(3);
        var shown = new ArrayList<String>();
        add(shown, top, List.of(top()), false);
        add(shown, machine, List.of(machine()), false);
        add(shown, records, List.of(table.isAlive() ? figures.records() : recordsOfTheDead()), false);
        add(shown, sources, List.of(sources()), false);
        add(shown, workers, workers(workers - 1), gaps >= 1);
        add(shown, cells, grid.lines(cells), gaps >= 2);
        add(shown, legend, List.of(grid.legend(cells)), false);
        addParts(shown, parts, rows.left() + urgent);
        add(
                shown,
                keys,
                List.of(new Line(look).add(Paint.DIM, " q or Ctrl-C ends").toString()),
                gaps >= 3);
        return shown;
    }

    /** Each an equal share of what is left, more when another does not need all of its own; at least one source. */
    private void addParts(List<String> lines, List<Part> parts, int room) {
        var rows = new RowBudget(room);
        int gap = room > 8 ? 1 : 0;
        for (int i = 0; i < parts.size(); i++) {
            int share = rows.left() / (parts.size() - i) - gap;
            int taken = Math.min(parts.get(i).rows(), Math.max(share, Math.min(2, rows.left() - gap)));
            if (taken >= 2) {
                rows.take(taken + gap);
                add(lines, taken, part(parts.get(i), taken), gap > 0);
            }
        }
    }

    private static void add(List<String> lines, int rows, List<String> part, boolean gap) {
        if (gap && rows > 0) {
            lines.add("");
        }
        lines.addAll(part.subList(0, Math.clamp(rows, 0, part.size())));
    }

    private String top() {
        return new Line(look)
                .add(" ")
                .add(Paint.TITLE, "STATIONMASTER")
                .add("  ")
                .add(table.machine().size().toString())
                .right(Paint.STRONG, TIME.format(now))
                .toString();
    }

    private String machine() {
        var line = figures.name("machine");
        var boot = Instant.ofEpochSecond(0, table.bootNanos());
        var pid = "pid " + table.supervisor().pid();
        return switch (table.life()) {
            case ALIVE ->
                line.add(Paint.GOOD, "alive")
                        .add("  " + pid + ", up " + Numbers.clock(Duration.between(boot, now)))
                        .add(Paint.DIM, "  started " + TIME.format(boot))
                        .toString();
            case STOPPED ->
                line.add(Paint.WARN, "stopped")
                        .add(" in order  " + pid + " has ended")
                        .add(wroteLast())
                        .toString();
            case DIED ->
                line.add(Paint.BAD, "DIED")
                        .add("  " + pid + " is gone")
                        .add(wroteLast())
                        .toString();
        };
    }

    private String wroteLast() {
        var last = Instant.ofEpochSecond(0, table.asOfNanos());
        return ", wrote last " + TIME.format(last) + ", "
                + Numbers.span(Duration.between(last, now).toNanos()) + " ago";
    }

    static String word(TableSnapshot.Life life) {
        return life.name().toLowerCase(Locale.ROOT);
    }

    private String recordsOfTheDead() {
        return figures.name("records")
                .add(Paint.STRONG, Numbers.count(table.machine().totals().records()))
                .add(" in all")
                .toString();
    }

    private String sources() {
        var line = figures.name("sources")
                .add(Paint.STRONG, Numbers.count(table.held()))
                .add(" in " + Numbers.count(table.machine().size().totalSlots(), "slot"));
        count(line, table.failing().count(), "failing", Paint.BAD);
        count(line, table.silent().count(), "silent", Paint.WARN);
        count(line, table.torn(), "torn", Paint.WARN);
        table.headroom().ifPresent(room -> line.add("  " + Figures.words(room)));
        return line.toString();
    }

    private static void count(Line line, int count, String what, Paint paint) {
        if (count > 0) {
            line.add("  ").add(paint, what + " " + Numbers.count(count));
        }
    }

    /** A heading, and as many workers as there is room for; the dead come first when not all have room. */
    private List<String> workers(int room) {
        var lines = new ArrayList<String>();
        lines.add(new Line(look)
                .add(Paint.DIM, " worker      pid  state         cpu    memory last beat         held")
                .toString());
        int shown = table.workers().size() <= room ? room : Math.max(0, room - 1);
        for (var worker : table.workers()) {
            if (lines.size() > shown) {
                var more = table.workers().subList(shown, table.workers().size());
                long dead = more.stream().filter(other -> !other.isAlive()).count();
                lines.add(new Line(look)
                        .add(Paint.DIM, " … " + more.size() + " more")
                        .add(Paint.BAD, dead == 0 ? "" : ", " + dead + " of them dead")
                        .toString());
                break;
            }
            lines.add(worker(worker));
        }
        return lines;
    }

    private String worker(TableSnapshot.Worker worker) {
        var row = table.machine().workers().get(worker.id().index());
        int idle = row.worker().slots().getOrDefault(SlotState.IDLE, 0);
        int slots = table.machine().size().slots();
        var line = new Line(look).add(" ").add(Paint.STRONG, String.format(Locale.ROOT, "%-6s", worker.id()));
        line.add(String.format(Locale.ROOT, "%9d  ", worker.process().pid()));
        addState(line, worker);
        line.pad(27);
        if (worker.isAlive()) {
            var pulse = worker.pulse();
            line.add(cell(
                    pulse.cpuShare().isEmpty() ? "–" : percent(pulse.cpuShare().getAsDouble()), 8));
            line.add(cell(Numbers.bytes((double) worker.memoryBytes()), 10));
            line.add(cell(
                    pulse.ageNanos().isEmpty()
                            ? "–"
                            : Numbers.span(pulse.ageNanos().getAsLong()),
                    10));
        } else {
            line.add(Paint.DIM, cell("–", 8)).add(Paint.DIM, cell("–", 10)).add(Paint.DIM, cell("–", 10));
        }
        return line.add(cell(slots - idle + "/" + slots, 13)).toString();
    }

    private static void addState(Line line, TableSnapshot.Worker worker) {
        if (!worker.isAlive()) {
            boolean ended = worker.state() == WorkerState.STOPPING;
            line.add(ended ? Paint.DIM : Paint.BAD, ended ? "ended" : "dead");
            return;
        }
        line.add(
                worker.state() == WorkerState.READY ? Paint.GOOD : Paint.BUSY,
                worker.state().name().toLowerCase(Locale.ROOT));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f%%", share * 100);
    }

    private static String cell(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }

    /** A ranking with its heading. */
    private record Part(String title, Paint paint, TableSnapshot.Ranked ranked) {
        int rows() {
            return 1 + ranked.rows().size();
        }
    }

    /** The failing, the silent, the slowest; those that there are. */
    private List<Part> parts() {
        return Stream.of(
                        new Part("FAILING", Paint.BAD, table.failing()),
                        new Part("SILENT", Paint.WARN, table.silent()),
                        new Part("SLOWEST", Paint.STRONG, table.slowest()))
                .filter(part -> !part.ranked().rows().isEmpty())
                .toList();
    }

    private List<String> part(Part part, int rows) {
        var heading = new Line(look).add(" ").add(part.paint(), part.title());
        int shown = Math.min(rows, part.rows()) - 1;
        if (part.ranked().count() > shown) {
            heading.add(
                    Paint.DIM,
                    "  the worst " + shown + " of "
                            + Numbers.count(part.ranked().count()));
        }
        return Stream.concat(
                        Stream.of(heading.toString()),
                        part.ranked().rows().stream().limit(shown).map(this::source))
                .toList();
    }

    private String source(TableSnapshot.Source source) {
        var line = new Line(look).add("   ").add(source.id().value()).pad(3 + Math.min(idWidth, look.width() / 3) + 2);
        line.add(Paint.DIM, String.format(Locale.ROOT, "%-8s", source.slot()))
                .add(Glyph.paint(source.state()), String.format(Locale.ROOT, "%-9s", word(source)));
        if (source.records() == 0) {
            line.add("no record yet, so for " + Numbers.span(source.ageNanos()));
        } else {
            line.add("last record " + cell(Numbers.span(source.ageNanos()), 6) + " ago");
            if (source.usualNanos() != null) {
                line.add(Paint.DIM, "  usual " + usual(source.usualNanos()));
            }
        }
        if (source.latencyNanos() != null) {
            line.add("  latency " + Numbers.millis(source.latencyNanos() / 1e6) + " ms");
        }
        if (source.reason() != EndReason.NONE) {
            var words = Figures.words(source.reason());
            line.add("  ");
            if (source.state() == SlotState.RUNNING) {
                line.add(Paint.DIM, "ended last: " + words);
            } else {
                line.add(Paint.WARN, words);
            }
        }
        return line.toString();
    }

    private static String usual(long nanos) {
        return nanos < 100_000_000L ? Numbers.millis(nanos / 1e6) + " ms" : Numbers.span(nanos);
    }

    private static String word(TableSnapshot.Source source) {
        return source.state().name().toLowerCase(Locale.ROOT);
    }
}
