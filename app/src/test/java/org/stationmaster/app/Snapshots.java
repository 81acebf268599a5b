package org.stationmaster.app;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.MachineView.Totals;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.MachineView.WorkerStatus;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.WorkerId;

/** Snapshots of machines that do not exist. */
final class Snapshots {
    static final Quantiles NOTHING = new Quantiles(0, 0, 0, 0);
    private static final Instant AT = Instant.parse("2026-11-24T12:00:05Z");

    private Snapshots() {}

    /** An idle machine. */
    static Snapshot idle(int workers, int slots) {
        return of(workers, slots, 0);
    }

    /** A machine whose first sources run; one in twenty is in trouble. */
    static Snapshot of(int workers, int slots, int sources) {
        var rows = new ArrayList<Snapshot.Row>();
        for (int w = 0; w < workers; w++) {
            int here = sources / workers + (w < sources % workers ? 1 : 0);
            rows.add(row(w, slots, here));
        }
        var states = new EnumMap<SourceState, Integer>(SourceState.class);
        if (sources > 0) {
            states.put(SourceState.RUNNING, sources);
        }
        var totals = new Totals(
                states, 0, sources * 60L, sources * 12_000L, 0, 0, 0, 0, 0, Map.of(), Map.of("archive", 1L), Map.of());
        return new Snapshot(0, new MachineSize(workers, slots), rows, totals, List.of(), List.of(), NOTHING, NOTHING);
    }

    private static Snapshot.Row row(int worker, int slots, int running) {
        var states = new ArrayList<SlotState>();
        for (int i = 0; i < slots; i++) {
            var used = i % 20 == 7 ? SlotState.BACKOFF : i % 20 == 13 ? SlotState.STARTING : SlotState.RUNNING;
            states.add(i < running ? used : SlotState.IDLE);
        }
        return row(worker, WorkerState.READY, states, running * 0.0004);
    }

    static Snapshot.Row row(int worker, WorkerState state, List<SlotState> slots, double load) {
        var counts = new EnumMap<SlotState, Integer>(SlotState.class);
        slots.forEach(slot -> counts.merge(slot, 1, Integer::sum));
        return new Snapshot.Row(
                new WorkerStatus(new WorkerId(worker), "thread", 4711, state, Map.copyOf(counts), load, null, 0),
                slots);
    }

    /** The same with something to tell. */
    static Snapshot eventful(Snapshot quiet) {
        var totals = quiet.totals();
        return new Snapshot(
                quiet.nanoTime(),
                quiet.size(),
                quiet.workers(),
                new Totals(
                        totals.sources(),
                        2,
                        totals.records(),
                        totals.bytes(),
                        17,
                        3,
                        120,
                        1,
                        4,
                        Map.of(EndReason.RESET, 9L, EndReason.SILENT, 4L, EndReason.CORRUPT, 3L, EndReason.NONE, 5L),
                        Map.of(),
                        Map.of()),
                List.of(
                        new Alarm(
                                Alarm.Kind.FAILING, "SIM00007", AT, "3 attempts brought no record: connection refused"),
                        new Alarm(Alarm.Kind.SINK, "archive", AT, "no space left on device; free some")),
                List.of(
                        event(SlotState.RUNNING, SlotState.BACKOFF, EndReason.RESET, "connection reset by peer"),
                        event(SlotState.BACKOFF, SlotState.STARTING, EndReason.NONE, ""),
                        event(SlotState.STARTING, SlotState.RUNNING, EndReason.NONE, "")),
                new Quantiles(81.25, 190.4, 212, 1_000),
                new Quantiles(0.12, 0.9, 1.4, 200));
    }

    private static SlotEvent event(SlotState from, SlotState to, EndReason reason, String detail) {
        return new SlotEvent(
                AT,
                new SlotId(new WorkerId(0), 7),
                new SourceId("SIM00007"),
                1_795_000_000_000L,
                from,
                to,
                reason,
                detail);
    }
}
