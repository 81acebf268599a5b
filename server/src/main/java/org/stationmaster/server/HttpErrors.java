package org.stationmaster.server;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Answers what never reaches a route: requests that are no HTTP, headers over the limit, ambiguous paths. */
final class HttpErrors implements Request.Handler {
    private static final HttpFields SECURITY = HttpFields.from(
            new HttpField("X-Content-Type-Options", "nosniff"),
            new HttpField("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            new HttpField("Cross-Origin-Resource-Policy", "same-origin"),
            new HttpField("Referrer-Policy", "no-referrer"),
            new HttpField("Cache-Control", "no-store"));

    private final Faults faults;

    HttpErrors(Faults faults) {
        this.faults = faults;
    }

    /** Puts the headers that every answer carries. */
    static void secure(HttpFields.Mutable headers) {
        SECURITY.forEach(headers::put);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus() < 400 ? HttpStatus.INTERNAL_SERVER_ERROR_500 : response.getStatus();
        response.setStatus(status);
        secure(response.getHeaders());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
        if (status >= HttpStatus.INTERNAL_SERVER_ERROR_500) {
            var cause = request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
            faults.tell(request, status, cause == null ? HttpStatus.getMessage(status) : cause.toString());
        }
        var problem = Problem.of(status, "the request was refused: " + HttpStatus.getMessage(status));
        response.write(true, ByteBuffer.wrap(Json.bytes(problem)), callback);
        return true;
    }
}
