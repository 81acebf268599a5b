package org.stationmaster.testkit;

/** One thing to be done at a time: an entry of a {@link DueWheel}, reused for its whole life. */
final class Due {
    /** What is done. */
    @FunctionalInterface
    interface Action {
        /** Called by the wheel, out of which the entry was taken before; it may add itself again. */
        void fire(long nowNanos);
    }

    final Action action;

    /** The wheel's own fields: the tick to fire at, and the neighbours in a circular list; itself when in none. */
    long tick;

    Due before = this;
    Due after = this;

    Due(Action action) {
        this.action = action;
    }

    boolean isWaiting() {
        return after != this;
    }
}
