package org.stationmaster.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.stationmaster.testkit.ProcessUsage;

/**
 * What every reader is told, and how it measures itself and its Java children: warm up, then CPU time over the records of one window.
 *
 * @param rate records per second of each station
 */
record Rival(String host, int port, int connections, double rate, double warmupSeconds, double seconds) {
    static final String USAGE = "HOST PORT CONNECTIONS RATE WARMUP_SECONDS SECONDS";

    /** Of the first six arguments. */
    static Rival of(String... args) {
        if (args.length < 6) {
            throw new IllegalArgumentException("usage: " + USAGE);
        }
        return new Rival(
                args[0],
                Integer.parseInt(args[1]),
                Integer.parseInt(args[2]),
                Double.parseDouble(args[3]),
                Double.parseDouble(args[4]),
                Double.parseDouble(args[5]));
    }

    /** The simulator's name for its station {@code index}. */
    static String id(int index) {
        return String.format(Locale.ROOT, "SIM%05d", index);
    }

    /** Waits, measures, and prints one line of JSON. */
    void measure(LongSupplier records, LongSupplier bytes) {
        Waits.seconds(warmupSeconds);
        long childrenBefore = ProcessUsage.childrenCpuNanos();
        var before = ProcessUsage.now();
        long recordsBefore = records.getAsLong();
        long bytesBefore = bytes.getAsLong();
        long begin = System.nanoTime();
        Waits.until(begin + (long) (seconds * 1e9));
        var after = ProcessUsage.now();
        long childrenNanos = ProcessUsage.childrenCpuNanos() - childrenBefore;
        long count = records.getAsLong() - recordsBefore;
        double cpuMicros = (after.cpuNanos() - before.cpuNanos() + childrenNanos) / 1e3;
        var line = new LinkedHashMap<String, Number>();
        line.put("records", count);
        line.put("bytes", bytes.getAsLong() - bytesBefore);
        line.put("seconds", (System.nanoTime() - begin) / 1e9);
        line.put("cpu_micros", cpuMicros);
        line.put("cpu_micros_total", after.cpuNanos() / 1e3);
        line.put("micros_per_record", count == 0 ? 0.0 : cpuMicros / count);
        line.put("waited_micros", (after.waitedNanos() - before.waitedNanos()) / 1e3);
        for (var kind : ProcessUsage.Kind.values()) {
            double micros = (after.threadNanos(kind) - before.threadNanos(kind)) / 1e3;
            line.put(kind.name().toLowerCase(Locale.ROOT) + "_micros", micros);
        }
        System.out.println(Json.line(line));
    }
}
