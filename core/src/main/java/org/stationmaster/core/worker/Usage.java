package org.stationmaster.core.worker;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;

/** What a worker uses, and how often it says so when it holds nothing. Asked on the worker's loop. */
interface Usage {
    /** CPU time so far. */
    long cpuNanos();

    long memoryBytes();

    /** From one beat to the next while all slots are idle. */
    long idleBeatNanos();

    /** Of a worker that shares its JVM: the time of its loop, the heap of all. It beats slowly: idle costs nothing. */
    Usage OF_A_THREAD = new Usage() {
        private static final long IDLE_BEAT_NANOS = 5_000_000_000L;

        @Override
        public long cpuNanos() {
            return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
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
        private static final Path STATM = Path.of("/proc/self/statm");
        private static final long PAGE_BYTES = 4096;

        @Override
        public long cpuNanos() {
            return ManagementFactory.getOperatingSystemMXBean()
                            instanceof com.sun.management.OperatingSystemMXBean system
                    ? system.getProcessCpuTime()
                    : 0;
        }

        // resident, where the system tells it; else the heap
        @Override
        public long memoryBytes() {
            try {
                var fields = new Scanner(Files.readString(STATM, StandardCharsets.US_ASCII));
                fields.nextLong();
                return fields.nextLong() * PAGE_BYTES;
            } catch (IOException | RuntimeException e) {
                return OF_A_THREAD.memoryBytes();
            }
        }

        @Override
        public long idleBeatNanos() {
            return ThreadWorker.BEAT_NANOS;
        }
    };
}
