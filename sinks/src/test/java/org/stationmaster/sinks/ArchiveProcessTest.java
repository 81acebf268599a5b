package org.stationmaster.sinks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.SinkException;

/** Real crashes, real full disks. */
@Tag("system")
@Timeout(120)
class ArchiveProcessTest {
    private static final long FOR_EVER = 1_000_000_000;

    @TempDir
    Path data;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void killAll() throws InterruptedException {
        for (var process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    private Process start(List<String> prefix, Path root, long first, long batches, int part) throws IOException {
        var process = ArchivingChild.start(prefix, root, first, batches, part);
        started.add(process);
        return process;
    }

    @Test
    void afterKillNineNothingIsTornAndNothingAcknowledgedIsLost() throws Exception {
        var random = new Random(9);
        for (int round = 0; round < 5; round++) {
            var root = data.resolve("killed" + round);
            var child = start(List.of(), root, 0, FOR_EVER, 0);
            long acknowledged = killAfter(child, 50 + random.nextInt(300));
            var sink = new ArchiveSink(ArchiveConfig.of(root, Records.FORMS));
            sink.open();
            sink.deliver(ArchivingChild.batch(9_999_999_999L));
            sink.close();
            assertThat(sink.totals().repairs()).isLessThanOrEqualTo(1);
            assertEachHolds(root, acknowledged + 1, 9_999_999_999L);
        }
    }

    /** A test run that is killed must not leave a writer behind: it would fill the disk. */
    @Test
    void theChildEndsWithItsParent() throws Exception {
        var child = start(List.of(), data.resolve("orphan"), 0, FOR_EVER, 0);
        child.outputWriter().close();
        try (var out = child.inputReader()) {
            while (out.readLine() != null) {
                // until it ends
            }
        }
        assertThat(child.waitFor()).isEqualTo(ArchivingChild.ORPHANED);
    }

    /** @return the last batch that it has acknowledged */
    private static long killAfter(Process child, long stop) throws Exception {
        long acknowledged = -1;
        try (var out = new BufferedReader(new InputStreamReader(child.getInputStream(), ISO_8859_1))) {
            while (acknowledged < stop) {
                acknowledged = numberOf(out.readLine(), "ack ");
            }
            // by its handle: Process.destroyForcibly would close the stream
            assertThat(child.toHandle().destroyForcibly()).isTrue();
            assertThat(child.waitFor()).isEqualTo(128 + 9);
            // what it had printed before it died counts, a torn line does not
            for (var line = out.readLine(); line != null; line = out.readLine()) {
                acknowledged = line.matches("ack \\d+") ? Math.max(acknowledged, numberOf(line, "ack ")) : acknowledged;
            }
        }
        return acknowledged;
    }

    /** One after the other, each part goes on where another was killed; part 0 lives and gets its turn in between. */
    @Test
    void partsThatAreKilledHandTheirFilesOver() throws Exception {
        var random = new Random(11);
        var root = data.resolve("parts");
        var acknowledged = new ArrayList<Long>();
        var survivor = new ArchiveSink(ArchiveConfig.of(root, Records.FORMS));
        survivor.open();
        for (int turn = 0; turn < 6; turn++) {
            // what a killed part had not acknowledged may be there: the next one begins beyond it
            long first = turn * 1_000_000L;
            long last =
                    killAfter(start(List.of(), root, first, FOR_EVER, 1 + turn % 2), first + 50 + random.nextInt(200));
            LongStream.rangeClosed(first, last).forEach(acknowledged::add);
            survivor.deliver(ArchivingChild.batch(first + 999_999));
            acknowledged.add(first + 999_999);
        }
        survivor.close();
        assertThat(survivor.totals().changedUnderneath()).isZero();
        assertThat(survivor.totals().asideBytes()).isZero();
        assertThat(survivor.totals().handedOver()).isEqualTo(5 * ArchivingChild.SOURCES);
        assertNothingTorn(root);
        for (var numbers : numbersOf(root)) {
            assertThat(numbers).isSorted().doesNotHaveDuplicates().containsAll(acknowledged);
        }
    }

    /** Each file: 0, 1, 2 … at least {@code count} of them, then {@code last}. */
    private static void assertEachHolds(Path root, long count, long last) throws IOException {
        for (var numbers : numbersOf(root)) {
            assertThat(numbers.removeLast()).isEqualTo(last);
            assertThat(numbers).hasSizeGreaterThanOrEqualTo((int) count);
            for (int i = 0; i < numbers.size(); i++) {
                assertThat(numbers.get(i)).isEqualTo(i);
            }
        }
    }

    /** The batches of which each source has a record, in the order of its file. */
    private static List<List<Long>> numbersOf(Path root) throws IOException {
        var found = new ArrayList<List<Long>>();
        for (var source : new ArchiveReader(root).sources()) {
            var numbers = new ArrayList<Long>();
            for (var file : source.files()) {
                var reading = source.protocol().equals("tcp-lines")
                        ? ArchiveReader.forEachLine(file, line -> numbers.add(numberIn(line)))
                        : ArchiveReader.forEachFrame(file, frame -> numbers.add(numberIn(frame)));
                assertThat(reading.tornBytes()).isZero();
            }
            found.add(numbers);
        }
        assertThat(found).hasSize(ArchivingChild.SOURCES);
        return found;
    }

    private static long numberIn(ByteBuffer payload) {
        var digits = new byte[10];
        payload.get(digits);
        assertThat(payload.remaining()).isGreaterThanOrEqualTo(ArchivingChild.PAYLOAD_BYTES - 10);
        return Long.parseLong(new String(digits, ISO_8859_1));
    }

    private static long numberOf(String line, String kind) {
        assertThat(line).startsWith(kind);
        return Long.parseLong(line.substring(kind.length()));
    }

    @Test
    void aFileSizeLimitStopsAndItsEndGoesOn() throws Exception {
        assumeTrue(run("prlimit", "--version") == 0, "needs prlimit of util-linux");
        var root = data.resolve("limited");
        // 100,000 bytes: in the middle of a record of each file
        var child = start(List.of("prlimit", "--fsize=100000:unlimited"), root, 0, 60, 0);
        try (var out = new BufferedReader(new InputStreamReader(child.getInputStream(), ISO_8859_1));
                var in = child.getOutputStream()) {
            var line = out.readLine();
            while (line.startsWith("ack ")) {
                line = out.readLine();
            }
            assertThat(line).matches("failed 33 .*: File too large: raise LimitFSIZE.* \\(and 7 files more\\).*");
            assertNothingTorn(root);
            goOn(in);
            assertThat(out.readLine()).startsWith("failed 33 ");
            assertThat(run("prlimit", "--pid", Long.toString(child.pid()), "--fsize=unlimited"))
                    .isZero();
            goOn(in);
            line = out.readLine();
            while (line.startsWith("ack ")) {
                line = out.readLine();
            }
            assertThat(line).isEqualTo("closed");
        }
        assertEachHolds(root, 59, 59);
    }

    private static void goOn(OutputStream in) throws IOException {
        in.write('\n');
        in.flush();
    }

    private static void assertNothingTorn(Path root) throws IOException {
        for (var source : new ArchiveReader(root).sources()) {
            var file = source.files().getFirst();
            var reading = source.protocol().equals("tcp-lines")
                    ? ArchiveReader.forEachLine(file, _ -> {})
                    : ArchiveReader.forEachFrame(file, _ -> {});
            assertThat(reading.tornBytes()).isZero();
        }
    }

    @Test
    void aFullDiskStopsAndRoomGoesOn() throws Exception {
        var disk = Files.createDirectory(data.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString()) == 0,
                "needs the right to mount a tmpfs");
        try {
            var ballast = Files.write(disk.resolve("ballast"), new byte[100_000]);
            var root = disk.resolve("archive");
            var sink = new ArchiveSink(ArchiveConfig.of(root, Records.FORMS));
            sink.open();
            long n = 0;
            var batch = ArchivingChild.batch(n);
            String message = null;
            while (message == null) {
                try {
                    sink.deliver(batch);
                    batch = ArchivingChild.batch(++n);
                } catch (SinkException e) {
                    message = e.getMessage();
                }
            }
            assertThat(message)
                    .contains(": No space left on device: make room on this disk")
                    .contains(root.toString());
            assertNothingTorn(root);
            Files.delete(ballast);
            sink.deliver(batch);
            sink.deliver(ArchivingChild.batch(n + 1));
            sink.close();
            assertThat(sink.totals().changedUnderneath()).isZero();
            assertEachHolds(root, n + 1, n + 1);
        } finally {
            assertThat(run("umount", disk.toString())).isZero();
        }
    }

    private static int run(String... command) throws InterruptedException {
        try {
            var process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        } catch (IOException e) {
            return -1; // there is no such command
        }
    }
}
