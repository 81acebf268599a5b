package org.stationmaster.server;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.server.alarm.AlarmWatch;

/**
 * The machine as {@code GET /api/v1/machine} tells it; the components' names are the contract, those
 * of {@link MachineView.Totals} and {@link MachineView.Quantiles} too.
 *
 * @param headroom how many sources more it could carry; null: not known
 * @param headroomRate at this rate
 * @param headroomError or so many more or less
 * @param costRatio measured over calibrated CPU time; null: not known
 */
record MachineJson(
        Size size,
        boolean ready,
        List<Worker> workers,
        MachineView.Totals totals,
        @Nullable Long headroom,
        @Nullable Double headroomRate,
        @Nullable Long headroomError,
        @Nullable Double costRatio,
        List<AlarmWatch.Raised> alarms,
        MachineView.Quantiles wakeMillis,
        MachineView.Quantiles latencyMillis,
        Map<String, Double> deliveryMillis) {
    record Size(int workers, int slots) {}

    record Worker(
            String id,
            String kind,
            long pid,
            String state,
            Map<SlotState, Integer> slots,
            double load,
            @Nullable Double cpu,
            int losses,
            @Nullable Double limit,
            @Nullable Long headroom) {}

    static MachineJson of(MachineView view, List<AlarmWatch.Raised> alarms) {
        var size = view.size();
        return new MachineJson(
                new Size(size.workers(), size.slots()),
                view.isReady(),
                view.workers().stream().map(MachineJson::worker).toList(),
                view.totals(),
                view.headroom().map(MachineView.Headroom::sources).orElse(null),
                view.headroom().map(MachineView.Headroom::ratePerSecond).orElse(null),
                view.headroomError().stream().boxed().findFirst().orElse(null),
                view.costRatio().stream().boxed().findFirst().orElse(null),
                alarms,
                view.wakeMillis(),
                view.latencyMillis(),
                view.deliveryMillis());
    }

    private static Worker worker(MachineView.WorkerStatus worker) {
        return new Worker(
                worker.id().toString(),
                worker.kind(),
                worker.pid(),
                worker.state().name(),
                worker.slots(),
                worker.load(),
                worker.cpu(),
                worker.losses(),
                worker.limit(),
                worker.headroom());
    }
}
