package org.stationmaster.server;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Warnings that others may cause at any rate: so many lines a period are written, the rest is counted and told with the
 * next line, or by {@link #close}. Safe from any thread.
 */
final class LimitedLog implements AutoCloseable {
    private final Logger log;
    private final int lines;
    private final long periodNanos;
    private final LongSupplier nanoTime;
    private long fromNanos;
    private int written;
    private long leftOut;

    LimitedLog(Logger log, int lines, long periodSeconds, LongSupplier nanoTime) {
        this.log = log;
        this.lines = lines;
        this.periodNanos = TimeUnit.SECONDS.toNanos(periodSeconds);
        this.nanoTime = nanoTime;
        this.fromNanos = nanoTime.getAsLong();
    }

    synchronized void warn(String line) {
        long now = nanoTime.getAsLong();
        if (now - fromNanos >= periodNanos) {
            fromNanos = now;
            written = 0;
        }
        if (written == lines) {
            leftOut++;
            return;
        }
        written++;
        tellLeftOut();
        log.warn(line);
    }

    /** Tells what was left out; lines may be written after it, too. */
    @Override
    public synchronized void close() {
        tellLeftOut();
    }

    private void tellLeftOut() {
        if (leftOut > 0) {
            log.warn("{} more lines like these were left out", leftOut);
            leftOut = 0;
        }
    }
}
