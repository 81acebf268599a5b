package org.stationmaster.sinks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.sinks.Records.frames;
import static org.stationmaster.sinks.Records.lines;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.SinkException;

@Timeout(60)
class TailRepairTest {
    @TempDir
    Path root;

    private ArchiveSink sink = new ArchiveSink(ArchiveConfig.of(Path.of("unused"), Records.FORMS));
    private Path frames = Path.of("unused");
    private Path lines = Path.of("unused");

    @BeforeEach
    void start() throws IOException {
        sink = new ArchiveSink(ArchiveConfig.of(root, Records.FORMS));
        frames = Files.createDirectories(root.resolve("tcp-frames/a")).resolve("a.2026.328.frames");
        lines = Files.createDirectories(root.resolve("tcp-lines/a")).resolve("a.2026.328.lines");
    }

    @AfterEach
    void close() {
        sink.close();
    }

    private static byte[] framed(int... lengths) {
        var out = new ByteArrayOutputStream();
        for (int length : lengths) {
            out.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
            var payload = new byte[length];
            Arrays.fill(payload, (byte) length);
            out.writeBytes(payload);
        }
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (var part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    @Test
    void framesCutAtEveryPosition() throws Exception {
        var whole = framed(3, 0, 10, 1);
        int[] ends = {0, 7, 11, 25, 30};
        for (int cut = 0; cut <= whole.length; cut++) {
            Files.write(frames, Arrays.copyOf(whole, cut));
            start();
            sink.deliver(new Records().add(frames("a"), "new"));
            int last = ends[lastAtMost(ends, cut)];
            assertThat(frames)
                    .hasBinaryContent(join(Arrays.copyOf(whole, last), new byte[] {0, 0, 0, 3, 'n', 'e', 'w'}));
            assertThat(sink.totals().cutBytes()).isEqualTo(cut - last);
            assertThat(sink.totals().repairs()).isEqualTo(cut == last ? 0 : 1);
            sink.close();
        }
    }

    private static int lastAtMost(int[] ends, int cut) {
        int i = ends.length - 1;
        while (ends[i] > cut) {
            i--;
        }
        return i;
    }

    @Test
    void linesCutAtEveryPosition() throws Exception {
        var whole = "$GP\377\376\r\n\n\r\nlast\r\n".getBytes(ISO_8859_1);
        for (int cut = 0; cut <= whole.length; cut++) {
            Files.write(lines, Arrays.copyOf(whole, cut));
            start();
            sink.deliver(new Records().add(lines("a"), "new"));
            int last = cut;
            while (last > 0 && whole[last - 1] != '\n') {
                last--;
            }
            assertThat(lines).hasBinaryContent(join(Arrays.copyOf(whole, last), "new\n".getBytes(ISO_8859_1)));
            assertThat(sink.totals().cutBytes()).isEqualTo(cut - last);
            sink.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, (1 << 30) + 1, 0x474e5353})
    void anImpossibleLengthIsMovedAsideWithAllThatFollows(int length) throws Exception {
        var good = framed(5, 6);
        var strange = join(ByteBuffer.allocate(4).putInt(length).array(), framed(7));
        for (int n = 1; n <= 2; n++) {
            Files.write(frames, join(good, strange));
            start();
            sink.deliver(new Records().add(frames("a"), "new"));
            assertThat(frames).hasBinaryContent(join(good, new byte[] {0, 0, 0, 3, 'n', 'e', 'w'}));
            assertThat(frames.resolveSibling("a.2026.328.frames.torn-" + n)).hasBinaryContent(strange);
            assertThat(sink.totals().asideBytes()).isEqualTo(strange.length);
            assertThat(sink.totals().cutBytes()).isZero();
            sink.close();
        }
    }

    @Test
    void anIncompleteRecordTooLongForAnAccidentIsMovedAside() throws Exception {
        var tail = new byte[TailRepair.CUT_LIMIT_BYTES + 1];
        Arrays.fill(tail, (byte) 'x');
        Files.write(lines, join("ok\n".getBytes(ISO_8859_1), tail));
        Files.write(frames, Arrays.copyOf(framed(100_000), 70_000));
        sink.deliver(new Records().add(lines("a"), "new").add(frames("a"), "new"));
        assertThat(lines).hasContent("ok\nnew\n");
        assertThat(lines.resolveSibling("a.2026.328.lines.torn-1")).hasBinaryContent(tail);
        assertThat(frames).hasSize(7);
        assertThat(frames.resolveSibling("a.2026.328.frames.torn-1")).hasSize(70_000);
        assertThat(sink.totals().repairs()).isEqualTo(2);
    }

    @Test
    void aLongFileIsWalkedOverItsChunks() throws Exception {
        var random = new Random(7);
        var lengths = new int[5000];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = random.nextInt(100) == 0 ? random.nextInt(600_000) / 10 : random.nextInt(300);
        }
        var good = framed(lengths);
        Files.write(frames, join(good, framed(9), Arrays.copyOf(framed(50), 20)));
        sink.deliver(new Records().add(frames("a"), ""));
        assertThat(frames).hasSize(good.length + 13 + 4);
        assertThat(sink.totals().cutBytes()).isEqualTo(20);
    }

    @Test
    void aFileIsCheckedOnceAStart() throws Exception {
        var narrow = new ArchiveSink(new ArchiveConfig(root, 1, 0, Records.FORMS));
        Files.write(frames, join(framed(5), new byte[3]));
        for (int i = 0; i < 3; i++) {
            narrow.deliver(new Records().add(frames("a"), "x"));
        }
        narrow.close();
        assertThat(narrow.totals().repairs()).isEqualTo(1);
        assertThat(narrow.totals().opens()).isEqualTo(3);
        assertThat(frames).hasSize(9 + 3 * 5);
    }

    @Test
    void theReaderTellsATornTail() throws Exception {
        Files.write(frames, join(framed(5, 300_000), Arrays.copyOf(framed(50), 20)));
        assertThat(ArchiveReader.forEachFrame(frames, _ -> {})).isEqualTo(new ArchiveReader.Reading(2, 300_005, 20));
        Files.write(frames, join(framed(5), new byte[] {-1, 0, 0, 0}, new byte[600_000]));
        assertThat(ArchiveReader.forEachFrame(frames, _ -> {})).isEqualTo(new ArchiveReader.Reading(1, 5, 600_004));
        Files.writeString(lines, "a\nbc");
        assertThat(ArchiveReader.forEachLine(lines, _ -> {})).isEqualTo(new ArchiveReader.Reading(1, 2, 2));
    }

    @Test
    void aDirectoryThatRefusesTheCopyLeavesTheFileAsItIs() throws Exception {
        var strange = join(framed(5), new byte[] {-1, 0, 0, 0, 1});
        Files.write(frames, strange);
        for (int n = 1; n <= 1_000; n++) {
            Files.createFile(frames.resolveSibling("a.2026.328.frames.torn-" + n));
        }
        var records = new Records().add(frames("a"), "x");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> sink.deliver(records))
                .isInstanceOf(SinkException.class)
                .hasMessageContaining("1000 .torn files");
        assertThat(frames).hasBinaryContent(strange);
        Files.delete(frames.resolveSibling("a.2026.328.frames.torn-77"));
        sink.deliver(records);
        assertThat(frames.resolveSibling("a.2026.328.frames.torn-77")).hasSize(5);
    }

    private ArchiveSink restarted() throws Exception {
        sink.close();
        start();
        sink.open();
        return sink;
    }

    @Test
    void whatAnOrderlyStopLeftIsNotWalkedAgain() throws Exception {
        restarted().deliver(new Records().add(frames("a"), "12345").add(frames("b"), "b"));
        sink.close();
        // An impossible length before the remembered end: only a walk from the start could see it.
        try (var file = java.nio.channels.FileChannel.open(frames, java.nio.file.StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {-1}), 0);
        }
        restarted().deliver(new Records().add(frames("a"), "6"));
        restarted().deliver(new Records().add(frames("a"), "7").add(frames("b"), "b"));
        assertThat(sink.totals().repairs()).isZero();
        assertThat(frames).hasSize(9 + 5 + 5);
        // The rest does not fit on: it is walked from the start, and nothing is cut on a memory's word.
        sink.close();
        Files.write(frames, new byte[] {0, 0, 9}, java.nio.file.StandardOpenOption.APPEND);
        restarted().deliver(new Records().add(frames("a"), "8"));
        assertThat(sink.totals().asideBytes()).isEqualTo(9 + 5 + 5 + 3);
        assertThat(frames).hasSize(5);
    }

    @Test
    void aMemoryThatIsWrongDamagesNothing() throws Exception {
        restarted().deliver(new Records().add(frames("a"), "12345").add(frames("a"), "6"));
        sink.close();
        var memory = root.resolve(".lengths");
        var saved = Files.readString(memory);
        assertThat(saved).contains("\n20781 14 tcp-frames/a/a.2026.328.frames\nend ");
        // shorter, longer and other files than remembered
        for (var content : new byte[][] {framed(2), framed(1, 1, 1, 1), framed(30), framed(4, 2, 8), new byte[0]}) {
            Files.write(frames, content);
            Files.writeString(memory, saved);
            restarted().deliver(new Records().add(frames("a"), "new"));
            assertThat(frames).hasBinaryContent(join(content, new byte[] {0, 0, 0, 3, 'n', 'e', 'w'}));
            assertThat(sink.totals().repairs()).isZero();
            sink.close();
        }
        for (var damaged : new String[] {
            "",
            "x",
            "\0".repeat(saved.length()),
            "\u00ff".repeat(9),
            saved.replace(" 14 ", " 13 "),
            saved + "x",
            saved.substring(0, 50),
            signed(saved, "20781 -5 tcp-frames/a/a.2026.328.frames\n"),
            signed(saved, "tcp-frames/a/a.2026.328.frames\n"),
            signed(saved, "\n\n1 9999999999999999999 \n")
        }) {
            Files.write(frames, join(framed(3), new byte[2]));
            Files.writeString(memory, damaged);
            restarted().deliver(new Records().add(frames("a"), ""));
            assertThat(frames).hasSize(11);
            sink.close();
        }
    }

    /** The saved file with other lines, and a sum that fits. */
    private static String signed(String saved, String lines) {
        var text = saved.substring(0, saved.indexOf('\n') + 1) + lines;
        var crc = new java.util.zip.CRC32();
        crc.update(text.getBytes(ISO_8859_1));
        return text + "end " + Long.toHexString(crc.getValue()) + '\n';
    }

    @Test
    void theMemoryForgetsDaysThatAreOver() throws Exception {
        restarted().deliver(new Records().add(frames("a"), "1").add(frames("b"), "2"));
        sink.close();
        restarted().deliver(new Records().add(frames("c"), Records.NOON + Records.DAY_NANOS, new byte[1]));
        sink.close();
        assertThat(root.resolve(".lengths")).content().contains("a.2026.328", "b.2026.328", "c.2026.329");
        restarted().deliver(new Records().add(frames("c"), Records.NOON + 2 * Records.DAY_NANOS, new byte[1]));
        sink.close();
        assertThat(root.resolve(".lengths"))
                .content()
                .doesNotContain("2026.328")
                .contains("c.2026.329", "c.2026.330");
    }
}
