package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.server.inventory.Role;

/**
 * {@code /api/v1/events}: slot transitions and workers as they change. Each reader follows the machine's own log with a number;
 * that log is the buffer, and who falls behind it is told how many he missed.
 */
final class EventRoutes {
    private static final long LOOK_MILLIS = 100;
    /** Looking at the workers reads every slot. */
    private static final int LOOKS_A_WORKER_LOOK = 10;

    private static final int PAGE = 1_000;

    private final MachineView view;
    private final Streams streams;

    EventRoutes(MachineView view, Streams streams) {
        this.view = view;
        this.streams = streams;
    }

    void addTo(Routes routes) {
        routes.get("/api/v1/events", Role.READ, this::events);
    }

    private void events(Context context) throws IOException, InterruptedException {
        Parameters.none(context);
        long from = view.eventsAfter(Long.MAX_VALUE, 1).last();
        var workers = workers();
        streams.serve(context, sse -> follow(sse, from, workers));
    }

    private void follow(Sse sse, long from, Map<String, Worker> first) throws IOException, InterruptedException {
        long last = from;
        var workers = first;
        long silentMillis = 0;
        for (long looks = 1; !streams.isOver(); looks++) {
            var page = view.eventsAfter(last, PAGE);
            last = page.last();
            if (page.missed() > 0) {
                sse.dropped(page.missed());
            }
            for (var event : page.events()) {
                sse.event("slot", Slot.of(event));
            }
            boolean spoke = page.missed() > 0 || !page.events().isEmpty();
            if (looks % LOOKS_A_WORKER_LOOK == 0) {
                var now = workers();
                for (var worker : now.values()) {
                    if (!worker.equals(workers.get(worker.id()))) {
                        sse.event("worker", worker);
                        spoke = true;
                    }
                }
                workers = now;
            }
            silentMillis = spoke ? 0 : silentMillis + LOOK_MILLIS;
            if (silentMillis >= streams.commentMillis()) {
                sse.comment();
                silentMillis = 0;
            }
            sse.flush();
            if (page.events().size() < PAGE) {
                streams.pause(LOOK_MILLIS);
            }
        }
    }

    private Map<String, Worker> workers() {
        var found = new HashMap<String, Worker>();
        for (var worker : view.workers()) {
            var id = worker.id().toString();
            found.put(
                    id,
                    new Worker(id, worker.kind(), worker.pid(), worker.state().name()));
        }
        return found;
    }

    /** The names are the contract, here and below. */
    private record Worker(String id, String kind, long pid, String state) {}

    private record Slot(
            String at,
            String worker,
            int slot,
            String source,
            long epoch,
            String from,
            String to,
            String reason,
            @Nullable String detail) {
        static Slot of(SlotEvent event) {
            return new Slot(
                    event.at().toString(),
                    event.slot().worker().toString(),
                    event.slot().index(),
                    event.source().value(),
                    event.epoch(),
                    event.from().name(),
                    event.to().name(),
                    event.reason().name(),
                    event.detail());
        }
    }
}
