package org.stationmaster.core.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * A process that may be gone. Pids are used again, so the start time belongs to it.
 *
 * @param pid 0: none has written its own yet
 * @param startMillis epoch milliseconds; 0: unknown
 */
public record ProcessIdentity(long pid, long startMillis) {
    /**
     * The kernel counts a start from boot, and each JVM adds that to the time of boot as it finds it, in whole seconds:
     * two of them may differ by one.
     */
    private static final long TOLERANCE_MILLIS = 2_000;

    /** Where {@code /proc/PID/stat} has the number of threads, counted from the state. */
    private static final int STAT_THREADS = 17;

    /** The process that asks. */
    public static ProcessIdentity current() {
        var handle = ProcessHandle.current();
        return new ProcessIdentity(handle.pid(), startMillis(handle));
    }

    /** The process, when it lives; empty too when another has its pid now, or when it only waits for its parent to look. */
    public Optional<ProcessHandle> find() {
        return pid <= 0
                ? Optional.empty()
                : ProcessHandle.of(pid)
                        .filter(ProcessHandle::isAlive)
                        .filter(handle -> Math.abs(startMillis(handle) - startMillis) <= TOLERANCE_MILLIS)
                        .filter(_ -> !isZombie(pid));
    }

    /** As Linux tells it: the state behind the name, Z, and no thread but the last. A JVM takes one for alive. */
    private static boolean isZombie(long pid) {
        try {
            var stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
            var fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
            return fields.length > STAT_THREADS
                    && fields[0].equals("Z")
                    && fields[STAT_THREADS].length() == 1
                    && fields[STAT_THREADS].charAt(0) <= '1';
        } catch (IOException e) {
            return false; // another system; or gone by now, as the next look will tell
        }
    }

    private static long startMillis(ProcessHandle handle) {
        return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
