package org.stationmaster.server;

import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.router.JavalinDefaultRoutingApi;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.MachineStoppedException;

/** Turns what a route throws into a problem document. What was not expected is logged: whole once of each kind. */
final class Faults {
    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

    private final Set<Class<?>> seen = ConcurrentHashMap.newKeySet();

    void addTo(JavalinDefaultRoutingApi routes) {
        routes.exception(ProblemException.class, (e, context) -> Json.answer(context, e.problem()));
        routes.exception(HttpResponseException.class, Faults::http);
        routes.exception(
                InvalidSourceException.class,
                (e, context) -> Json.answer(context, Problem.of(422, String.valueOf(e.getMessage()), e.field(), null)));
        routes.exception(
                MachineStoppedException.class,
                (e, context) -> Json.answer(context, Problem.of(503, String.valueOf(e.getMessage()))));
        routes.exception(InterruptedException.class, (_, context) -> {
            Thread.currentThread().interrupt();
            Json.answer(context, Problem.of(503, "the endpoint is stopping"));
        });
        routes.exception(Exception.class, this::unexpected);
        routes.error(404, Faults::notFound);
    }

    /** A path without a route: an answer of our own has a content already. */
    private static void notFound(Context context) {
        if (context.resultInputStream() == null) {
            Json.answer(context, Problem.of(404, "there is nothing at this address"));
        }
    }

    /** What the HTTP library refuses by itself. */
    private static void http(HttpResponseException e, Context context) {
        var methods = e.getDetails().get("availableMethods");
        if (e.getStatus() == 405 && methods != null) {
            context.header("Allow", methods);
            Json.answer(context, Problem.of(405, context.method() + " is not possible here; these are: " + methods));
        } else if (e.getStatus() == 404) {
            Json.answer(context, Problem.of(404, "there is nothing at this address"));
        } else {
            Json.answer(context, Problem.of(e.getStatus(), String.valueOf(e.getMessage())));
        }
    }

    private void unexpected(Exception e, Context context) {
        log(context.method() + " " + context.path(), e);
        Json.answer(context, Problem.of(500, "an error of the endpoint itself; the log has more"));
    }

    void log(String what, Throwable e) {
        if (seen.add(e.getClass())) {
            LOG.error("{} failed", what, e);
        } else {
            LOG.error("{} failed again: {}", what, e.toString());
        }
    }
}
