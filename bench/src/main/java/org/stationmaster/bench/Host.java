package org.stationmaster.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.stationmaster.testkit.HostUsage;

/** What the figures depend on. */
final class Host {
    private Host() {}

    /** Of the checkout that is measured, with {@code -dirty} behind it when files have changed since. */
    private static String commit() throws IOException {
        var git = new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var out = git.inputReader()) {
            var line = out.readLine();
            return line == null ? "not known" : line;
        }
    }

    /** Where and when, as lines of Markdown. */
    static String describe() throws IOException {
        return """
                - date: %s
                - commit: %s
                - CPU: %s, %d cores
                - kernel: %s %s
                - JDK: %s %s
                - JVM flags: `%s`
                - load average before: %s
                """.formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        commit(),
                        HostUsage.processor(),
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("java.vendor.version", ""),
                        System.getProperty("java.runtime.version"),
                        String.join(" ", Child.JVM_FLAGS),
                        Files.readString(Path.of("/proc/loadavg")).strip());
    }
}
