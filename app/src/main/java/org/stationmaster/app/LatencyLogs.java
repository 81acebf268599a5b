package org.stationmaster.app;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.stationmaster.core.api.MachineView.Quantiles;

/**
 * Reads what the {@link LatencySink}s of a machine log, wherever they are. Each process has a file of its own, so that a
 * line which a killed one has not finished stays the last of its file: it is not read. One thread.
 */
final class LatencyLogs {
    private static final String NAMES = "latency-*.hlog";

    private final Path directory;
    /** How far each file has been read: behind a whole line. */
    private final Map<Path, Long> ends = new HashMap<>();

    private final Histogram all = new Histogram(LatencySink.HIGHEST_MICROS, LatencySink.DIGITS);

    LatencyLogs(Path directory) {
        this.directory = directory;
    }

    /** Where a part of the archive that lives in this process logs. */
    static Path file(Path directory, int part) {
        return directory.resolve(
                "latency-" + part + "-" + ProcessHandle.current().pid() + ".hlog");
    }

    /** What was logged since the last call. */
    Quantiles recent() throws IOException {
        var recent = new Histogram(LatencySink.HIGHEST_MICROS, LatencySink.DIGITS);
        try (var files = Files.newDirectoryStream(directory, NAMES)) {
            for (var file : files) {
                readOn(file).forEach(recent::add);
            }
        }
        all.add(recent);
        return quantiles(recent);
    }

    /**
     * The middle of the p99s of the seconds that were logged since the last call, in milliseconds, without the first: it began
     * before. One stall is not the middle. 0: nothing was logged.
     */
    double recentP99Millis() throws IOException {
        var seconds = new ArrayList<Histogram>();
        try (var files = Files.newDirectoryStream(directory, NAMES)) {
            for (var file : files) {
                seconds.addAll(readOn(file));
            }
        }
        seconds.forEach(all::add);
        return median(seconds.stream()
                .skip(seconds.size() > 1 ? 1 : 0)
                .mapToDouble(second -> quantiles(second).p99())
                .sorted()
                .toArray());
    }

    private static double median(double[] sorted) {
        int count = sorted.length;
        return count == 0 ? 0 : (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    }

    /** Everything that has been logged. */
    Quantiles total() throws IOException {
        var _ = recent();
        return quantiles(all);
    }

    /** A histogram for each second or so. */
    private List<Histogram> readOn(Path file) throws IOException {
        var read = new ArrayList<Histogram>();
        long from = ends.getOrDefault(file, 0L);
        byte[] bytes;
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var buffer = ByteBuffer.allocate(Math.toIntExact(Math.max(0, channel.size() - from)));
            int count = channel.read(buffer, from);
            while (count > 0 && buffer.hasRemaining()) {
                count = channel.read(buffer, from + buffer.position());
            }
            bytes = buffer.array();
        }
        int whole = bytes.length;
        while (whole > 0 && bytes[whole - 1] != '\n') {
            whole--;
        }
        ends.put(file, from + whole);
        try (var log = new HistogramLogReader(new ByteArrayInputStream(bytes, 0, whole))) {
            for (var next = log.nextIntervalHistogram(); next != null; next = log.nextIntervalHistogram()) {
                if (next instanceof Histogram interval) {
                    read.add(interval);
                }
            }
        }
        return read;
    }

    /** In milliseconds. */
    static Quantiles quantiles(Histogram micros) {
        return micros.getTotalCount() == 0
                ? new Quantiles(0, 0, 0, 0)
                : new Quantiles(
                        micros.getValueAtPercentile(50) / 1e3,
                        micros.getValueAtPercentile(99) / 1e3,
                        micros.getMaxValue() / 1e3,
                        micros.getTotalCount());
    }
}
