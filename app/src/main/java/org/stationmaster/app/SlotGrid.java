package org.stationmaster.app;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.MachineView.WorkerStatus;
import org.stationmaster.core.api.SlotState;

/**
 * Workers as rows, their slots as cells: one cell per slot while they fit, else each cell stands for a group of
 * neighbours and shows the worst of them.
 */
final class SlotGrid {
    private static final int NARROW = 56;
    private static final String LOAD = "load";

    private final Look look;
    private final List<Snapshot.Row> workers;
    private final int slots;
    private final int label;
    private final int suffix;

    SlotGrid(Look look, Snapshot snapshot) {
        this.look = look;
        workers = snapshot.workers();
        slots = snapshot.size().slots();
        boolean narrow = look.width() < NARROW;
        label = ("w" + Math.max(0, workers.size() - 1)).length() + (narrow ? 2 : 3);
        int used = 2 * Integer.toString(slots).length() + 1;
        suffix = narrow ? used + 1 : used + 3 + LOAD.length() + 6;
    }

    /** Rows it would take to give every slot its own cell. */
    int wantedRows() {
        return workers.size() * ceil(slots, cellsInRow());
    }

    /** Slots behind one cell when there are so many rows. */
    int slotsPerCell(int rows) {
        return ceil(slots, rowsPerWorker(rows) * cellsInRow());
    }

    List<String> lines(int rows) {
        var lines = new ArrayList<String>();
        int shown = workers.size() <= rows ? workers.size() : Math.max(0, rows - 1);
        for (var row : workers.subList(0, shown)) {
            addWorker(lines, row, rows);
        }
        if (shown < workers.size() && rows > 0) {
            lines.add(new Line(look)
                    .add(Paint.DIM, " … " + Numbers.count(workers.size() - shown, "more worker"))
                    .toString());
        }
        return lines;
    }

    /** What the cells mean and how many slots are so, when the cells have so many rows; 0: they are not shown. */
    String legend(int rows) {
        var states = new EnumMap<SlotState, Integer>(SlotState.class);
        for (var row : workers) {
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
        int perCell = slotsPerCell(rows);
        if (rows > 0 && perCell > 1) {
            line.right(Paint.DIM, "a cell is " + perCell + " slots ");
        }
        return line.toString();
    }

    private void addWorker(List<String> lines, Snapshot.Row row, int rows) {
        var cells = cells(row.slots(), slotsPerCell(rows));
        int perRow = ceil(cells.size(), Math.max(1, ceil(cells.size(), cellsInRow()))); // rows of one length
        for (int from = 0; from < Math.max(1, cells.size()); from += Math.max(1, perRow)) {
            var line = new Line(look);
            if (from == 0) {
                line.add(" ").add(paint(row.worker().state()), row.worker().id().toString());
            }
            line.pad(label);
            for (var cell : cells.subList(from, Math.min(cells.size(), from + perRow))) {
                line.add(Glyph.paint(cell), Glyph.of(cell, look.unicode()));
            }
            if (from == 0) {
                addSuffix(line, row.worker());
            }
            lines.add(line.toString());
        }
    }

    private void addSuffix(Line line, WorkerStatus worker) {
        int used = slots - worker.slots().getOrDefault(SlotState.IDLE, 0);
        var text = used + "/" + slots;
        line.pad(look.width() - suffix + 1);
        if (look.width() >= NARROW) {
            line.add(" ".repeat(Math.max(0, 2 * Integer.toString(slots).length() + 1 - text.length())));
            line.add(text).add("  ");
            switch (worker.state()) {
                case READY -> line.add(Paint.DIM, LOAD + String.format(Locale.ROOT, "%5.1f%%", worker.load() * 100));
                case STARTING, STOPPING, LOST ->
                    line.add(paint(worker.state()), worker.state().name().toLowerCase(Locale.ROOT));
            }
        } else {
            line.add(text);
        }
    }

    private static Paint paint(WorkerState state) {
        return switch (state) {
            case READY -> Paint.STRONG;
            case STARTING, STOPPING -> Paint.BUSY;
            case LOST -> Paint.BAD;
        };
    }

    private int rowsPerWorker(int rows) {
        return Math.clamp(rows / Math.max(1, workers.size()), 1, Math.max(1, ceil(slots, cellsInRow())));
    }

    private int cellsInRow() {
        return Math.max(1, look.width() - label - suffix);
    }

    /** Each group's worst state. */
    static List<SlotState> cells(List<SlotState> slots, int perCell) {
        var cells = new ArrayList<SlotState>(ceil(slots.size(), perCell));
        for (int from = 0; from < slots.size(); from += perCell) {
            var worst = SlotState.IDLE;
            for (var state : slots.subList(from, Math.min(slots.size(), from + perCell))) {
                worst = Glyph.worse(worst, state);
            }
            cells.add(worst);
        }
        return cells;
    }

    private static int ceil(int value, int divisor) {
        return (value + divisor - 1) / divisor;
    }
}
