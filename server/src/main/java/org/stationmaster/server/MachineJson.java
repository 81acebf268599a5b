package org.stationmaster.server;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.SlotState;

/**
 * The machine as {@code GET /api/v1/machine} tells it; the components' names are the contract, those
 * of {@link MachineView.Totals} and {@link MachineView.Quantiles} too.
 *
 * @param headroom how many sources more it could carry; null: not known
 */
record MachineJson(
        Size size,
        boolean ready,
        List<Worker> workers,
        MachineView.Totals totals,
        @Nullable Long headroom,
        List<Alarm> alarms,
        MachineView.Quantiles wakeMillis) {
    record Size(int workers, int slots) {}

    record Worker(String id, String kind, long pid, String state, Map<SlotState, Integer> slots, double load) {}

    record Alarm(String kind, String subject, String since, String message) {}

    /** @param more alarms beside those of the machine itself */
    static MachineJson of(MachineView view, List<MachineView.Alarm> more) {
        var size = view.size();
        return new MachineJson(
                new Size(size.workers(), size.slots()),
                view.isReady(),
                view.workers().stream().map(MachineJson::worker).toList(),
                view.totals(),
                null,
                Stream.concat(view.alarms().stream(), more.stream())
                        .map(MachineJson::alarm)
                        .toList(),
                view.wakeMillis());
    }

    private static Worker worker(MachineView.WorkerStatus worker) {
        return new Worker(
                worker.id().toString(),
                worker.kind(),
                worker.pid(),
                worker.state().name(),
                worker.slots(),
                worker.load());
    }

    private static Alarm alarm(MachineView.Alarm alarm) {
        return new Alarm(alarm.kind().name(), alarm.subject(), alarm.since().toString(), alarm.message());
    }
}
