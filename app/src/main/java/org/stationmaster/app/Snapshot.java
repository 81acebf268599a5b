package org.stationmaster.app;

import java.util.ArrayList;
import java.util.List;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.MachineView.Totals;
import org.stationmaster.core.api.MachineView.WorkerStatus;
import org.stationmaster.core.api.SlotState;

/**
 * One look at a machine.
 *
 * @param nanoTime when, monotonic
 * @param latencyMillis send stamp → archive write; empty where nobody measures it
 */
record Snapshot(
        long nanoTime,
        MachineSize size,
        List<Row> workers,
        Totals totals,
        List<Alarm> alarms,
        List<SlotEvent> events,
        Quantiles latencyMillis,
        Quantiles wakeMillis) {

    /** One worker and its slots, by index. */
    record Row(WorkerStatus worker, List<SlotState> slots) {}

    private static final int EVENTS = 16;

    static Snapshot of(MachineView view, long nanoTime, Quantiles latencyMillis) {
        var rows = new ArrayList<Row>();
        for (var worker : view.workers()) {
            rows.add(new Row(worker, view.slots(worker.id())));
        }
        return new Snapshot(
                nanoTime,
                view.size(),
                List.copyOf(rows),
                view.totals(),
                view.alarms(),
                view.events(EVENTS),
                latencyMillis,
                view.wakeMillis());
    }
}
