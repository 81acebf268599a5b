package org.stationmaster.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process of the benchmark: on one core or on all, killed when it overstays or when we end. */
final class Child implements AutoCloseable {
    /** Every Java rival runs with our own: those of the product's launcher, see {@code bench/run}. */
    static final List<String> JVM_FLAGS =
            List.copyOf(ManagementFactory.getRuntimeMXBean().getInputArguments());

    private final Process process;
    private final BufferedReader out;
    private final Thread hook;

    private Child(Process process) {
        this.process = process;
        this.out = process.inputReader(StandardCharsets.UTF_8);
        this.hook = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** @param core the only core it may use; -1: all */
    static Child start(int core, List<String> command) throws IOException {
        var whole = new ArrayList<String>();
        if (core >= 0) {
            whole.addAll(List.of("taskset", "-c", String.valueOf(core)));
        }
        whole.addAll(command);
        return new Child(new ProcessBuilder(whole)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    static List<String> java(Class<?> main, List<String> args) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_FLAGS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(args);
        return command;
    }

    /** A load on one core; -1: on any. */
    static Child generator(int core, int stations, double rate, int sizeBytes) throws IOException {
        return start(
                core,
                java(
                        Generator.class,
                        List.of(String.valueOf(stations), String.valueOf(rate), String.valueOf(sizeBytes))));
    }

    /** The next line of numbers that it prints. */
    Map<String, Double> numbers() throws IOException {
        var line = out.readLine();
        if (line == null) {
            throw new IOException("a process of the benchmark has ended without an answer: "
                    + process.info().commandLine().orElse("?"));
        }
        return Json.numbers(line);
    }

    /** Says a line and gives the answer. */
    Map<String, Double> ask(String line) throws IOException {
        var in = process.outputWriter(StandardCharsets.UTF_8);
        in.write(line);
        in.newLine();
        in.flush();
        return numbers();
    }

    /** Waits until it ends by itself, at most so long. */
    void awaitEnd(long seconds) throws InterruptedException, IOException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            throw new IOException("a process of the benchmark did not end within " + seconds + " s");
        }
        if (process.exitValue() != 0) {
            throw new IOException("a process of the benchmark ended with " + process.exitValue());
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
