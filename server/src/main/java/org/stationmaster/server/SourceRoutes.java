package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.Map;
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
import org.stationmaster.core.api.Text;
import org.stationmaster.server.inventory.Noted;
import org.stationmaster.server.inventory.Reading;
import org.stationmaster.server.inventory.Role;
import org.stationmaster.server.inventory.SourceBook;
import org.stationmaster.server.inventory.SourceBook.Line;
import org.stationmaster.server.inventory.SourceBook.Outcome;
import org.stationmaster.server.inventory.SourceForm;
import org.stationmaster.server.inventory.StoreException;

/** {@code /api/v1/sources}: list, look, put one or many, delete, pause, resume, look at the records, send a command. */
final class SourceRoutes {
    private static final String ROOT = "/api/v1/sources";
    private static final String ONE = ROOT + "/{id}";

    private final MachineView view;
    private final SourceBook book;
    private final SourceForm forms;
    private final SourceJson json;
    private final Streams streams;
    private final BulkRoute bulk;
    private final CommandRoute commands;

    SourceRoutes(MachineView view, SourceBook book, SourceForm forms, Streams streams, CommandRoute commands) {
        this.view = view;
        this.book = book;
        this.forms = forms;
        this.json = new SourceJson(forms);
        this.streams = streams;
        this.bulk = new BulkRoute(book);
        this.commands = commands;
    }

    void addTo(Routes routes) {
        routes.get(ROOT, Role.READ, this::list);
        routes.post(ROOT, Role.OPERATE, bulk::post);
        routes.get(ONE, Role.READ, this::one);
        routes.put(ONE, Role.OPERATE, this::put);
        routes.delete(ONE, Role.OPERATE, this::delete);
        routes.post(ONE + "/pause", Role.OPERATE, context -> rest(context, true));
        routes.post(ONE + "/resume", Role.OPERATE, context -> rest(context, false));
        routes.get(ONE + "/records", Role.READ, this::records);
        routes.post(ONE + "/commands", Role.COMMAND, commands::post);
    }

    private record Page(
            List<? extends Map<String, ?>> sources,
            @Nullable String next) {}

    private void list(Context context) throws IOException {
        var page = view.sources(Parameters.sourceQuery(context));
        var items = Parameters.asStations(context)
                ? page.sources().stream()
                        .map(status -> forms.brief(status.source()))
                        .toList()
                : page.sources().stream().map(this::told).toList();
        Json.stream(context, new Page(items, page.next()));
    }

    private Map<String, @Nullable Object> told(SourceStatus status) {
        return json.of(status, book.origin(status.source().id()));
    }

    private void one(Context context) {
        boolean asStation = Parameters.asStationAlone(context);
        var status = view.source(knownId(context)).orElseThrow(() -> unknown(context));
        Json.answer(context, 200, asStation ? forms.brief(status.source()) : told(status));
    }

    private void put(Context context) throws IOException, InterruptedException {
        Parameters.none(context);
        var id = newId(context);
        boolean isNew = isMeantToBeNew(context);
        var json = Body.bytes(context);
        var outcome = isNew
                ? book.add(id, json).orElseThrow(() -> new ProblemException(Problem.of(412, isThere(id), "id", null)))
                : book.put(new Line(id, json));
        switch (outcome) {
            case Outcome.Taken(var source, var known, var answer) -> answer(context, source, known, answer);
            case Outcome.Malformed _ -> throw new ProblemException(400, outcome.reason());
            case Outcome.Wrong(var _, var invalid) -> throw new ProblemException(wrong(invalid, outcome.reason()));
            case Outcome.Conflict _ -> throw new ProblemException(409, outcome.reason());
            case Outcome.NotStored _ -> throw new ProblemException(500, outcome.reason());
        }
    }

    private String isThere(SourceId id) {
        return switch (book.origin(id)) {
            case FILE -> "it is there already: " + book.conflict(id).reason();
            case REST -> "source '" + id + "' is there already: change it with 'sources update', or take another id";
        };
    }

    /** Whether a source that is known is not to be changed: {@code If-None-Match: *} (RFC 9110, 13.1.2). */
    private static boolean isMeantToBeNew(Context context) {
        var condition = context.header("If-None-Match");
        if (condition != null && !condition.strip().equals("*")) {
            throw new ProblemException(400, "If-None-Match: sources have no tags; only * can be asked for");
        }
        return condition != null;
    }

    private void answer(Context context, Source source, boolean known, Answer answer) {
        var status = switch (answer) {
            case Answer.Assigned(var slot, var epoch) -> awake(source, slot, epoch);
            case Answer.AlreadyAssigned(var slot, var epoch) -> awake(source, slot, epoch);
            case Answer.NoIdleSlot(var reason) -> asleep(source, SourceState.WAITING, reason);
            case Answer.NotCalled _ -> asleep(source, SourceState.WAITING, "not called");
            case Answer.Refused(var reason) -> asleep(source, SourceState.FILTERED, reason);
        };
        Json.answer(context, BulkRoute.status(answer, known), told(status));
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
                source,
                state,
                slot,
                epoch,
                false,
                false,
                EndReason.NONE,
                detail,
                null,
                null,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0);
    }

    private static Problem wrong(Reading.Invalid<Noted> invalid, String reason) {
        var field = invalid.errors().getFirst().key();
        if (invalid.errors().size() + invalid.more() == 1) {
            return Problem.of(422, reason, field, null);
        }
        var errors = invalid.errors().stream()
                .map(error -> new Problem.FieldError(error.key(), error.message(), error.line(), error.column()))
                .toList();
        return Problem.of(422, reason, field, errors);
    }

    private void delete(Context context) throws InterruptedException, StoreException {
        Parameters.none(context);
        var id = knownId(context);
        switch (book.release(id)) {
            case DONE -> context.status(204);
            case UNKNOWN -> throw unknown(context);
            case OWNED_BY_FILE ->
                throw new ProblemException(409, book.conflict(id).reason());
        }
    }

    private void rest(Context context, boolean rests) throws InterruptedException, StoreException {
        Parameters.none(context);
        var id = knownId(context);
        if (!book.pause(id, rests)) {
            throw unknown(context);
        }
        Json.answer(context, 200, told(view.source(id).orElseThrow(() -> unknown(context))));
    }

    private void records(Context context) throws IOException, InterruptedException {
        Parameters.none(context);
        var id = knownId(context);
        if (view.source(id).isEmpty()) {
            throw unknown(context);
        }
        streams.serve(context, sse -> {
            var queue = new RecordQueue();
            try (var _ = view.tap(id, queue)) {
                queue.speak(sse, streams);
            }
        });
    }

    /** The id in the path; one that is not legal is not known either. */
    static SourceId knownId(Context context) {
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
