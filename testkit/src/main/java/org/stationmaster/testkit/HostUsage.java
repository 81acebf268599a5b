package org.stationmaster.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.StringTokenizer;

/**
 * What all processes of this host have used so far, from Linux's {@code /proc/stat}.
 *
 * @param busyNanos all processors together, in steps of 10 ms
 * @param stolenNanos what a hypervisor gave to others while there was work here
 */
public record HostUsage(long busyNanos, long stolenNanos) {
    private static final Path STAT = Path.of("/proc/stat");
    private static final long TICK_NANOS = 10_000_000;
    /** Columns of its first line behind "cpu", in this order. */
    private enum Column {
        USER,
        NICE,
        SYSTEM,
        IDLE,
        WAITING,
        IRQ,
        SOFTIRQ,
        STEAL
    }

    public static HostUsage now() throws IOException {
        try (var lines = Files.lines(STAT)) {
            var fields = new StringTokenizer(lines.findFirst().orElse(""));
            fields.nextToken();
            long busy = 0;
            long stolen = 0;
            for (var column : Column.values()) {
                long nanos = Long.parseLong(fields.nextToken()) * TICK_NANOS;
                switch (column) {
                    case USER, NICE, SYSTEM, IRQ, SOFTIRQ -> busy += nanos;
                    case STEAL -> stolen = nanos;
                    case IDLE, WAITING -> {}
                }
            }
            return new HostUsage(busy, stolen);
        } catch (NoSuchElementException | NumberFormatException e) {
            throw new IOException(STAT + " does not begin as expected", e);
        }
    }

    /** The name of the first processor; where the system does not tell it, the architecture. */
    public static String processor() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElseGet(HostUsage::architecture);
        } catch (IOException e) {
            return architecture();
        }
    }

    private static String architecture() {
        return System.getProperty("os.arch", "unknown");
    }
}
