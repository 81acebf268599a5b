package org.stationmaster.core.worker;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** What a worker uses, and how often it says so when it holds nothing. Asked on the worker's loop. */
interface Usage {
    /** CPU time so far. */
    long cpuNanos();

    long memoryBytes();

    /** From one beat to the next while all slots are idle. */
    long idleBeatNanos();

    /** Of a worker that shares its JVM: the time of its loop, the heap of all. It beats slowly: idle costs nothing. */
    Usage OF_A_THREAD = new Usage() {
        private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
        private static final long IDLE_BEAT_NANOS = 5_000_000_000L;

        @Override
        public long cpuNanos() {
            return THREADS.getCurrentThreadCpuTime();
        }

        @Override
        public long memoryBytes() {
            return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        }

        @Override
        public long idleBeatNanos() {
            return IDLE_BEAT_NANOS;
        }
    };
}
