package org.stationmaster.app;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jline.utils.Signals;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wish to stop, from a signal. The first asks for an ordered stop; the second ends the process at once.
 *
 * <p>Not a shutdown hook: while hooks run the JVM swallows a second signal, and its exit code is 143 whatever they do.
 * A signal that was ignored when the process started ({@code nohup}) stays ignored.
 */
final class StopSignals {
    private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);

    private final CountDownLatch asked = new CountDownLatch(1);
    private final AtomicInteger count = new AtomicInteger();
    private final IntConsumer end;
    private volatile Runnable beforeEnd = () -> {};
    private volatile boolean isQuiet;

    /** What is listened to, by the number that a shell adds to 128. */
    private enum Kind {
        HUP(1),
        INT(2),
        TERM(15);

        private final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    /** @param end ends the process at once with the exit code given */
    StopSignals(IntConsumer end) {
        this.end = end;
    }

    /** Listens to SIGINT, SIGTERM and SIGHUP. */
    void listen() {
        listen(List.of(Kind.values()));
    }

    /** For a command that only looks at a machine: that it ends is nothing to tell. */
    void listenQuietly() {
        isQuiet = true;
        listen();
    }

    /** For a process that belongs to another one, which alone hears the terminal's Ctrl-C. */
    void listenToTermAlone() {
        Signals.register("INT", () -> {});
        Signals.register("HUP", () -> {});
        listen(List.of(Kind.TERM));
    }

    private void listen(List<Kind> kinds) {
        for (var kind : kinds) {
            if (Signals.register(kind.name(), () -> raise(kind)) == null) {
                LOG.warn("cannot listen to SIG{}: it ends the process without an ordered stop", kind);
            }
        }
    }

    /** What to do when the process ends at once: put the terminal back in order. Must not block. */
    void beforeEnd(Runnable action) {
        beforeEnd = action;
    }

    /** Asks for the ordered stop, as the first signal does; again: nothing. */
    void ask() {
        asked.countDown();
    }

    /** As SIGTERM would. */
    void raiseTerm() {
        raise(Kind.TERM);
    }

    private void raise(Kind kind) {
        if (count.incrementAndGet() == 1) {
            if (!isQuiet) {
                LOG.info("SIG{}: stopping in order; once more ends at once", kind);
            }
            asked.countDown();
        } else {
            beforeEnd.run();
            end.accept(128 + kind.number);
        }
    }

    boolean isAsked() {
        return asked.getCount() == 0;
    }

    void await() throws InterruptedException {
        asked.await();
    }

    /** Waits for the wish to stop; false when the time was over first. */
    boolean await(long millis) throws InterruptedException {
        return asked.await(millis, TimeUnit.MILLISECONDS);
    }
}
