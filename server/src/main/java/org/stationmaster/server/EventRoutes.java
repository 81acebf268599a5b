package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.Text;
import org.stationmaster.server.inventory.Role;

/**
 * {@code /api/v1/events}: slot transitions, workers as they change, sources whose next record is overdue; on request one source's
 * records in the same stream. Each reader follows the machine's own log with a number; that log is the buffer, and who falls
 * behind it is told how many he missed. Who comes back says where he was.
 */
final class EventRoutes {
    private static final long LOOK_MILLIS = 100;
    /** Looking at the workers reads every slot. */
    private static final int LOOKS_A_WORKER_LOOK = 10;

    private static final int PAGE = 1_000;
    private static final String LAST = "Last-Event-ID";

    private final MachineView view;
    private final Streams streams;
    private final Overdue overdue;

    EventRoutes(MachineView view, Streams streams, Clock clock) {
        this.view = view;
        this.streams = streams;
        this.overdue = new Overdue(view, clock);
    }

    void addTo(Routes routes) {
        routes.get("/api/v1/events", Role.READ, this::events);
    }

    private void events(Context context) throws IOException, InterruptedException {
        var source = Parameters.recordsOf(context);
        if (source != null && view.source(source).isEmpty()) {
            throw new ProblemException(404, "source '" + source + "' is not known");
        }
        long now = view.eventsAfter(Long.MAX_VALUE, 1).last();
        long last = last(context, now);
        streams.serve(context, sse -> {
            var records = new RecordQueue(source);
            try (var _ = source == null ? null : view.tap(source, records)) {
                new Following(sse, records, last).follow();
            }
        });
    }

    /** Behind which event to begin. A number that is not reached yet is of an earlier life of the machine: all is new. */
    private static long last(Context context, long now) {
        var text = context.header(LAST);
        if (text == null) {
            return now;
        }
        if (!text.matches("[0-9]{1,18}")) {
            throw new ProblemException(400, LAST + " '" + Text.shorten(text, 60) + "' must be a number that was told");
        }
        long last = Long.parseLong(text);
        return last > now ? 0 : last;
    }

    /** One reader, by the thread of its request. */
    private final class Following {
        private final Sse sse;
        private final RecordQueue records;
        private long last;
        private Map<String, Worker> workers = workers();
        private Set<String> waitedFor = Set.of();

        Following(Sse sse, RecordQueue records, long last) {
            this.sse = sse;
            this.records = records;
            this.last = last;
        }

        void follow() throws IOException, InterruptedException {
            sse.number(last);
            long silentMillis = 0;
            for (long looks = 0; !streams.isOver(); looks++) {
                long told = records.write(sse, 0);
                int transitions = transitions();
                told += transitions;
                if (looks % LOOKS_A_WORKER_LOOK == 0) {
                    told += changedWorkers() + changedOverdue(looks == 0);
                }
                silentMillis = told > 0 ? 0 : silentMillis + LOOK_MILLIS;
                if (silentMillis >= streams.commentMillis()) {
                    sse.comment();
                    silentMillis = 0;
                }
                sse.flush();
                if (transitions < PAGE) {
                    streams.pause(LOOK_MILLIS);
                }
            }
        }

        private int transitions() throws IOException {
            var page = view.eventsAfter(last, PAGE);
            if (page.missed() > 0) {
                sse.dropped(page.missed());
            }
            long number = page.last() - page.events().size();
            for (var event : page.events()) {
                sse.event(++number, "slot", Slot.of(event));
            }
            last = page.last();
            return page.events().size();
        }

        private int changedWorkers() throws IOException {
            var now = workers();
            int changed = 0;
            for (var worker : now.values()) {
                if (!worker.equals(workers.get(worker.id()))) {
                    sse.event("worker", worker);
                    changed++;
                }
            }
            workers = now;
            return changed;
        }

        /** @param isFirst tells all of them, none too */
        private int changedOverdue(boolean isFirst) throws IOException {
            var now = overdue.now();
            var change = new Waited(without(now, waitedFor), without(waitedFor, now));
            waitedFor = now;
            if (!isFirst && change.overdue().isEmpty() && change.heard().isEmpty()) {
                return 0;
            }
            sse.event("overdue", change);
            return 1;
        }
    }

    private static List<String> without(Set<String> ids, Set<String> others) {
        return ids.stream().filter(id -> !others.contains(id)).toList();
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

    /**
     * The names are the contract, here and below.
     *
     * @param overdue sources that have become overdue
     * @param heard those that are no longer
     */
    private record Waited(List<String> overdue, List<String> heard) {}

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
