package org.stationmaster.sinks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.stationmaster.core.api.SinkException;

/**
 * A process of its own that archives, as one part, until it is killed or fails. It prints {@code ack N} for each acknowledged batch
 * N and {@code failed N MESSAGE} for each failure; after a failure it waits for a line on its input before it tries
 * again. It ends with its input, that is with the process that started it.
 */
final class ArchivingChild {
    static final int SOURCES = 8;
    static final int PAYLOAD_BYTES = 3000;
    /** The exit code of one whose input has ended. */
    static final int ORPHANED = 3;

    private ArchivingChild() {}

    public static void main(String[] arguments) throws IOException, SinkException {
        var sink = new ArchiveSink(
                new ArchiveConfig(Path.of(arguments[0]), 5, 0, Records.FORMS), Integer.parseInt(arguments[3]));
        long first = Long.parseLong(arguments[1]);
        long batches = Long.parseLong(arguments[2]);
        var lines = new Semaphore(0);
        Thread.ofPlatform().daemon().start(() -> releaseOnEachLine(lines));
        sink.open();
        for (long n = first; n < first + batches; n++) {
            var batch = batch(n);
            while (true) {
                try {
                    sink.deliver(batch);
                    break;
                } catch (SinkException e) {
                    System.out.println("failed " + n + ' ' + e.getMessage());
                    lines.acquireUninterruptibly();
                }
            }
            System.out.println("ack " + n);
        }
        sink.close();
        System.out.println("closed");
    }

    private static void releaseOnEachLine(Semaphore lines) {
        try (var in = new BufferedReader(new InputStreamReader(System.in, ISO_8859_1))) {
            while (in.readLine() != null) {
                lines.release();
            }
        } catch (IOException e) {
            System.err.println("the input is gone: " + e);
        }
        Runtime.getRuntime().halt(ORPHANED);
    }

    /** Batch n: one record for each source, frames and lines, holding n. */
    static Records batch(long n) {
        var records = new Records();
        for (int i = 0; i < SOURCES; i++) {
            var payload = ByteBuffer.allocate(PAYLOAD_BYTES + i);
            payload.put(String.format("%010d", n).getBytes(ISO_8859_1));
            while (payload.remaining() > 1) {
                payload.put((byte) 'x');
            }
            payload.put((byte) '\n');
            records.add(i % 2 == 0 ? Records.frames("f" + i) : Records.lines("l" + i), Records.NOON, payload.array());
        }
        return records;
    }

    /** The command that starts it, behind a prefix such as {@code prlimit}. */
    static Process start(List<String> prefix, Path root, long first, long batches, int part) throws IOException {
        var command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx64m", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(ArchivingChild.class.getName(), root.toString()));
        command.addAll(List.of(Long.toString(first), Long.toString(batches), Integer.toString(part)));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
