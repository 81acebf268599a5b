package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.MachineView.WorkerStatus;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.server.inventory.Role;

/**
 * {@code /api/v1/slots}: the machine as a picture needs it, a letter and an id for each slot; with 10,000 slots that is a
 * sixtieth of the list of sources. What happens afterwards is told by {@link EventRoutes}.
 */
final class SlotRoutes {
    private final MachineView view;

    SlotRoutes(MachineView view) {
        this.view = view;
    }

    void addTo(Routes routes) {
        routes.get("/api/v1/slots", Role.READ, this::slots);
    }

    private void slots(Context context) throws IOException {
        Parameters.none(context);
        Json.stream(context, Slots.of(view));
    }

    /**
     * The names are the contract, here and below.
     *
     * @param waiting sources that wait for a slot
     * @param filtered sources that are not wanted
     */
    private record Slots(List<Worker> workers, List<String> waiting, List<String> filtered) {
        static Slots of(MachineView view) {
            int slots = view.size().slots();
            var workers = view.workers().stream()
                    .map(worker -> Worker.of(worker, view, slots))
                    .toList();
            var all = new Slots(workers, new ArrayList<>(), new ArrayList<>());
            String after = null;
            do {
                var page = view.sources(new SourceQuery(null, null, after, SourceQuery.MAX_LIMIT));
                page.sources().forEach(all::add);
                after = page.next();
            } while (after != null);
            return all;
        }

        private void add(SourceStatus status) {
            var id = status.source().id().value();
            var slot = status.slot();
            if (slot != null) {
                workers.get(slot.worker().index()).add(slot.index(), id, status.failing());
            } else {
                (status.state() == SourceState.WAITING ? waiting : filtered).add(id);
            }
        }
    }

    /**
     * One worker and its slots, by index.
     *
     * @param states a letter a slot, see {@link #letter}
     * @param sources null where a slot holds none
     * @param failing the slots whose sources fail again and again
     */
    private record Worker(
            String id,
            String kind,
            long pid,
            String state,
            String states,
            List<@Nullable String> sources,
            List<Integer> failing) {
        static Worker of(WorkerStatus worker, MachineView view, int slots) {
            var letters = new StringBuilder(slots);
            view.slots(worker.id()).forEach(slot -> letters.append(letter(slot)));
            return new Worker(
                    worker.id().toString(),
                    worker.kind(),
                    worker.pid(),
                    worker.state().name(),
                    letters.toString(),
                    Arrays.asList(new String[slots]),
                    new ArrayList<>());
        }

        void add(int slot, String source, boolean fails) {
            sources.set(slot, source);
            if (fails) {
                failing.add(slot);
            }
        }
    }

    private static char letter(SlotState state) {
        return switch (state) {
            case IDLE -> 'I';
            case STARTING -> 'S';
            case RUNNING -> 'R';
            case BACKOFF -> 'B';
            case PAUSED -> 'P';
            case STOPPING -> 'T';
        };
    }
}
