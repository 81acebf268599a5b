package org.stationmaster.core.worker;

import java.io.FileInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;

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

    /** Of a worker that has its JVM to itself: the process. Somebody waits for its beat. */
    Usage OF_A_PROCESS = new Usage() {
        // looked up once: that takes milliseconds
        private static final OperatingSystemMXBean SYSTEM = ManagementFactory.getOperatingSystemMXBean();

        private static final String STATM = "/proc/self/statm";
        private static final int STATM_BYTES = 128;
        private static final long PAGE_BYTES = 4096;
        // twice, and half a time more, before the worker is taken for dead
        private static final long IDLE_BEAT_NANOS = ProcessWorker.STALLED_NANOS * 2 / 5;

        @Override
        public long cpuNanos() {
            return SYSTEM instanceof com.sun.management.OperatingSystemMXBean system ? system.getProcessCpuTime() : 0;
        }

        // resident, where the system tells it; else the heap
        @Override
        public long memoryBytes() {
            try (var statm = new FileInputStream(STATM)) { // interpreted, Files.readString would take 0.4 ms
                var fields = new String(statm.readNBytes(STATM_BYTES), StandardCharsets.US_ASCII);
                int blank = fields.indexOf(' ');
                return Long.parseLong(fields, blank + 1, fields.indexOf(' ', blank + 1), 10) * PAGE_BYTES;
            } catch (IOException | RuntimeException e) {
                return OF_A_THREAD.memoryBytes();
            }
        }

        @Override
        public long idleBeatNanos() {
            return IDLE_BEAT_NANOS;
        }
    };
}
