package org.stationmaster.app;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** By the state table alone; the machine may be dead. */
final class TableSight implements Sight {
    private static final long PULSE_MILLIS = 100;

    /** Two beats of a worker with something to do. */
    private static final int PULSES = 22;

    private final TableWatch watch;
    private @Nullable TableSnapshot table;

    TableSight(TableWatch watch) {
        this.watch = watch;
    }

    @Override
    public void look() throws Failure {
        table = watch.look();
    }

    @Override
    public void settle(StopSignals signals) throws Failure, InterruptedException {
        look();
        if (isAlive()) {
            for (int i = 0; i < PULSES && !signals.await(PULSE_MILLIS); i++) {
                watch.feel();
            }
            look();
        }
    }

    @Override
    public void feel() throws Failure {
        watch.feel();
    }

    @Override
    public boolean isAlive() {
        return table().isAlive();
    }

    @Override
    public Object json() {
        return TableJson.of(watch.path(), table(), watch.rates());
    }

    @Override
    public List<String> report(Instant now, Look look) {
        var lines = new ArrayList<>(TableView.report(table(), watch.rates(), now, look));
        lines.addAll(hints());
        return lines;
    }

    /** Where to go on: sources that wait and alarms are not in the table. */
    private List<String> hints() {
        var seen = table();
        var hints = new ArrayList<String>();
        if (seen.isAlive() && seen.held() == seen.machine().size().totalSlots()) {
            hints.add(" every slot is held; who waits for one: stationmaster sources list --state waiting");
        }
        if (seen.isAlive() && seen.failing().count() + seen.silent().count() > 0) {
            hints.add(" grouped, and since when: stationmaster alarms");
        }
        return hints;
    }

    @Override
    public List<String> screen(Instant now, Look look) {
        return TableView.screen(table(), watch.rates(), now, look);
    }

    @Override
    public String line(Instant now) {
        return TableView.line(table(), watch.rates(), now);
    }

    private TableSnapshot table() {
        return Objects.requireNonNull(table, "no look yet");
    }
}
