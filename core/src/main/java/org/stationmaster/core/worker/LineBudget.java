package org.stationmaster.core.worker;

/** So many lines of a log in a second, and a count of the others. One thread. */
final class LineBudget {
    private static final int LINES_PER_SECOND = 20;

    private long second;
    private int lines;
    private int untold;

    /** Whether another line may be written; else it is counted. */
    boolean take(long nanoTime) {
        long now = nanoTime / 1_000_000_000L;
        if (now != second) {
            second = now;
            lines = 0;
        }
        if (lines < LINES_PER_SECOND) {
            lines++;
            return true;
        }
        untold++;
        return false;
    }

    /** How many were left out in a second that is over; told once. */
    int untold(long nanoTime) {
        if (untold == 0 || nanoTime / 1_000_000_000L == second) {
            return 0;
        }
        int count = untold;
        untold = 0;
        return count;
    }
}
