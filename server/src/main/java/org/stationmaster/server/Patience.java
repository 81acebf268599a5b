package org.stationmaster.server;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Ends connections that have had no whole request and no answer for too long: the idle ones, and those whose client sends the
 * head of a request a byte at a time. A request has the time it takes to begin its answer; an answer that goes on, such as a stream
 * of events, must say something now and then. Nothing wakes while no connection is open.
 */
final class Patience implements Connection.Listener {
    /** Twice the silence of a stream. */
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long PERIOD_SECONDS = 5;

    private final LongSupplier nanoTime;
    private final Scheduler scheduler;
    /** Guarded by this object, as what follows. */
    private final Map<Connection, Watched> open = new HashMap<>();

    private boolean planned;

    /** @param bytes written to it */
    private record Watched(long messages, long bytes, long sinceNanos) {}

    Patience(Scheduler scheduler, LongSupplier nanoTime) {
        this.scheduler = scheduler;
        this.nanoTime = nanoTime;
    }

    @Override
    public synchronized void onOpened(Connection connection) {
        if (connection.getMessagesIn() >= 0) { // TLS below HTTP counts none: its HTTP connection is watched
            open.put(connection, new Watched(0, 0, nanoTime.getAsLong()));
            plan();
        }
    }

    @Override
    public synchronized void onClosed(Connection connection) {
        open.remove(connection);
    }

    private void plan() {
        if (!planned && !open.isEmpty()) {
            planned = true;
            scheduler.schedule(this::look, PERIOD_SECONDS, TimeUnit.SECONDS);
        }
    }

    synchronized int watched() {
        return open.size();
    }

    /** Ends those whose time is over. */
    synchronized void look() {
        planned = false;
        long now = nanoTime.getAsLong();
        open.replaceAll((connection, before) -> {
            long messages = connection.getMessagesIn();
            long bytes = connection.getBytesOut();
            boolean isServed = messages != connection.getMessagesOut();
            return isServed || messages != before.messages() || bytes != before.bytes()
                    ? new Watched(messages, bytes, now)
                    : before;
        });
        var over = open.entrySet().stream()
                .filter(entry -> now - entry.getValue().sinceNanos() > LIMIT_NANOS)
                .map(Map.Entry::getKey)
                .toList();
        over.forEach(connection -> {
            open.remove(connection);
            connection.getEndPoint().close();
        });
        plan();
    }
}
