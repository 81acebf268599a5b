package org.stationmaster.core.machine;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The CPU time of a process as a profile counts it: without the JVM's compilers, whose part goes to 0. */
interface CpuTime {
    /**
     * @param told with the compilers, for who cannot tell them apart
     * @return nanoseconds so far
     */
    long workNanos(long pid, long told);

    /** From Linux's {@code /proc}: the sum over the threads that live. Elsewhere what was told. */
    CpuTime OF_THREADS = (pid, told) -> {
        long sum = 0;
        try (var tasks = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (var task : tasks) {
                sum += ofTask(task);
            }
        } catch (IOException | DirectoryIteratorException e) {
            return told;
        }
        return sum > 0 ? sum : told;
    };

    private static long ofTask(Path task) {
        try {
            var name = Files.readString(task.resolve("comm"));
            if (name.startsWith("C1 ") || name.startsWith("C2 ")) {
                return 0;
            }
            var times = Files.readString(task.resolve("schedstat"));
            return Long.parseLong(times, 0, times.indexOf(' '), 10);
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
            return 0; // it ended meanwhile, or this kernel does not count
        }
    }
}
