package org.stationmaster.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The program as a process of its own, with what it said. Closing it kills it and everything it started. */
final class Child implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final Path out;
    private final Path err;

    private Child(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** @param directory its working directory; its output lies there too */
    static Child start(Path directory, String... args) throws IOException {
        return start(directory, new ProcessBuilder(command(args)));
    }

    static List<String> command(String... args) {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.real.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        command.addAll(List.of(args));
        return command;
    }

    static Child start(Path directory, ProcessBuilder builder) throws IOException {
        var out = Files.createTempFile(directory, "out", ".txt");
        var err = Files.createTempFile(directory, "err", ".txt");
        var process = builder.directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        return new Child(process, out, err);
    }

    String out() throws IOException {
        return Files.readString(out);
    }

    String err() throws IOException {
        return Files.readString(err);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    void awaitErr(String text) {
        await(err, text);
    }

    void awaitOut(String text) {
        await(out, text);
    }

    private void await(Path file, String text) {
        Awaitility.await(text)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> Files.readString(file).contains(text) || !process.isAlive());
        try {
            if (!Files.readString(file).contains(text)) {
                throw new AssertionError("ended with " + process.exitValue() + " without '" + text + "': " + err());
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    void term() {
        process.destroy();
    }

    /** The exit code, once it has ended. */
    int code() throws InterruptedException, IOException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still running: " + err());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
