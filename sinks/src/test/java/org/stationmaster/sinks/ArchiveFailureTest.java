package org.stationmaster.sinks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.sinks.Records.frames;
import static org.stationmaster.sinks.Records.lines;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.SinkException;

/** A disk that fails at every byte, and directories that go away: nothing lost, nothing twice, nothing torn. */
@Timeout(60)
class ArchiveFailureTest {
    @TempDir
    Path data;

    private final FaultyVolume volume = new FaultyVolume(Long.MAX_VALUE);
    private ArchiveSink sink = sink(Path.of("unused"), 512, 1 << 20);

    private ArchiveSink sink(Path root, int openFiles, int stageBytes) {
        return new ArchiveSink(new ArchiveConfig(root, openFiles, 0, Records.FORMS), 0, volume, 100, stageBytes);
    }

    @AfterEach
    void close() {
        sink.close();
    }

    private static Records batch() {
        var records = new Records();
        var a = frames("a");
        var b = lines("b");
        var c = frames("c");
        // the second a does not fit where the third would: it must not be overtaken
        records.add(a, "1").add(b, "o\n").add(a, "twice").add(c, "");
        return records.add(a, "3").add(b, "t").add(c, "more than 12");
    }

    @Tag("system")
    @ParameterizedTest
    @CsvSource({
        "512, 1048576, true, false",
        "512, 12, true, true",
        "1, 1048576, false, true",
        "1, 12, true, false",
        "512, 12, false, false"
    })
    void aDiskThatFailsAtAnyByte(int openFiles, int stageBytes, boolean cuts, boolean tellsAfterwards)
            throws Exception {
        volume.room = Long.MAX_VALUE;
        var whole = data.resolve("whole");
        Files.createDirectory(whole);
        sink = sink(whole, openFiles, stageBytes);
        sink.deliver(batch());
        sink.deliver(batch());
        sink.close();
        var expected = contents(whole);
        long once = sink.totals().bytes() / 2;
        for (long room = 0; room < once; room++) {
            var root = Files.createDirectory(data.resolve("room" + room));
            volume.cuts = cuts;
            volume.tellsAfterwards = tellsAfterwards;
            sink = sink(root, openFiles, stageBytes);
            volume.room = Long.MAX_VALUE;
            assertThat(sink.deliver(batch())).isEqualTo(new Acknowledgement(7, 0));
            volume.room = room;
            var second = batch();
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(() -> sink.deliver(second))
                        .isInstanceOf(SinkException.class)
                        .hasMessageContaining(attempt == 0 ? "make room on this disk" : "the records wait")
                        .hasMessageContaining(root.toString());
                if (cuts) {
                    assertNothingTorn(root);
                }
                volume.room = attempt == 0 ? Math.min(room, 3) : Long.MAX_VALUE;
            }
            volume.cuts = true;
            assertThat(sink.deliver(second)).isEqualTo(new Acknowledgement(7, 0));
            assertThat(contents(root)).as("room for %d bytes", room).isEqualTo(expected);
            assertThat(sink.totals().records()).isEqualTo(14);
            assertThat(sink.totals().failures()).isEqualTo(2);
            assertThat(sink.totals().changedUnderneath()).isZero();
            assertThat(sink.totals().repairs()).isZero();
            sink.close();
        }
    }

    private static void assertNothingTorn(Path root) throws IOException {
        for (var source : new ArchiveReader(root).sources()) {
            for (var file : source.files()) {
                var reading = source.protocol().equals("tcp-lines")
                        ? ArchiveReader.forEachLine(file, _ -> {})
                        : ArchiveReader.forEachFrame(file, _ -> {});
                assertThat(reading.tornBytes()).isZero();
            }
        }
    }

    private static Map<String, ByteBuffer> contents(Path root) throws IOException {
        var found = new TreeMap<String, ByteBuffer>();
        try (var files = Files.walk(root).filter(Files::isRegularFile)) {
            for (var file : files.filter(file -> !file.endsWith(".lengths")).toList()) {
                found.put(root.relativize(file).toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
            }
        }
        return found;
    }

    private void openIn(Path root) throws SinkException {
        sink = sink(root, 512, 1 << 20);
        sink.open();
    }

    @Test
    void aFileInTheWayStopsItsBatchAndNoOtherFile() throws Exception {
        openIn(data);
        var inTheWay = Files.createDirectories(data.resolve("tcp-lines/a/a.2026.328.lines"));
        var records = new Records().add(lines("a"), "1").add(lines("b"), "1").add(lines("a"), "2");
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> sink.deliver(records))
                    .isInstanceOf(SinkException.class)
                    .hasMessageContaining(inTheWay + ": Is a directory: move it away");
        }
        assertThat(data.resolve("tcp-lines/b/b.2026.328.lines")).hasContent("1\n");
        Files.delete(inTheWay);
        assertThat(sink.deliver(records)).isEqualTo(new Acknowledgement(3, 0));
        assertThat(inTheWay).hasContent("1\n2\n");
        assertThat(data.resolve("tcp-lines/b/b.2026.328.lines")).hasContent("1\n");
    }

    @Test
    void symbolicLinksBelowTheRootAreNotFollowed() throws Exception {
        var root = data.resolve("archive");
        var elsewhere = Files.createDirectory(data.resolve("elsewhere"));
        Files.createFile(elsewhere.resolve("file"));
        openIn(root);
        Files.createDirectories(root.resolve("tcp-lines/file"));
        Files.createSymbolicLink(root.resolve("tcp-lines/source"), elsewhere);
        Files.createSymbolicLink(root.resolve("tcp-lines/file/file.2026.328.lines"), elsewhere.resolve("file"));
        Files.createSymbolicLink(root.resolve("tcp-frames"), elsewhere);
        for (var source : new org.stationmaster.core.api.Source[] {lines("source"), lines("file"), frames("x")}) {
            assertThatThrownBy(() -> sink.deliver(new Records().add(source, "x")))
                    .isInstanceOf(SinkException.class)
                    .hasMessageContaining("move it away");
        }
        assertThat(elsewhere.resolve("file")).isEmptyFile();
        try (var found = Files.list(elsewhere)) {
            assertThat(found).hasSize(1);
        }
    }

    @Test
    void aRemovedSourceDirectoryIsMadeAgain() throws Exception {
        openIn(data);
        sink.deliver(new Records().add(lines("a"), "1"));
        remove(data.resolve("tcp-lines"));
        sink.deliver(new Records().add(lines("a"), "2"));
        assertThat(data.resolve("tcp-lines/a/a.2026.328.lines")).hasContent("2\n");
        assertThat(sink.totals().changedUnderneath()).isEqualTo(1);
        sink.flush();
    }

    @Test
    void aRootThatIsGoneIsToldAndWaitedFor() throws Exception {
        var root = data.resolve("archive");
        openIn(root);
        sink.deliver(new Records().add(lines("a"), "1"));
        remove(root);
        var records = new Records().add(lines("a"), "2");
        assertThatThrownBy(() -> sink.deliver(records))
                .isInstanceOf(SinkException.class)
                .hasMessageContaining("the directory " + root + " is gone: mount it or create it again");
        assertThat(root).doesNotExist();
        Files.createDirectory(root);
        sink.deliver(records);
        assertThat(root.resolve("tcp-lines/a/a.2026.328.lines")).hasContent("2\n");
    }

    @ParameterizedTest
    @CsvSource({"512, 0", "512, 10", "1, 0", "1, 10"})
    void aFileThatSomebodyChangesIsLookedAtAgain(int openFiles, int length) throws Exception {
        sink = sink(data, openFiles, 1 << 20);
        sink.open();
        var file = data.resolve("tcp-lines/a/a.2026.328.lines");
        sink.deliver(new Records().add(lines("a"), "first"));
        Files.writeString(file, "a\nb\ncdef\ng\n".substring(0, length));
        sink.deliver(new Records().add(lines("a"), "second"));
        assertThat(file).hasContent(length == 0 ? "second\n" : "a\nb\ncdef\nsecond\n");
        assertThat(sink.totals().changedUnderneath()).isEqualTo(1);
    }

    @Test
    void anInterruptedDeliveryGoesOnWhereItStopped() throws Exception {
        sink = new ArchiveSink(ArchiveConfig.of(data, Records.FORMS));
        sink.open();
        sink.deliver(batch());
        var records = batch();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> sink.deliver(records)).isInstanceOf(SinkException.class);
        assertThat(Thread.interrupted()).isTrue();
        sink.deliver(records);
        sink.close();
        assertThat(data.resolve("tcp-lines/b/b.2026.328.lines")).hasContent("o\nt\no\nt\n");
        assertThat(data.resolve("tcp-frames/c/c.2026.328.frames")).hasSize(2 * (4 + 4 + 12));
    }

    @Test
    void aRootThatIsNoDirectoryIsToldAtOpen() throws Exception {
        var file = Files.createFile(data.resolve("archive"));
        assertThatThrownBy(() -> openIn(file))
                .isInstanceOf(SinkException.class)
                .hasMessageContaining("the archive cannot be written: " + file);
        var below = file.resolve("archive");
        assertThatThrownBy(() -> openIn(below))
                .isInstanceOf(SinkException.class)
                .hasMessageContaining("move it away");
        assertThatThrownBy(() -> openIn(Path.of("/proc/archive"))).isInstanceOf(SinkException.class);
    }

    @Test
    void whatAFlushCouldNotForceIsNeverTakenForFlushed() throws Exception {
        openIn(data);
        sink.deliver(new Records().add(lines("a"), "1").add(lines("b"), "2"));
        volume.forces = false;
        assertThatThrownBy(() -> sink.flush())
                .isInstanceOf(SinkException.class)
                .hasMessageContaining("the archive could not be flushed: " + data + ": Input/output error");
        // two files, their directories, their protocol's and the root
        assertThat(volume.forced.get()).isEqualTo(6);
        volume.forces = true;
        long opens = sink.totals().opens();
        assertStillNotFlushed(); // a second force would succeed, and have forced nothing
        assertThat(volume.forced.get()).isEqualTo(6);

        sink.deliver(new Records().add(lines("a"), "3").add(lines("c"), "4"));
        assertThat(sink.totals().opens()).as("closed, and opened again").isEqualTo(opens + 2);
        assertThat(data.resolve("tcp-lines/a/a.2026.328.lines")).hasContent("1\n3\n");
        assertStillNotFlushed();
        // two files, and the directories of the new one
        assertThat(volume.forced.get()).isEqualTo(6 + 2 + 2);
        sink.close();
        assertThat(data.resolve(".lengths"))
                .content()
                .as("what may be lost is not vouched for")
                .contains("c.2026.328")
                .doesNotContain("a.2026.328", "b.2026.328");
    }

    private void assertStillNotFlushed() {
        assertThatThrownBy(() -> sink.flush())
                .isInstanceOf(SinkException.class)
                .hasMessageContaining("an earlier flush failed for 6 files or directories");
    }

    @Test
    void aFileThatAnInterruptHasClosedIsForcedAllTheSame() throws Exception {
        openIn(data);
        sink.deliver(new Records().add(lines("a"), "1"));
        volume.closedByInterrupt = true;
        sink.flush();
        assertThat(volume.forcedPaths).contains(data.resolve("tcp-lines/a/a.2026.328.lines"));
    }

    @Test
    void theLengthsAreForcedBeforeTheyTakeTheOldOnesName() throws Exception {
        openIn(data);
        sink.deliver(new Records().add(lines("a"), "1"));
        sink.close();
        assertThat(volume.forcedPaths).endsWith(data.resolve(".lengths.new"), data);
        var saved = Files.readString(data.resolve(".lengths"));
        openIn(data);
        sink.deliver(new Records().add(lines("b"), "1"));
        volume.forces = false;
        sink.close();
        assertThat(data.resolve(".lengths"))
                .as("the old one is whole")
                .content()
                .isEqualTo(saved);
    }

    private static void remove(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            for (var path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
