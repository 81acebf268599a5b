package org.stationmaster.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** What the figures depend on. */
final class Host {
    private Host() {}

    /** Where and when, as lines of Markdown. */
    static String describe() throws IOException {
        return """
                - date: %s
                - CPU: %s, %d cores
                - kernel: %s %s
                - JDK: %s %s
                - JVM flags: `%s`
                - load average before: %s
                """.formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        cpu(),
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("java.vendor.version", ""),
                        System.getProperty("java.runtime.version"),
                        String.join(" ", Child.JVM_FLAGS),
                        Files.readString(Path.of("/proc/loadavg")).strip());
    }

    private static String cpu() throws IOException {
        for (var line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
            if (line.startsWith("model name")) {
                return line.substring(line.indexOf(':') + 1).strip();
            }
        }
        return System.getProperty("os.arch");
    }
}
