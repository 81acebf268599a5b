package org.stationmaster.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.javalin.http.Context;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.MachineStoppedException;
import org.stationmaster.server.inventory.SourceBook;
import org.stationmaster.server.inventory.SourceBook.Line;
import org.stationmaster.server.inventory.SourceBook.Outcome;
import org.stationmaster.server.inventory.SourceBook.Read;

/**
 * {@code POST /api/v1/sources}: a source a line (NDJSON), an answer a line. Many lines are read before the first
 * source is woken, for those that are awake take the processor from the reading; the first answers go out when there are
 * 4 MiB of them or the request is whole, so that a client may send all before it reads.
 */
final class BulkRoute {
    static final String CONTENT_TYPE = "application/x-ndjson";
    /** Read before the first of them is put: so many lines, so many bytes, and what comes within so long. */
    static final int AHEAD = 10_240;

    static final int AHEAD_BYTES = 4 * 1024 * 1024;
    private static final long AHEAD_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** Each holds what it has read, and its answers. */
    static final int AT_ONCE = 4;
    /** Put at once; whoever else changes sources comes in between. */
    private static final int PART = 512;

    private static final int ANSWERS_HELD_BYTES = 4 * 1024 * 1024;

    private final SourceBook book;
    private final Semaphore turns = new Semaphore(AT_ONCE);

    BulkRoute(SourceBook book) {
        this.book = book;
    }

    /**
     * One answer; the names are the contract. {@code line} counts from 1, empty ones too; {@code reason} says why a source that was
     * taken has no slot, {@code error} why one was not taken.
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Told(
            int line,
            @Nullable String id,
            int status,
            @Nullable String state,
            @Nullable String reason,
            @Nullable String field,
            @Nullable String error) {}

    void post(Context context) throws IOException, InterruptedException {
        Parameters.none(context);
        var body = Body.lines(context); // refused as a whole when it says that it is too large
        if (!turns.tryAcquire()) {
            throw new ProblemException(
                    429,
                    AT_ONCE + " requests with many sources are under way: come again when one of them is answered");
        }
        var counts = new TreeMap<String, Integer>();
        context.status(200).contentType(CONTENT_TYPE);
        try (var out = new BufferedOutputStream(context.res().getOutputStream(), ANSWERS_HELD_BYTES)) {
            take(body, out, counts);
        } finally {
            turns.release();
            AuditLog.note(context, Map.of("lines", counts));
        }
    }

    private void take(Body body, OutputStream out, Map<String, Integer> counts)
            throws IOException, InterruptedException {
        int number = 0;
        var ahead = new ArrayList<Numbered>();
        int aheadBytes = 0;
        long begunNanos = System.nanoTime();
        try {
            for (var json = body.line(); json != null; json = body.line()) {
                number++;
                if (!isBlank(json)) {
                    ahead.add(new Numbered(number, book.read(new Line(null, json))));
                    aheadBytes += json.length;
                }
                if (ahead.size() == AHEAD || aheadBytes > AHEAD_BYTES || System.nanoTime() - begunNanos > AHEAD_NANOS) {
                    putAll(ahead, out, counts);
                    ahead.clear();
                    aheadBytes = 0;
                    begunNanos = System.nanoTime();
                }
            }
            putAll(ahead, out, counts);
        } catch (ProblemException e) { // in the middle of the body: what came before is done
            putAll(ahead, out, counts);
            tell(
                    new Told(
                            number + 1,
                            null,
                            e.problem().status(),
                            null,
                            null,
                            null,
                            e.problem().detail()),
                    out,
                    counts);
        }
    }

    private record Numbered(int number, Read read) {}

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\r' && b != '\t') {
                return false;
            }
        }
        return true;
    }

    private void putAll(List<Numbered> lines, OutputStream out, Map<String, Integer> counts)
            throws IOException, InterruptedException {
        for (int from = 0; from < lines.size(); from += PART) {
            put(lines.subList(from, Math.min(lines.size(), from + PART)), out, counts);
        }
    }

    private void put(List<Numbered> part, OutputStream out, Map<String, Integer> counts)
            throws IOException, InterruptedException {
        try {
            var outcomes = book.put(part.stream().map(Numbered::read).toList());
            for (int i = 0; i < part.size(); i++) {
                tell(told(part.get(i).number(), outcomes.get(i)), out, counts);
            }
        } catch (MachineStoppedException e) {
            for (var one : part) {
                tell(new Told(one.number(), null, 503, null, null, null, e.getMessage()), out, counts);
            }
        }
    }

    private static void tell(Told told, OutputStream out, Map<String, Integer> counts) throws IOException {
        counts.merge(Integer.toString(told.status()), 1, Integer::sum);
        out.write(Json.bytes(told));
        out.write('\n');
    }

    private static Told told(int line, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Taken(var source, var known, var answer) ->
                new Told(line, source.id().value(), status(answer, known), state(answer), reason(answer), null, null);
            case Outcome.NotStored(var source, var _) ->
                refused(line, source.id().value(), 500, null, outcome);
            case Outcome.Malformed _ -> refused(line, null, 400, null, outcome);
            case Outcome.Wrong(var id, var errors) ->
                refused(
                        line,
                        id == null ? null : id.value(),
                        422,
                        errors.errors().getFirst().key(),
                        outcome);
            case Outcome.Conflict(var id, var _) -> refused(line, id.value(), 409, null, outcome);
        };
    }

    private static Told refused(int line, @Nullable String id, int status, @Nullable String field, Outcome outcome) {
        return new Told(line, id, status, null, null, field, outcome.reason());
    }

    /** What the activation of a source is answered with. */
    static int status(Answer answer, boolean known) {
        return switch (answer) {
            case Answer.Assigned _ -> known ? 200 : 201;
            case Answer.AlreadyAssigned _ -> 200;
            case Answer.NoIdleSlot _, Answer.NotCalled _, Answer.Refused _ -> 202;
        };
    }

    /** Why a source has no slot. */
    private static @Nullable String reason(Answer answer) {
        return switch (answer) {
            case Answer.Assigned _, Answer.AlreadyAssigned _ -> null;
            case Answer.NoIdleSlot(var reason) -> reason;
            case Answer.NotCalled _ -> "not called";
            case Answer.Refused(var reason) -> reason;
        };
    }

    private static @Nullable String state(Answer answer) {
        return switch (answer) {
            case Answer.Assigned _ -> "STARTING";
            case Answer.AlreadyAssigned _ -> null;
            case Answer.NoIdleSlot _, Answer.NotCalled _ -> "WAITING";
            case Answer.Refused _ -> "FILTERED";
        };
    }
}
