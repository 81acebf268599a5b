package org.stationmaster.server;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what was answered, by its status, also to what was no HTTP; and tells in the log who was refused, at a limited rate: by his address,
 * with nothing that he sent. Safe from any thread.
 */
final class Answers implements RequestLog, AutoCloseable {
    /** Refusals that say that somebody may not, or asks too much. */
    static final List<Integer> REFUSED = List.of(401, 403, 429);

    static final List<Integer> CLASSES = List.of(1, 2, 3, 4, 5);
    private static final int LINES_PER_MINUTE = 5;
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private final AtomicLongArray classes = new AtomicLongArray(CLASSES.size());
    private final AtomicLongArray refused = new AtomicLongArray(REFUSED.size());
    private final LimitedLog log;

    Answers(LongSupplier nanoTime) {
        this.log = new LimitedLog(LOG, LINES_PER_MINUTE, 60, nanoTime);
    }

    @Override
    public void log(Request request, Response response) {
        count(response.getStatus(), Request.getRemoteAddr(request));
    }

    void count(int status, String address) {
        int ofClass = CLASSES.indexOf(status / 100);
        if (ofClass >= 0) {
            classes.incrementAndGet(ofClass);
        }
        int refusal = REFUSED.indexOf(status);
        if (refusal >= 0) {
            refused.incrementAndGet(refusal);
            log.warn("a request of " + address + " was refused with " + status);
        }
    }

    /** Answers of a class of status: 2 for those from 200 to 299. */
    long ofClass(int hundreds) {
        return classes.get(CLASSES.indexOf(hundreds));
    }

    /** Answers with one of {@link #REFUSED}. */
    long refused(int status) {
        return refused.get(REFUSED.indexOf(status));
    }

    /** Tells what was left out. */
    @Override
    public void close() {
        log.close();
    }
}
