package org.stationmaster.bench;

import java.util.concurrent.locks.LockSupport;

/** Waits of a benchmark's main thread. */
final class Waits {
    private Waits() {}

    static void seconds(double seconds) {
        until(System.nanoTime() + (long) (seconds * 1e9));
    }

    static void until(long nanoTime) {
        for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
