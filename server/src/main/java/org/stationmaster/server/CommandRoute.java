package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.TaskAssignator;

/** {@code POST /api/v1/sources/{id}/commands}: service → network. The body is what the station gets. */
final class CommandRoute {
    static final int DEFAULT_DEADLINE_MILLIS = 5_000;
    static final int MAX_DEADLINE_MILLIS = 60_000;
    /** How much of a command stands in the audit log. */
    private static final int AUDITED_BYTES = 1_024;

    private final MachineView view;
    private final TaskAssignator assignator;

    CommandRoute(MachineView view, TaskAssignator assignator) {
        this.view = view;
        this.assignator = assignator;
    }

    private record Acknowledged(CommandOutcome outcome, double millis) {}

    void post(Context context) throws IOException, InterruptedException {
        var id = SourceRoutes.knownId(context);
        int deadline = Parameters.deadlineMillis(context, DEFAULT_DEADLINE_MILLIS, MAX_DEADLINE_MILLIS);
        var command = Body.bytes(context);
        if (command.length == 0) {
            throw new ProblemException(400, "the body is empty: it is the command");
        }
        var audit = new LinkedHashMap<String, Object>();
        audit.put("outcome", "NOT_SENT");
        audit.put("bytes", command.length);
        audit.put(
                "command",
                Base64.getEncoder().encodeToString(Arrays.copyOf(command, Math.min(command.length, AUDITED_BYTES))));
        AuditLog.note(context, audit);
        var result = assignator.send(id, command, Duration.ofMillis(deadline));
        audit.put("outcome", result.outcome());
        audit.put("millis", result.millis());
        int status = status(result.outcome(), id);
        if (status == 200) {
            Json.answer(context, 200, new Acknowledged(result.outcome(), result.millis()));
        } else {
            throw new ProblemException(status, result.outcome() + ": " + result.detail());
        }
    }

    private int status(CommandOutcome outcome, SourceId id) {
        return switch (outcome) {
            case ACKNOWLEDGED -> 200;
            case NO_TASK -> view.source(id).isPresent() ? 503 : 404;
            case UNIDIRECTIONAL, PAUSED -> 409;
            case NOT_CONNECTED -> 503;
            case FAILED -> 502;
            case DEADLINE -> 504;
        };
    }
}
