package org.stationmaster.server;

import io.javalin.http.Context;
import io.javalin.router.JavalinDefaultRoutingApi;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.TaskAssignator;
import org.stationmaster.core.api.Text;
import org.stationmaster.server.inventory.Inventory;
import org.stationmaster.server.inventory.InventoryError;
import org.stationmaster.server.inventory.Reading;

/** {@code /api/v1/sources}: list, look, put, delete, pause, resume. */
final class SourceRoutes {
    private static final String ROOT = "/api/v1/sources";
    private static final String ONE = ROOT + "/{id}";
    private static final int LOCKS = 64;

    private final MachineView view;
    private final TaskAssignator assignator;
    private final Inventory inventory;
    private final Predicate<SourceId> ownedByFile;
    private final Path directory;
    private final SourceJson json;
    /** Makes "is it known?" and "activate" one step for each id, so that 201 is answered once. */
    private final List<ReentrantLock> locks =
            IntStream.range(0, LOCKS).mapToObj(_ -> new ReentrantLock()).toList();

    SourceRoutes(
            MachineView view,
            TaskAssignator assignator,
            Inventory inventory,
            Predicate<SourceId> ownedByFile,
            Path directory,
            SourceJson json) {
        this.view = view;
        this.assignator = assignator;
        this.inventory = inventory;
        this.ownedByFile = ownedByFile;
        this.directory = directory;
        this.json = json;
    }

    void addTo(JavalinDefaultRoutingApi routes) {
        routes.get(ROOT, this::list);
        routes.get(ONE, this::one);
        routes.put(ONE, this::put);
        routes.delete(ONE, this::delete);
        routes.post(ONE + "/pause", context -> rest(context, assignator::pause));
        routes.post(ONE + "/resume", context -> rest(context, assignator::resume));
    }

    private record Page(
            List<Map<String, @Nullable Object>> sources,
            @Nullable String next) {}

    private void list(Context context) throws IOException {
        var page = view.sources(Parameters.sourceQuery(context));
        Json.stream(context, new Page(page.sources().stream().map(json::of).toList(), page.next()));
    }

    private void one(Context context) {
        Json.answer(context, 200, json.of(view.source(knownId(context)).orElseThrow(() -> unknown(context))));
    }

    private void put(Context context) throws IOException, InterruptedException {
        var id = newId(context);
        if (ownedByFile.test(id)) {
            throw new ProblemException(409, "source '" + id + "' belongs to the station file: change it there");
        }
        var source = source(context, id);
        var lock = locks.get(Math.floorMod(id.hashCode(), LOCKS));
        lock.lockInterruptibly();
        try {
            boolean known = view.source(id).isPresent();
            answer(context, source, known, assignator.activate(source));
        } finally {
            lock.unlock();
        }
    }

    private void answer(Context context, Source source, boolean known, Answer answer) {
        switch (answer) {
            case Answer.Assigned(var slot, var epoch) ->
                Json.answer(context, known ? 200 : 201, json.of(awake(source, slot, epoch)));
            case Answer.AlreadyAssigned(var slot, var epoch) ->
                Json.answer(context, 200, json.of(awake(source, slot, epoch)));
            case Answer.NoIdleSlot _ ->
                Json.answer(
                        context,
                        202,
                        json.of(asleep(source, SourceState.WAITING, "no slot is idle; it is woken when one is")));
            case Answer.Refused(var reason) ->
                Json.answer(context, 202, json.of(asleep(source, SourceState.FILTERED, reason)));
        }
    }

    /** What the view tells of this epoch; it may not have heard of it yet. */
    private SourceStatus awake(Source source, SlotId slot, long epoch) {
        return view.source(source.id())
                .filter(status -> status.epoch() == epoch)
                .orElseGet(() -> fresh(source, SourceState.STARTING, slot, epoch, ""));
    }

    private SourceStatus asleep(Source source, SourceState state, String detail) {
        return view.source(source.id())
                .filter(status -> status.state() == state && status.source().equals(source))
                .orElseGet(() -> fresh(source, state, null, 0, detail));
    }

    private static SourceStatus fresh(
            Source source, SourceState state, @Nullable SlotId slot, long epoch, String detail) {
        return new SourceStatus(
                source, state, slot, epoch, false, false, EndReason.NONE, detail, null, null, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    private Source source(Context context, SourceId id) throws IOException {
        return switch (inventory.readSource(Body.bytes(context), id, directory)) {
            case Inventory.Body.Malformed(var error) -> throw new ProblemException(400, place(error) + error.message());
            case Inventory.Body.Json(var reading) ->
                switch (reading) {
                    case Reading.Valid<Source>(var source) -> source;
                    case Reading.Invalid<Source> invalid -> throw new ProblemException(wrong(invalid));
                };
        };
    }

    private static String place(InventoryError error) {
        return error.line() == 0 ? "" : "line " + error.line() + ", column " + error.column() + ": ";
    }

    private static Problem wrong(Reading.Invalid<Source> invalid) {
        var first = invalid.errors().getFirst();
        long count = invalid.errors().size() + invalid.more();
        if (count == 1) {
            return Problem.of(422, first.message(), first.key(), null);
        }
        var errors = invalid.errors().stream()
                .map(error -> new Problem.FieldError(error.key(), error.message(), error.line(), error.column()))
                .toList();
        return Problem.of(422, count + " errors; the first: " + first.message(), first.key(), errors);
    }

    private void delete(Context context) throws InterruptedException {
        if (!assignator.release(knownId(context))) {
            throw unknown(context);
        }
        context.status(204);
    }

    /** Pause or resume. */
    private interface Rest {
        boolean tell(SourceId id) throws InterruptedException;
    }

    private void rest(Context context, Rest rest) throws InterruptedException {
        var id = knownId(context);
        if (!rest.tell(id)) {
            throw unknown(context);
        }
        Json.answer(context, 200, json.of(view.source(id).orElseThrow(() -> unknown(context))));
    }

    /** The id in the path; one that is not legal is not known either. */
    private static SourceId knownId(Context context) {
        try {
            return new SourceId(context.pathParam("id"));
        } catch (InvalidSourceException e) {
            throw unknown(context);
        }
    }

    private static SourceId newId(Context context) {
        try {
            return new SourceId(context.pathParam("id"));
        } catch (InvalidSourceException e) {
            throw new ProblemException(Problem.of(422, String.valueOf(e.getMessage()), e.field(), null));
        }
    }

    private static ProblemException unknown(Context context) {
        return new ProblemException(404, "source '" + Text.shorten(context.pathParam("id"), 80) + "' is not known");
    }
}
