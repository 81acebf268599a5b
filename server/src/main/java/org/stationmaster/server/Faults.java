package org.stationmaster.server;

import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.router.JavalinDefaultRoutingApi;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.eclipse.jetty.ee10.servlet.ServletApiResponse;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.MachineStoppedException;
import org.stationmaster.core.api.Text;
import org.stationmaster.server.inventory.StoreException;

/**
 * Turns what a route throws into a problem document. Each that ends with a status of 5xx is logged with its address and
 * its cause, at a limited rate; what was not expected also whole, once of each kind.
 */
final class Faults implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);
    private static final int LINES_PER_SECOND = 5;
    private static final int PATH_SHOWN = 200;
    private static final int CAUSE_SHOWN = 500;

    private final Set<Class<?>> seen = ConcurrentHashMap.newKeySet();
    private final LimitedLog log;

    Faults(LongSupplier nanoTime) {
        this.log = new LimitedLog(LOG, LINES_PER_SECOND, 1, nanoTime);
    }

    void addTo(JavalinDefaultRoutingApi routes) {
        routes.exception(ProblemException.class, (e, context) -> answer(context, e.problem(), e));
        routes.exception(HttpResponseException.class, this::http);
        routes.exception(
                InvalidSourceException.class,
                (e, context) -> answer(context, Problem.of(422, String.valueOf(e.getMessage()), e.field(), null), e));
        routes.exception(
                MachineStoppedException.class,
                (e, context) -> answer(context, Problem.of(503, String.valueOf(e.getMessage())), e));
        routes.exception(
                StoreException.class,
                (e, context) -> answer(context, Problem.of(500, String.valueOf(e.getMessage())), e));
        routes.exception(InterruptedException.class, (e, context) -> {
            Thread.currentThread().interrupt();
            answer(context, Problem.of(503, "the endpoint is stopping"), e);
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
    private void http(HttpResponseException e, Context context) {
        var methods = e.getDetails().get("availableMethods");
        if (e.getStatus() == 405 && methods != null) {
            context.header("Allow", methods);
            Json.answer(context, Problem.of(405, context.method() + " is not possible here; these are: " + methods));
        } else if (e.getStatus() == 404) {
            Json.answer(context, Problem.of(404, "there is nothing at this address"));
        } else {
            answer(context, Problem.of(e.getStatus(), String.valueOf(e.getMessage())), e);
        }
    }

    private void unexpected(Exception e, Context context) {
        tellWhole(e);
        answer(context, Problem.of(500, "an error of the endpoint itself; the log has more"), e);
    }

    /** An error that no route may catch; the answer has its status already. */
    void unexpected(HttpServletResponse response, Error e) {
        tellWhole(e);
        if (response instanceof ServletApiResponse own) {
            tell(own.getResponse().getRequest(), response.getStatus(), e.toString());
        }
    }

    private void tellWhole(Throwable e) {
        if (seen.add(e.getClass())) {
            LOG.error("a request failed", e);
        }
    }

    private void answer(Context context, Problem problem, Exception e) {
        if (problem.status() >= HttpStatus.INTERNAL_SERVER_ERROR_500) {
            var cause = e instanceof ProblemException ? problem.detail() : e.toString();
            tell(context.req().getMethod(), context.path(), problem.status(), cause);
        }
        Json.answer(context, problem);
    }

    void tell(Request request, int status, String cause) {
        tell(request.getMethod(), Request.getPathInContext(request), status, cause);
    }

    private void tell(String method, String path, int status, String cause) {
        log.warn(Text.shorten(method + " " + path, PATH_SHOWN) + " was answered with " + status + ": "
                + Text.shorten(cause, CAUSE_SHOWN));
    }

    /** Tells what was left out. */
    @Override
    public void close() {
        log.close();
    }
}
