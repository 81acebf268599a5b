package org.stationmaster.core.worker;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.WorkerId;

/** The JVM of one worker process: how it is started, what it prints, and what its end was about. */
final class WorkerJvm {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.worker");

    /**
     * A small heap: nothing is allocated per record. Direct memory holds what is read and not yet delivered. The JVM looks
     * for locks to deflate once in five seconds instead of four times a second. What Netty would do instead of Unsafe, and its own
     * JFR events, take half of a start: it links malloc and free, and reads some twenty annotations.
     */
    private static final List<String> OPTIONS = List.of(
            "-XX:+UseSerialGC",
            "-Xms16m",
            "-Xmn8m",
            "-Xmx256m",
            "-XX:MaxDirectMemorySize=128m",
            "-XX:+UseCompactObjectHeaders",
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:AsyncDeflationInterval=5000",
            "-XX:ArchiveRelocationMode=0",
            "-XX:TrimNativeHeapInterval=10000",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dio.netty.jfr.enabled=false");

    /**
     * A signal to the terminal's whole group is for the machine, which tells its workers what to do. What is ignored at its
     * start a JVM goes on to ignore.
     */
    private static final List<String> DEAF = List.of("/bin/sh", "-c", "trap '' INT TERM HUP; exec \"$@\"", "worker");

    private static final int OUT_OF_MEMORY = 3;
    private static final int SIGNALLED = 128;
    private static final int SIGKILL = 9;
    private static final int LAST_LINES = 5;
    private static final int LINES_PER_SECOND = 100;
    private static final int LONGEST_LINE = 8 * 1024;
    private static final int LONGEST_LAST_LINE = 1024;
    private static final int CRASH_LINES = 30;
    private static final long OUTPUT_LIMIT_MILLIS = 1_000;

    private final WorkerId id;
    private final Process process;
    private final Path crashFile;
    private final Clock clock;
    private final CompletableFuture<Void> outputEnd = new CompletableFuture<>();
    private final CompletableFuture<Void> exit = new CompletableFuture<>();

    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock. */
    private final ArrayDeque<String> lastLines = new ArrayDeque<>();

    private WorkerJvm(WorkerId id, Process process, Path crashFile, Clock clock) {
        this.clock = clock;
        this.id = id;
        this.process = process;
        this.crashFile = crashFile;
    }

    /** Starts the process and tells it what it is to be. */
    static WorkerJvm start(ProcessPlan plan, WorkerSetup setup, Clock clock) throws IOException {
        Files.createDirectories(plan.crashes());
        var crashFile = plan.crashes().resolve("crash-" + setup.id() + "-" + setup.incarnation() + ".log");
        var command = new ArrayList<>(DEAF);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.add("-XX:ErrorFile=" + crashFile);
        command.addAll(plan.jvmOptions());
        command.addAll(List.of(
                "-cp", classPath(), plan.mainClass().getName(), setup.id().toString()));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var jvm = new WorkerJvm(setup.id(), process, crashFile, clock);
        try {
            Thread.ofPlatform().daemon().name("output-" + setup.id()).start(jvm::passOn);
            Thread.ofVirtual().name("end-" + setup.id()).start(jvm::awaitExit);
        } catch (RuntimeException | Error e) { // no more threads: nobody would look after it
            process.destroyForcibly();
            throw e;
        }
        try {
            setup.write(process.getOutputStream()); // it stays open: its end tells the worker that we are gone
        } catch (IOException e) {
            LOG.debug("{} did not listen; its end will say why", setup.id(), e);
        }
        return jvm;
    }

    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    Process process() {
        return process;
    }

    /** Completes when the process has ended and what it printed is heard, or a second after its end. */
    CompletableFuture<Void> end() {
        return exit.thenCompose(
                _ -> outputEnd.copy().completeOnTimeout(null, OUTPUT_LIMIT_MILLIS, TimeUnit.MILLISECONDS));
    }

    /** Not by {@link Process#onExit}: that needs the common pool, which whoever embeds the machine may have filled. */
    private void awaitExit() {
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does
        }
        exit.complete(null);
    }

    /** What it prints goes to our log, a flood of it by its number alone. */
    private void passOn() {
        try (var output = process.inputReader(StandardCharsets.UTF_8)) {
            var lines = new CutLines(output, LONGEST_LINE);
            long second = 0;
            long told = 0;
            for (var line = lines.next(); line != null; line = lines.next()) {
                long now = clock.nanoTime() / 1_000_000_000L;
                if (now != second) {
                    tellUntold(told);
                    second = now;
                    told = 0;
                }
                remember(line);
                if (told++ < LINES_PER_SECOND) {
                    tell(line);
                }
            }
            tellUntold(told);
        } catch (IOException e) {
            LOG.debug("the output of {} has ended", id, e);
        } finally {
            outputEnd.complete(null);
        }
    }

    private void tell(String printed) {
        var line = printed.strip();
        int blank = line.indexOf(' ');
        var rest = line.substring(blank + 1).stripLeading();
        switch (blank < 0 ? "" : line.substring(0, blank)) {
            case "ERROR" -> LOG.error("{}: {}", id, rest);
            case "WARN" -> LOG.warn("{}: {}", id, rest);
            case "INFO" -> LOG.info("{}: {}", id, rest);
            case "DEBUG", "TRACE" -> LOG.debug("{}: {}", id, rest);
            default -> tellByWord(line);
        }
    }

    private void tellByWord(String line) {
        if (line.contains(" ERROR ")) {
            LOG.error("{}: {}", id, line);
        } else if (line.contains(" WARN ")) {
            LOG.warn("{}: {}", id, line);
        } else {
            LOG.info("{}: {}", id, line);
        }
    }

    private void tellUntold(long told) {
        if (told > LINES_PER_SECOND) {
            LOG.warn("{}: {} more lines within a second were left out", id, told - LINES_PER_SECOND);
        }
    }

    private void remember(String line) {
        lock.lock();
        try {
            if (lastLines.size() == LAST_LINES) {
                lastLines.removeFirst();
            }
            lastLines.addLast(line.substring(0, Math.min(line.length(), LONGEST_LAST_LINE)));
        } finally {
            lock.unlock();
        }
    }

    private String lastLines() {
        lock.lock();
        try {
            return String.join(" | ", lastLines);
        } finally {
            lock.unlock();
        }
    }

    /**
     * What the end of the process was about, for people. Call it when it has ended.
     *
     * @param judgement why we killed it; empty: we saw only that it was ending
     */
    String cause(String judgement) {
        int exit = process.exitValue();
        if (exit == OUT_OF_MEMORY) {
            return "it ran out of memory: give the workers a larger heap, or more workers fewer sources";
        }
        if (Files.exists(crashFile)) {
            tellCrash();
            return "its JVM crashed; see " + crashFile;
        }
        var words = lastLines();
        if (!judgement.isEmpty()) {
            return judgement + (words.isEmpty() ? "" : "; its last words: " + words);
        }
        if (exit == SIGNALLED + SIGKILL) {
            return "it was killed (signal 9, by somebody or by the kernel for want of memory)";
        }
        if (exit > SIGNALLED) {
            return "it was ended by signal " + (exit - SIGNALLED);
        }
        return "it ended with " + exit + (words.isEmpty() ? "" : ": " + words);
    }

    private void tellCrash() {
        try (var lines = Files.lines(crashFile, StandardCharsets.UTF_8)) {
            lines.limit(CRASH_LINES).forEach(line -> LOG.error("{}: {}", id, line));
        } catch (IOException | UncheckedIOException e) {
            LOG.error("{} cannot be read", crashFile, e);
        }
    }
}
