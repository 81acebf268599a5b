package org.stationmaster.app;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Headroom;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.MachineView.Totals;
import org.stationmaster.core.api.SourceState;
import tools.jackson.databind.JsonNode;

/** Draws what {@code GET /api/v1/machine} told as lines of text: a pure function of what is given. */
final class RemoteView {
    private static final int MAX_WORKERS = 16;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /**
     * One look.
     *
     * @param lost why the machine does not answer any more; null: it has just answered
     */
    record Seen(
            String url,
            JsonNode told,
            Snapshot machine,
            Trend.Rates rates,
            @Nullable String lost) {
        Seen lost(String why) {
            return new Seen(url, told, machine, Trend.Rates.NONE, why);
        }
    }

    private final Seen seen;
    private final Instant now;
    private final Look look;
    private final int rows;
    private final Figures figures;

    /** @param rows how many alarms to name */
    RemoteView(Seen seen, Instant now, Look look, int rows) {
        this.seen = seen;
        this.now = now;
        this.look = look;
        this.rows = rows;
        figures = new Figures(seen.machine(), seen.rates(), look);
    }

    /** What the figures are drawn from; the states of single slots are not in it. */
    static Snapshot snapshot(JsonNode told, long nanoTime) {
        var size = told.path("size");
        var sums = told.path("totals");
        var totals = new Totals(
                counts(sums.path("sources"), SourceState.class, JsonNode::asInt),
                sums.path("failing").asInt(0),
                sums.path("records").asLong(0),
                sums.path("bytes").asLong(0),
                sums.path("reconnects").asLong(0),
                sums.path("corrupt").asLong(0),
                sums.path("corruptBytes").asLong(0),
                sums.path("late").asLong(0),
                sums.path("silences").asLong(0),
                counts(sums.path("ends"), EndReason.class, JsonNode::asLong),
                Map.of(),
                Map.of());
        return new Snapshot(
                nanoTime,
                new MachineSize(
                        Math.max(1, size.path("workers").asInt(1)),
                        Math.max(1, size.path("slots").asInt(1))),
                List.of(),
                totals,
                List.of(),
                List.of(),
                quantiles(told.path("latencyMillis")),
                quantiles(told.path("wakeMillis")));
    }

    /** By name; a name of a later release is passed over. */
    private static <K extends Enum<K>, V> Map<K, V> counts(
            JsonNode node, Class<K> kind, java.util.function.Function<JsonNode, V> number) {
        var found = new EnumMap<K, V>(kind);
        for (var name : kind.getEnumConstants()) {
            var count = node.path(name.name());
            if (count.isNumber()) {
                found.put(name, number.apply(count));
            }
        }
        return found;
    }

    private static Quantiles quantiles(JsonNode node) {
        return new Quantiles(
                node.path("p50").asDouble(0),
                node.path("p99").asDouble(0),
                node.path("max").asDouble(0),
                node.path("count").asLong(0));
    }

    static String line(Seen seen, Instant now) {
        var lost = seen.lost();
        if (lost != null) {
            return TIME.format(now) + "  " + lost;
        }
        var totals = seen.machine().totals();
        int all = totals.sources().values().stream().mapToInt(Integer::intValue).sum();
        return TIME.format(now) + "  " + life(seen.told()) + "  running "
                + totals.sources().getOrDefault(SourceState.RUNNING, 0) + "/" + all + "  "
                + Numbers.rate(seen.rates().recordsPerSecond()) + "/s "
                + Numbers.bytes(seen.rates().bytesPerSecond()) + "/s  records "
                + Numbers.count(totals.records()) + "  failing " + totals.failing() + "  alarms "
                + seen.told().path("alarms").size();
    }

    private static String life(JsonNode told) {
        return told.path("ready").asBoolean(false) ? "ready" : "not ready";
    }

    List<String> report() {
        var lines = new ArrayList<>(head());
        if (seen.machine().latencyMillis().count() > 0) {
            lines.add(figures.receipt());
        }
        lines.add(figures.wake());
        lines.add(figures.ends());
        lines.add("");
        lines.addAll(workers(Integer.MAX_VALUE));
        lines.add("");
        lines.addAll(alarms(rows));
        return lines;
    }

    /** The alarms have what the workers leave; what is least important goes first when there is no room. */
    List<String> screen() {
        var budget = new RowBudget(look.height());
        var lines = new ArrayList<>(head());
        lines = new ArrayList<>(lines.subList(0, budget.take(lines.size())));
        int keys = budget.take(1);
        int shown = budget.take(2);
        int told = budget.take(2);
        int workers = seen.told().path("workers").size();
        shown += budget.take(Math.min(MAX_WORKERS, workers + 1) - shown);
        int gaps = budget.take(2);
        told += budget.take(Math.min(rows, seen.told().path("alarms").size()) + 1 - told);
        int more = budget.take(2);
        lines.addAll(List.of(figures.wake(), figures.ends()).subList(0, more));
        section(lines, workers(shown - 1), shown, gaps >= 1);
        section(lines, alarms(Math.min(rows, told - 1)), told, gaps >= 2);
        if (keys > 0) {
            lines.add(new Line(look).add(Paint.DIM, " q or Ctrl-C ends").toString());
        }
        return lines;
    }

    private static void section(List<String> lines, List<String> part, int room, boolean gap) {
        if (gap) {
            lines.add("");
        }
        lines.addAll(part.subList(0, Math.clamp(room, 0, part.size())));
    }

    private List<String> head() {
        var machine = figures.name("machine");
        var lost = seen.lost();
        if (lost == null) {
            boolean ready = seen.told().path("ready").asBoolean(false);
            machine.add(ready ? Paint.GOOD : Paint.WARN, life(seen.told()));
        } else {
            machine.add(Paint.BAD, lost);
        }
        return List.of(
                new Line(look)
                        .add(" ")
                        .add(Paint.TITLE, "STATIONMASTER")
                        .add("  ")
                        .add(seen.machine().size().toString())
                        .add(Paint.DIM, "  " + seen.url())
                        .right(Paint.STRONG, TIME.format(now))
                        .toString(),
                machine.toString(),
                figures.records(),
                sources());
    }

    private String sources() {
        var room = seen.told().path("headroom");
        return figures.sources(
                room.isNumber()
                        ? new Headroom(
                                room.asLong(), seen.told().path("headroomRate").asDouble(0))
                        : null);
    }

    private List<String> workers(int room) {
        var lines = new ArrayList<String>();
        lines.add(new Line(look)
                .add(Paint.DIM, " worker      pid  state         cpu      load         held")
                .toString());
        var all = seen.told().path("workers");
        int shown = all.size() <= room ? all.size() : Math.max(0, room - 1);
        for (int i = 0; i < shown; i++) {
            lines.add(worker(all.get(i)));
        }
        if (shown < all.size()) {
            lines.add(new Line(look)
                    .add(Paint.DIM, " … " + (all.size() - shown) + " more")
                    .toString());
        }
        return lines;
    }

    private String worker(JsonNode worker) {
        int slots = 0;
        for (var count : worker.path("slots")) {
            slots += count.asInt(0);
        }
        var state = worker.path("state").asString("");
        var cpu = worker.path("cpu");
        int idle = worker.path("slots").path("IDLE").asInt(0);
        return new Line(look)
                .add(" ")
                .add(
                        Paint.STRONG,
                        String.format(Locale.ROOT, "%-6s", worker.path("id").asString("")))
                .add(String.format(Locale.ROOT, "%9d  ", worker.path("pid").asLong(0)))
                .add(state.equals("READY") ? Paint.GOOD : Paint.WARN, state.toLowerCase(Locale.ROOT))
                .pad(27)
                .add(String.format(Locale.ROOT, "%8s", cpu.isNumber() ? percent(cpu.asDouble()) : "–"))
                .add(String.format(
                        Locale.ROOT, "%10s", percent(worker.path("load").asDouble(0))))
                .add(String.format(Locale.ROOT, "%13s", slots - idle + "/" + slots))
                .toString();
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f%%", share * 100);
    }

    private List<String> alarms(int room) {
        var all = seen.told().path("alarms");
        if (all.isEmpty()) {
            return List.of(new Line(look).add(Paint.DIM, " no alarms").toString());
        }
        var lines = new ArrayList<String>();
        var heading = new Line(look).add(" ").add(Paint.BAD, "ALARMS");
        int shown = Math.min(all.size(), room);
        lines.add(heading.add(
                        Paint.DIM,
                        shown < all.size() ? "  the first " + shown + " of " + Numbers.count(all.size()) : "")
                .toString());
        for (int i = 0; i < shown; i++) {
            var alarm = all.get(i);
            lines.add(new Line(look)
                    .add("   ")
                    .add(Paint.WARN, alarm.path("kind").asString(""))
                    .add("  " + alarm.path("subject").asString("") + "  ")
                    .add(Paint.DIM, "since " + alarm.path("since").asString("") + "  ")
                    .add(alarm.path("message").asString(""))
                    .toString());
        }
        return lines;
    }
}
