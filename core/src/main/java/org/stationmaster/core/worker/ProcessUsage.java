package org.stationmaster.core.worker;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Of a worker that has its JVM to itself: the process. Somebody waits for its beat. In an idle process nothing of this is ever
 * compiled, and the beats are most of what it costs: hence a file that stays open and digits read by hand.
 */
final class ProcessUsage implements Usage {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.worker");
    // looked up once: that takes milliseconds
    private static final OperatingSystemMXBean SYSTEM = ManagementFactory.getOperatingSystemMXBean();

    /** Sizes in pages, as words: all, resident, … */
    private static final String STATM = "/proc/self/statm";

    private static final int STATM_BYTES = 128;
    private static final long PAGE_BYTES = 4096;
    // twice, and half a time more, before the worker is taken for dead
    private static final long IDLE_BEAT_NANOS = ProcessWorker.STALLED_NANOS * 2 / 5;

    private final byte[] read = new byte[STATM_BYTES];
    private final @Nullable RandomAccessFile statm = open();

    private static @Nullable RandomAccessFile open() {
        try {
            return new RandomAccessFile(STATM, "r");
        } catch (IOException e) {
            LOG.debug("{} tells nothing: a worker's memory is its heap", STATM, e);
            return null;
        }
    }

    @Override
    public long cpuNanos() {
        return SYSTEM instanceof com.sun.management.OperatingSystemMXBean system ? system.getProcessCpuTime() : 0;
    }

    /** Resident, where the system tells it; else the heap. */
    @Override
    public long memoryBytes() {
        if (statm == null) {
            return OF_A_THREAD.memoryBytes();
        }
        try {
            statm.seek(0);
            return secondNumber(statm.read(read)) * PAGE_BYTES;
        } catch (IOException e) {
            return OF_A_THREAD.memoryBytes();
        }
    }

    private long secondNumber(int length) {
        int at = 0;
        while (at < length && read[at] != ' ') {
            at++;
        }
        long number = 0;
        for (at++; at < length && read[at] != ' '; at++) {
            number = number * 10 + read[at] - '0';
        }
        return number;
    }

    @Override
    public long idleBeatNanos() {
        return IDLE_BEAT_NANOS;
    }
}
