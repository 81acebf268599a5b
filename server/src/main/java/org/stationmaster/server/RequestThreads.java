package org.stationmaster.server;

import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Which thread serves a request. A short look is served by the thread that has read it, which saves a hand-over between threads;
 * one at a time, so that clients who do not read their answers hold one of the few platform threads at the most. All else has
 * a virtual thread: it may wait for a client, a station or the disk.
 */
final class RequestThreads extends Handler.Wrapper {
    /** With an id, and nothing else: a slash at the end, an empty part or what is still encoded may be taken for the list. */
    private static final Pattern ONE_SOURCE = Pattern.compile("/api/v1/sources/[A-Za-z0-9][A-Za-z0-9._-]*");

    private final Executor virtual;
    private final Crowd crowd;
    private final Semaphore inHand = new Semaphore(1);

    RequestThreads(Executor virtual, Crowd crowd) {
        this.virtual = virtual;
        this.crowd = crowd;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        var connection = request.getConnectionMetaData().getConnection();
        crowd.begins(connection);
        Request.addCompletionListener(request, _ -> crowd.ends(connection));
        if (isShort(request) && inHand.tryAcquire()) {
            try {
                return super.handle(request, response, callback);
            } finally {
                inHand.release();
            }
        }
        virtual.execute(() -> serve(request, response, callback));
        return true;
    }

    /** One source, or whether all is well: some words are read, and the answer is small. */
    private static boolean isShort(Request request) {
        var path = Request.getPathInContext(request);
        return request.getMethod().equals("GET")
                && (path.equals("/readyz")
                        || path.equals("/healthz")
                        || ONE_SOURCE.matcher(path).matches());
    }

    private void serve(Request request, Response response, Callback callback) {
        try {
            if (!super.handle(request, response, callback)) {
                Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
            }
        } catch (Throwable e) { // as the server does with what a handler throws on its own thread
            Response.writeError(request, response, callback, e);
        }
    }
}
