package org.stationmaster.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.stationmaster.testkit.NetworkReport;

/**
 * The simulated network in a process of its own, so that it shares nothing with the machine. It ends when its stdin
 * does: by {@link #stop}, and also when this process is killed.
 */
final class SimulatorProcess implements AutoCloseable {
    private final Process process;
    private final Outputs files;

    /** What it writes: the stations it has, its report, its log. */
    record Outputs(Path stations, Path report, Path log) {}

    private SimulatorProcess(Process process, Outputs files) {
        this.process = process;
        this.files = files;
    }

    /**
     * Starts it and waits until it can be connected to.
     *
     * @param options of {@code simulate}, without the files
     */
    static SimulatorProcess start(Path directory, List<String> options) throws Failure {
        var files = new Outputs(
                directory.resolve("stations.yaml"),
                directory.resolve("report.json"),
                directory.resolve("simulator.log"));
        var command = new ArrayList<>(java());
        command.add("simulate");
        command.addAll(options);
        command.addAll(List.of(
                "--stations",
                files.stations().toString(),
                "--report",
                files.report().toString(),
                SimulateCommand.OWNED));
        try {
            var process = new ProcessBuilder(command)
                    .redirectError(files.log().toFile())
                    .start();
            var simulator = new SimulatorProcess(process, files);
            simulator.awaitListening();
            return simulator;
        } catch (IOException e) {
            throw Failure.failed("the simulator cannot be started: " + e.getMessage(), e);
        }
    }

    /** This Java, this class path, a heap of its own. */
    private static List<String> java() {
        var home = Path.of(System.getProperty("java.home"));
        return List.of(
                home.resolve("bin").resolve("java").toString(),
                "-XX:+UseSerialGC",
                "-Xms16m",
                "-Xmx256m",
                "-XX:+UseCompactObjectHeaders",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
    }

    private void awaitListening() throws IOException, Failure {
        var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (var line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(SimulateCommand.LISTENING)) {
                return;
            }
        }
        close();
        throw Failure.failed("the simulator did not start: " + lastWords(), null);
    }

    Path stations() {
        return files.stations();
    }

    Path reportFile() {
        return files.report();
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The last line of its log. */
    String lastWords() {
        try {
            var lines = Files.readAllLines(files.log());
            return lines.isEmpty() ? "it said nothing" : lines.getLast();
        } catch (IOException e) {
            return "its log " + files.log() + " cannot be read";
        }
    }

    /** Lets it stop sending and close in order, and gives its report. Blocks until it has ended or the time is over. */
    NetworkReport stop(Duration deadline) throws Failure, InterruptedException {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                throw Failure.failed("the simulator did not end within " + deadline.toSeconds() + " s", null);
            }
            if (process.exitValue() != 0) {
                throw Failure.failed("the simulator failed: " + lastWords(), null);
            }
            return NetworkReport.read(files.report());
        } catch (IOException e) {
            throw Failure.failed("the simulator left no report: " + e.getMessage(), e);
        } finally {
            close();
        }
    }

    /** At once. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
