package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open streams of events: so many at once and so many of one address, each on its request's thread, until its reader or the endpoint goes. A reader
 * that takes nothing for half a minute is gone.
 */
final class Streams {
    static final int MAX_OPEN = 64;
    static final long COMMENT_MILLIS = 15_000;
    private static final int RETRY_SECONDS = 10;
    private static final Logger LOG = LoggerFactory.getLogger(Streams.class);

    static final Share SHARE = new Share(16, 48);

    /** How many each address has; guarded by itself. */
    private final Map<String, Integer> open = new HashMap<>();

    private volatile CountDownLatch over = new CountDownLatch(1);
    private final long commentMillis;

    /** @param commentMillis how long a stream may be silent */
    Streams(long commentMillis) {
        this.commentMillis = commentMillis;
    }

    /** What a stream says. */
    interface Speaker {
        /** Speaks until {@link #isOver}, or writing fails. */
        void speak(Sse sse) throws IOException, InterruptedException;
    }

    void serve(Context context, Speaker speaker) throws IOException, InterruptedException {
        // Its end is the connection's end: a stop need not wait for the reader.
        context.contentType(Sse.CONTENT_TYPE).status(200).header("Connection", "close");
        if (context.req().getMethod().equals("HEAD")) {
            return;
        }
        var address = context.req().getRemoteAddr();
        var refusal = enter(address);
        if (!refusal.isEmpty()) {
            context.header("Retry-After", Integer.toString(RETRY_SECONDS));
            throw new ProblemException(503, refusal + ": close one, or come again later");
        }
        try (var out = context.res().getOutputStream()) {
            var sse = new Sse(out);
            sse.comment(); // the reader sees at once that it is connected
            speaker.speak(sse);
        } catch (IOException e) {
            LOG.debug("a reader has gone", e);
        } finally {
            leave(address);
        }
    }

    /** Why there is no room; empty: there was. */
    private String enter(String address) {
        synchronized (open) {
            int own = open.getOrDefault(address, 0);
            if (own >= SHARE.of(address)) {
                return own + " streams of your address are open";
            }
            if (open() >= MAX_OPEN) {
                return MAX_OPEN + " streams are open";
            }
            open.put(address, own + 1);
            return "";
        }
    }

    private void leave(String address) {
        synchronized (open) {
            open.computeIfPresent(address, (_, own) -> own == 1 ? null : own - 1);
        }
    }

    /** Lets streams open, again after an end. */
    void begin() {
        over = new CountDownLatch(1);
    }

    /** No more: every stream ends soon. */
    void end() {
        over.countDown();
    }

    boolean isOver() {
        return over.getCount() == 0;
    }

    /** Waits, less when all is over. */
    void pause(long millis) throws InterruptedException {
        boolean _ = over.await(millis, TimeUnit.MILLISECONDS);
    }

    /** How many are open. */
    int open() {
        synchronized (open) {
            return open.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    long commentMillis() {
        return commentMillis;
    }
}
