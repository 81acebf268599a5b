package org.stationmaster.core.state;

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

    /** The process that asks. */
    public static ProcessIdentity current() {
        var handle = ProcessHandle.current();
        return new ProcessIdentity(handle.pid(), startMillis(handle));
    }

    /** The process, when it lives; empty too when another has its pid now. */
    public Optional<ProcessHandle> find() {
        return pid <= 0
                ? Optional.empty()
                : ProcessHandle.of(pid)
                        .filter(ProcessHandle::isAlive)
                        .filter(handle -> Math.abs(startMillis(handle) - startMillis) <= TOLERANCE_MILLIS);
    }

    private static long startMillis(ProcessHandle handle) {
        return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
