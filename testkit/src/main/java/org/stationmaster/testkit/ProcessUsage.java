package org.stationmaster.testkit;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.StringTokenizer;

/**
 * What a process has used so far, from Linux's {@code /proc}.
 *
 * @param cpuNanos user and system time; of this process with ended threads, of another one those of threads that live
 * @param waitedNanos how long threads that live now could have run and had no core
 * @param threads the same by kind of thread, of the threads that live now
 */
public record ProcessUsage(long cpuNanos, long waitedNanos, Map<ProcessUsage.Kind, Long> threads) {
    private static final Path SELF = Path.of("/proc/self");
    /** How the names of the JVM's own threads begin, cut to 15 letters by the kernel. */
    private static final List<String> JVM =
            List.of("VM ", "GC ", "Monitor Deflati", "Service Thread", "Reference Handl", "Signal ", "Common-Cleaner");

    /** What a thread is for. */
    public enum Kind {
        /** Event loops of Netty. */
        LOOP,
        /** The archive's thread. */
        SINK,
        /** Carriers and pollers of virtual threads. */
        VIRTUAL,
        /** The compilers of the JVM. */
        JIT,
        /** Collector and other work of the JVM. */
        VM,
        /** The rest. */
        OTHER
    }

    /** Of this process. */
    public static ProcessUsage now() {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var sums = new EnumMap<Kind, Long>(Kind.class);
        long waitedNanos = addThreads(SELF, sums);
        return new ProcessUsage(system.getProcessCpuTime(), waitedNanos, sums);
    }

    /** Of any process of this user. */
    public static ProcessUsage of(long pid) {
        var sums = new EnumMap<Kind, Long>(Kind.class);
        long waitedNanos = addThreads(directory(pid), sums);
        return new ProcessUsage(
                sums.values().stream().mapToLong(Long::longValue).sum(), waitedNanos, sums);
    }

    private static Path directory(long pid) {
        return Path.of("/proc", Long.toString(pid));
    }

    /** CPU time of the threads that live, without the JVM's compilers: theirs goes to 0 in a long run. */
    public long workNanos() {
        return threads.entrySet().stream()
                .filter(entry -> entry.getKey() != Kind.JIT)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Adds the CPU time of each thread to its kind; gives the time that they have waited for a core. */
    private static long addThreads(Path process, Map<Kind, Long> sums) {
        long waitedNanos = 0;
        try (var tasks = Files.newDirectoryStream(process.resolve("task"))) {
            for (var task : tasks) {
                try {
                    var name = Files.readString(task.resolve("comm")).strip();
                    var fields = new StringTokenizer(Files.readString(task.resolve("schedstat")));
                    sums.merge(kind(name), Long.valueOf(fields.nextToken()), Long::sum);
                    waitedNanos += Long.parseLong(fields.nextToken());
                } catch (IOException e) {
                    // a thread that ended meanwhile
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return waitedNanos;
    }

    private static Kind kind(String thread) {
        if (thread.startsWith("worker-") || thread.startsWith("netty")) {
            return Kind.LOOP;
        }
        if (thread.startsWith("sink-")) {
            return Kind.SINK;
        }
        if (thread.startsWith("ForkJoin") || thread.contains("Poller") || thread.startsWith("Read-")) {
            return Kind.VIRTUAL;
        }
        if (thread.startsWith("C1 ") || thread.startsWith("C2 ")) {
            return Kind.JIT;
        }
        if (JVM.stream().anyMatch(thread::startsWith)) {
            return Kind.VM;
        }
        return Kind.OTHER;
    }

    public long threadNanos(Kind kind) {
        return threads.getOrDefault(kind, 0L);
    }

    /** A number of {@code /proc/self/status}, for instance {@code VmRSS}, in KiB. */
    public static long statusKib(String key) throws IOException {
        return statusKib(ProcessHandle.current().pid(), key);
    }

    /** The same of another process. */
    public static long statusKib(long pid, String key) throws IOException {
        var status = directory(pid).resolve("status");
        for (var line : Files.readAllLines(status)) {
            if (line.startsWith(key + ":")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no " + key + " in " + status);
    }

    /** CPU time of all Java processes that this one has started and that live, by their threads. */
    public static long childrenCpuNanos() {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().command().orElse("").endsWith("java"))
                .mapToLong(child -> of(child.pid()).cpuNanos())
                .sum();
    }

    /** How many descriptors are open. */
    public static int descriptors() throws IOException {
        try (var open = Files.list(SELF.resolve("fd"))) {
            return (int) open.count();
        }
    }
}
