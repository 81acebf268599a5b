package org.stationmaster.app;

/** When a worker's code is compiled: two windows in a row took as much CPU, but for a little. Pure; one thread. */
final class WarmUp {
    private static final double ALIKE = 0.03;
    private static final int MOST_WINDOWS = 10;

    private double last;
    private int windows;

    /**
     * A window took so much.
     *
     * @return whether it is warm, or is not waited for any longer
     */
    boolean add(double cpu) {
        boolean alike = windows > 0 && Math.abs(cpu - last) <= ALIKE * Math.max(cpu, last);
        last = cpu;
        windows++;
        return alike || windows >= MOST_WINDOWS;
    }
}
