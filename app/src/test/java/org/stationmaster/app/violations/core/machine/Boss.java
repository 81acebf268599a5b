package org.stationmaster.app.violations.core.machine;

/** A machine that reads the wall clock and sleeps. */
public final class Boss {
    public long rest() throws InterruptedException {
        Thread.sleep(0);
        return System.nanoTime();
    }
}
