package org.stationmaster.testkit;

/**
 * What is due when, in O(1) for each entry: a ring of lists, one for each millisecond. Entries further away than the
 * ring is long stay in their list for another turn. Times are nanoseconds since the wheel's own zero. For one thread.
 */
final class DueWheel {
    static final long TICK_NANOS = 1_000_000;
    private static final int TICKS = 4096;
    private static final int MASK = TICKS - 1;

    private final Due[] lists = new Due[TICKS];
    private final Due firing = head();
    private long tick;

    DueWheel() {
        for (int i = 0; i < TICKS; i++) {
            lists[i] = head();
        }
    }

    private static Due head() {
        return new Due(now -> {});
    }

    /** Adds or moves an entry. It fires in the first tick that is not before {@code atNanos}, and never at once. */
    void add(Due due, long atNanos) {
        remove(due);
        due.tick = Math.max(Math.ceilDiv(atNanos, TICK_NANOS), tick);
        link(due);
    }

    /** Takes an entry out; nothing happens when it is not in. */
    void remove(Due due) {
        due.before.after = due.after;
        due.after.before = due.before;
        due.before = due;
        due.after = due;
    }

    /** Fires all that is due. */
    void fire(long nowNanos) {
        long last = Math.floorDiv(nowNanos, TICK_NANOS);
        // after a jump of the clock one turn meets every list
        tick = Math.max(tick, last - TICKS + 1);
        while (tick <= last) {
            long current = tick++;
            takeList((int) (current & MASK));
            while (firing.isWaiting()) {
                Due due = firing.after;
                remove(due);
                if (due.tick > current) {
                    link(due);
                } else {
                    due.action.fire(nowNanos);
                }
            }
        }
    }

    /** How long nothing is due, at most {@code limitMillis}. */
    long idleMillis(long nowNanos, int limitMillis) {
        for (int ahead = 0; ahead < limitMillis; ahead++) {
            if (lists[(int) ((tick + ahead) & MASK)].isWaiting()) {
                long waitNanos = (tick + ahead) * TICK_NANOS - nowNanos;
                return Math.clamp(Math.ceilDiv(waitNanos, 1_000_000L), 0L, limitMillis);
            }
        }
        return limitMillis;
    }

    private void takeList(int index) {
        Due head = lists[index];
        if (head.isWaiting()) {
            firing.after = head.after;
            firing.before = head.before;
            firing.after.before = firing;
            firing.before.after = firing;
            head.after = head;
            head.before = head;
        }
    }

    private void link(Due due) {
        Due head = lists[(int) (due.tick & MASK)];
        due.before = head.before;
        due.after = head;
        head.before.after = due;
        head.before = due;
    }
}
