package org.stationmaster.app;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Between whoever logs and stderr: nobody waits for a reader that is slow or hangs. What does not fit is counted, and told in
 * a line at its place. Logback makes it, for logback.xml.
 */
public final class LogQueue extends AsyncAppender {
    static final String FORMAT = "stationmaster.log.format";
    static final String TEXT = "text";
    static final List<String> FORMATS = List.of(TEXT, "json");

    /** Javalin says it above our own message, which says why and what to do. */
    private static final String TOLD_BETTER = "Failed to start Javalin";

    private static final int LINES = 2_048;

    /** How long the end of the process waits for a reader that hangs. */
    private static final int END_MILLIS = 1_000;

    private final ReentrantLock lock = new ReentrantLock();

    /** The last line that was queued, if more can be counted into it. Under {@link #lock}. */
    private @Nullable Dropped open;

    /** For logback. */
    public LogQueue() {
        setQueueSize(LINES);
        setDiscardingThreshold(0);
        setNeverBlock(true);
        setMaxFlushTime(END_MILLIS);
    }

    /** Writes what is queued, within a second; what is logged later goes nowhere. */
    static void end() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.stop();
        }
    }

    /** The last place is for the line that tells what was dropped. */
    @Override
    protected void append(ILoggingEvent event) {
        if (TOLD_BETTER.equals(event.getMessage())) {
            return;
        }
        event.prepareForDeferredProcessing();
        lock.lock();
        try {
            if (getRemainingCapacity() > 1) {
                open = null;
                super.append(event);
            } else {
                if (open == null) {
                    open = new Dropped();
                    super.append(open);
                }
                open.lines++;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Knows its number when it is written, or when a later line has found a place. */
    private final class Dropped extends LoggingEvent {
        /** Under {@link #lock}. */
        private long lines;

        Dropped() {
            super(
                    LogQueue.class.getName(),
                    ((LoggerContext) getContext()).getLogger(LogQueue.class),
                    Level.WARN,
                    "",
                    null,
                    null);
        }

        @Override
        public void prepareForDeferredProcessing() {
            // its words are made when it is written
        }

        @Override
        public String getFormattedMessage() {
            lock.lock();
            try {
                if (open == this) {
                    open = null;
                }
                return lines + " lines of the log were dropped: its reader is too slow";
            } finally {
                lock.unlock();
            }
        }
    }
}
