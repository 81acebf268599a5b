package org.stationmaster.core.worker;

import org.stationmaster.core.api.EndReason;

/**
 * The end of a connection in order: FIN to the station, then what the kernel still holds is read, then the run is
 * ended. On the loop.
 *
 * <p>It is over when the station has closed, when nothing came for {@link #QUIET_LOOKS} looks, or when
 * {@link #LIMIT_BYTES} were read: what comes behind them was sent later. A station that just goes on gets
 * {@link #MOST_LOOKS}. Looks are counted and not timed, so a loop that ran late still reads what had arrived. While the
 * sinks are full no look counts; one that they disturbed tells nothing and counts only against
 * {@link #MOST_DISTURBED_LOOKS}.
 */
final class Drain {
    /** More than two kernels hold of one connection unless tuned: on Linux 6 MiB received here, 4 MiB to be sent there. */
    static final long LIMIT_BYTES = 16L << 20;

    static final long LOOK_NANOS = 50_000_000L;
    /** Looks in a row that found nothing new, after which nothing is expected any more: a quarter of a second. */
    static final int QUIET_LOOKS = 5;
    /** Looks with nothing in the way of reading: a second's worth. */
    static final int MOST_LOOKS = 20;
    /** Looks between which sinks that fall behind again and again stopped the reading: ten seconds' worth. */
    static final int MOST_DISTURBED_LOOKS = 200;

    private final Drained run;
    private final Loop loop;
    private final long limitBytes;
    private long seenBytes;
    private int looks;
    private int quietLooks;
    private int disturbedLooks;
    private boolean disturbed;

    /** What is drained. */
    interface Drained {
        /** Lets the station know that we want no more; the task goes on reading. */
        void finish();

        /** False once it has ended or was told to end. */
        boolean isOpen();

        /** Whether the sinks are so far behind that it does not read. */
        boolean isBlocked();

        /** Whether the task has nothing in hand and nothing before it, and waits for bytes. */
        boolean isWaiting();

        /** Bytes that were read from the connection and used. */
        long readBytes();

        /** Ends it at once. */
        void abort(EndReason reason, String detail);
    }

    Drain(Drained run, Loop loop) {
        this.run = run;
        this.loop = loop;
        this.seenBytes = run.readBytes();
        this.limitBytes = seenBytes + LIMIT_BYTES;
    }

    void begin() {
        run.finish();
        loop.schedule(this::look, LOOK_NANOS);
    }

    /** The reading was stopped or let go. */
    void disturb() {
        disturbed = true;
    }

    private void look() {
        if (!run.isOpen()) {
            return;
        }
        if (isOver()) {
            run.abort(EndReason.TOLD, "told to");
        } else {
            loop.schedule(this::look, LOOK_NANOS);
        }
    }

    private boolean isOver() {
        long bytes = run.readBytes();
        boolean quiet = bytes == seenBytes && run.isWaiting();
        seenBytes = bytes;
        boolean blocked = run.isBlocked();
        if (blocked || disturbed) {
            quietLooks = 0;
            disturbedLooks += blocked ? 0 : 1;
        } else {
            quietLooks = quiet ? quietLooks + 1 : 0;
            looks++;
        }
        disturbed = blocked;
        return quietLooks >= QUIET_LOOKS
                || looks >= MOST_LOOKS
                || disturbedLooks >= MOST_DISTURBED_LOOKS
                || bytes >= limitBytes;
    }
}
