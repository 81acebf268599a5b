package org.stationmaster.sinks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.sinks.Records.DAY_NANOS;
import static org.stationmaster.sinks.Records.NOON;
import static org.stationmaster.sinks.Records.frames;
import static org.stationmaster.sinks.Records.lines;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.Protocol.ArchiveForm;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.Source;

@Timeout(60)
class ArchiveSinkTest {
    @TempDir
    Path data;

    private Path root;
    private ArchiveSink sink;

    @BeforeEach
    void open() throws SinkException {
        root = data.resolve("archive");
        sink = new ArchiveSink(ArchiveConfig.of(root, Records.FORMS));
        sink.open();
    }

    @AfterEach
    void close() {
        sink.close();
    }

    private ArchiveSink reopened(int openFiles, int maxStations, int maxStageBytes) throws SinkException {
        sink.close();
        sink = new ArchiveSink(
                new ArchiveConfig(root, openFiles, 0, Records.FORMS),
                0,
                new FaultyVolume(Long.MAX_VALUE),
                maxStations,
                maxStageBytes);
        sink.open();
        return sink;
    }

    private String text(String file) throws IOException {
        return Files.readString(root.resolve(file), ISO_8859_1);
    }

    @Test
    void framesStandBehindTheirLength() throws Exception {
        var a = frames("QSCO");
        var acknowledgement =
                sink.deliver(new Records().add(a, "one").add(a, "").add(a, "three"));
        assertThat(acknowledgement).isEqualTo(new Acknowledgement(3, 0));
        assertThat(text("tcp-frames/QSCO/QSCO.2026.328.frames")).isEqualTo("\0\0\0\3one\0\0\0\0\0\0\0\5three");
    }

    @Test
    void linesStandAsTheyCameAndEndInLineFeed() throws Exception {
        var a = lines("a.b-C_9");
        sink.deliver(new Records()
                .add(a, "$GP\377\r\n")
                .add(a, "\n")
                .add(a, "no end")
                .add(a, "")
                .add(a, "x\r"));
        assertThat(text("tcp-lines/a.b-C_9/a.b-C_9.2026.328.lines")).isEqualTo("$GP\377\r\n\nno end\n\nx\r\n");
    }

    @Test
    void anUnknownProtocolGetsFrames() throws Exception {
        sink.deliver(new Records().add(Source.of("s", "my-own", "h", 1), "ab"));
        assertThat(text("my-own/s/s.2026.328.frames")).isEqualTo("\0\0\0\2ab");
    }

    @Test
    void eachRecordGoesToTheUtcDayOfItsReceipt() throws Exception {
        var a = lines("a");
        long midnight = Math.floorDiv(NOON, DAY_NANOS) * DAY_NANOS;
        sink.deliver(new Records()
                .add(a, midnight - 1, bytes("1"))
                .add(a, midnight, bytes("2"))
                .add(a, midnight - 2, bytes("3"))
                .add(a, midnight + 1, bytes("4"))
                .add(a, -1, bytes("5"))
                .add(a, 0, bytes("6"))
                .add(a, midnight, bytes("7")));
        sink.deliver(new Records().add(a, midnight - 1, bytes("8")).add(a, 0, bytes("9")));
        assertThat(text("tcp-lines/a/a.2026.327.lines")).isEqualTo("1\n3\n8\n");
        assertThat(text("tcp-lines/a/a.2026.328.lines")).isEqualTo("2\n4\n7\n");
        assertThat(text("tcp-lines/a/a.1969.365.lines")).isEqualTo("5\n");
        assertThat(text("tcp-lines/a/a.1970.001.lines")).isEqualTo("6\n9\n");
    }

    @Test
    void filesOfPastDaysAreClosed() throws Exception {
        for (int i = 0; i < 20; i++) {
            sink.deliver(new Records().add(lines("s" + i), "x"));
        }
        assertThat(openFilesBelow(data)).isEqualTo(20);
        sink.deliver(new Records().add(lines("s3"), NOON + DAY_NANOS, bytes("y")));
        assertThat(openFilesBelow(data)).isEqualTo(1);
        assertThat(sink.totals().openFiles()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 100})
    void theArchiveIsTheSameWhateverTheBounds(int openFiles) throws Exception {
        var random = new Random(openFiles);
        var expected = new HashMap<String, ByteArrayOutputStream>();
        // a stage of 64 bytes: many rounds, and records larger than it
        reopened(openFiles, 8, 64);
        for (int batch = 0; batch < 40; batch++) {
            var records = new Records();
            for (int i = random.nextInt(40); i >= 0; i--) {
                var payload = new byte[random.nextInt(20) == 0 ? random.nextInt(300) : random.nextInt(30)];
                random.nextBytes(payload);
                var id = "s" + random.nextInt(12);
                long day = random.nextInt(10) == 0 ? random.nextInt(4) : batch / 15;
                boolean isLine = random.nextBoolean();
                records.add(isLine ? lines(id) : frames(id), day * DAY_NANOS, payload);
                expect(expected, isLine, id, day, payload);
            }
            sink.deliver(records);
            assertThat(openFilesBelow(data)).isLessThan(openFiles);
        }
        sink.close();
        assertThat(openFilesBelow(data)).isZero();
        for (var file : expected.entrySet()) {
            assertThat(root.resolve(file.getKey()))
                    .hasBinaryContent(file.getValue().toByteArray());
        }
        try (var files = Files.walk(root).filter(Files::isRegularFile)) {
            assertThat(files.filter(file -> !file.endsWith(".lengths")).count()).isEqualTo(expected.size());
        }
        assertThat(sink.totals().repairs()).isZero();
        assertThat(sink.totals().changedUnderneath()).isZero();
    }

    private static void expect(
            Map<String, ByteArrayOutputStream> expected, boolean isLine, String id, long day, byte[] payload) {
        var form = isLine ? "lines" : "frames";
        var date = LocalDate.ofEpochDay(day).format(DateTimeFormatter.ofPattern("uuuu.DDD", Locale.ROOT));
        var name = "tcp-" + form + '/' + id + '/' + id + '.' + date + '.' + form;
        var out = expected.computeIfAbsent(name, _ -> new ByteArrayOutputStream());
        if (!isLine) {
            out.writeBytes(new byte[] {0, 0, (byte) (payload.length >> 8), (byte) payload.length});
        }
        out.writeBytes(payload);
        if (isLine && (payload.length == 0 || payload[payload.length - 1] != '\n')) {
            out.write('\n');
        }
    }

    @Test
    void aSweepOverMoreFilesThanMayBeOpenKeepsThoseThatAreOpen() throws Exception {
        reopened(11, 1000, 1 << 20);
        var sources = Stream.iterate(0, i -> i + 1)
                .limit(20)
                .map(i -> frames("s" + i))
                .toList();
        for (int sweep = 0; sweep < 10; sweep++) {
            var records = new Records();
            sources.forEach(source -> records.add(source, "x"));
            sink.deliver(records);
            assertThat(openFilesBelow(data)).isEqualTo(10);
        }
        // 20 at first, then only those that found no place
        assertThat(sink.totals().opens()).isEqualTo(20 + 9 * 10);
    }

    @Test
    void aFileThatRestsGivesItsPlaceAway() throws Exception {
        reopened(2, 1000, 1 << 20);
        sink.deliver(new Records().add(frames("rests"), "x"));
        for (int i = 0; i < OpenFiles.RESTING_DELIVERIES + 3; i++) {
            sink.deliver(new Records().add(frames("busy"), "x"));
        }
        assertThat(sink.totals().opens()).isEqualTo(1 + OpenFiles.RESTING_DELIVERIES);
        assertThat(openFilesBelow(data)).isEqualTo(1);
    }

    @Test
    void aNewActivationOfASourceWritesOnInTheSameFile() throws Exception {
        sink.deliver(new Records().add(lines("a"), "1").add(lines("a"), "2"));
        sink.deliver(new Records().add(lines("a"), "3"));
        assertThat(text("tcp-lines/a/a.2026.328.lines")).isEqualTo("1\n2\n3\n");
        assertThat(sink.totals().opens()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "../x", "a/b", "Upper", "a\0b", "ä", "123456789012345678901234567890123", "-a", " "})
    void aProtocolThatIsNoDirectoryNameIsRefused(String protocol) throws Exception {
        if (protocol.isBlank()) {
            assertThatThrownBy(() -> Source.of("s", protocol, "h", 1)).hasMessageContaining("protocol");
            return;
        }
        var bad = Source.of("s", protocol, "h", 1);
        var acknowledgement =
                sink.deliver(new Records().add(bad, "x").add(lines("a"), "y").add(bad, "z"));
        assertThat(acknowledgement).isEqualTo(new Acknowledgement(1, 2));
        assertThat(sink.totals().refused()).isEqualTo(2);
        assertThat(text("tcp-lines/a/a.2026.328.lines")).isEqualTo("y\n");
        try (var files = Files.walk(data)) {
            assertThat(files.filter(Files::isRegularFile)).hasSize(1);
        }
    }

    @Test
    void anExtensionThatIsNoneIsRefused() throws Exception {
        sink = new ArchiveSink(
                ArchiveConfig.of(root, _ -> Optional.of(new ArchiveForm.Daily("../x", ArchiveForm.Framing.LINES))));
        assertThat(sink.deliver(new Records().add(lines("a"), "x"))).isEqualTo(new Acknowledgement(0, 1));
    }

    @Test
    void anEmptyBatchIsTaken() throws Exception {
        assertThat(sink.deliver(new Records())).isEqualTo(new Acknowledgement(0, 0));
    }

    @Test
    void flushAndCloseForceWhatWasWrittenAndCanBeRepeated() throws Exception {
        reopened(2, 100, 1 << 20);
        for (int i = 0; i < 5; i++) {
            sink.deliver(new Records().add(lines("s" + i), "x"));
        }
        sink.flush();
        Files.delete(root.resolve("tcp-lines/s1/s1.2026.328.lines"));
        sink.flush();
        sink.close();
        sink.close();
        assertThat(sink.totals().failures()).isZero();
    }

    @Test
    void closeFlushesAlsoWhenInterrupted() throws Exception {
        sink.deliver(new Records().add(lines("a"), "x"));
        Thread.currentThread().interrupt();
        sink.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(sink.totals().failures()).isZero();
    }

    @Test
    void configurationOutOfRangeIsRefused() {
        assertThatThrownBy(() -> new ArchiveConfig(root, 0, 0, Records.FORMS)).hasMessageContaining("openFiles 0");
        assertThatThrownBy(() -> new ArchiveConfig(root, 1, -1, Records.FORMS)).hasMessageContaining("lingerMillis -1");
        assertThat(sink.linger()).hasMillis(200);
        assertThat(sink.name()).isEqualTo("archive");
    }

    @Test
    void theReaderFindsWhatTheSinkWrote() throws Exception {
        var big = new byte[700_000];
        Arrays.fill(big, (byte) 'z');
        sink.deliver(new Records()
                .add(frames("f.1"), "one")
                .add(frames("f.1"), NOON, big)
                .add(frames("f.1"), NOON + DAY_NANOS, bytes("two"))
                .add(lines("l"), "x\r\n"));
        Files.writeString(root.resolve("tcp-frames/f.1/f.1.2026.328.frames.torn-1"), "rest");
        var reader = new ArchiveReader(root);
        assertThat(reader.sources())
                .extracting(source -> source.protocol() + ' ' + source.id())
                .containsExactly("tcp-frames f.1", "tcp-lines l");
        var payloads = new ArrayList<Integer>();
        for (var file : reader.sources().getFirst().files()) {
            ArchiveReader.forEachFrame(file, payload -> payloads.add(payload.remaining()));
        }
        assertThat(payloads).containsExactly(3, 700_000, 3);
        var line = reader.sources().getLast().files().getFirst();
        assertThat(ArchiveReader.forEachLine(
                        line, l -> assertThat(l.remaining()).isEqualTo(3)))
                .isEqualTo(new ArchiveReader.Reading(1, 3, 0));
        assertThat(new ArchiveReader(data.resolve("none")).sources()).isEmpty();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    /** How many descriptors of this process are files below a directory. */
    static long openFilesBelow(Path directory) throws IOException {
        var real = directory.toRealPath();
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .filter(descriptor -> {
                        try {
                            return Files.readSymbolicLink(descriptor).startsWith(real);
                        } catch (IOException e) {
                            return false; // closed meanwhile, as the listing's own
                        }
                    })
                    .count();
        }
    }
}
