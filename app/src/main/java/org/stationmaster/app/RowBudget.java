package org.stationmaster.app;

/** Rows of a screen not yet given away. */
final class RowBudget {
    private int left;

    RowBudget(int all) {
        left = all;
    }

    int left() {
        return left;
    }

    /** As many as are wanted, or what is left. */
    int take(int wanted) {
        int taken = Math.clamp(wanted, 0, left);
        left -= taken;
        return taken;
    }
}
