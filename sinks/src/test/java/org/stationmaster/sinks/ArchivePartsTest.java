package org.stationmaster.sinks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.sinks.Records.frames;
import static org.stationmaster.sinks.Records.lines;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.Source;

/** Several archives below one root: a source goes from one to the other and back, in order or after a kill. */
@Timeout(60)
class ArchivePartsTest {
    private static final byte[] TORN = {0, 0, 0, 50, 'a', 'b'};

    @TempDir
    Path root;

    private final List<ArchiveSink> parts = new ArrayList<>();
    private final List<ArchiveSink> killed = new ArrayList<>();
    private Path frames = Path.of("unused");

    private ArchiveSink part(int part, int openFiles, Volume volume) throws SinkException {
        var sink = new ArchiveSink(new ArchiveConfig(root, openFiles, 0, Records.FORMS), part, volume, 100, 1 << 20);
        sink.open();
        parts.add(sink);
        frames = root.resolve("tcp-frames/a/a.2026.328.frames");
        return sink;
    }

    private ArchiveSink part(int part) throws SinkException {
        return part(part, 512, disk());
    }

    /** The real one, but that it forces nothing: a test's folder need not survive the host. */
    private static Volume disk() {
        return new FaultyVolume(Long.MAX_VALUE);
    }

    private void kill(ArchiveSink part) {
        parts.remove(part);
        killed.add(part);
    }

    private void close() {
        parts.forEach(ArchiveSink::close);
    }

    @AfterEach
    void closeAll() {
        close();
        killed.forEach(ArchiveSink::close);
    }

    private static Records a(String... payloads) {
        var records = new Records();
        for (var payload : payloads) {
            records.add(frames("a"), payload);
        }
        return records;
    }

    private static byte[] framed(String... payloads) {
        var out = new ByteArrayOutputStream();
        for (var payload : payloads) {
            out.writeBytes(ByteBuffer.allocate(4).putInt(payload.length()).array());
            out.writeBytes(payload.getBytes(ISO_8859_1));
        }
        return out.toByteArray();
    }

    private static void append(Path file, byte[] bytes) throws IOException {
        Files.write(file, bytes, StandardOpenOption.APPEND);
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 1})
    void takingTurnsInOrder(int openFiles) throws Exception {
        var one = part(0, openFiles, disk());
        var two = part(1, openFiles, disk());
        for (int turn = 0; turn < 3; turn++) {
            one.deliver(a("one").add(lines("b"), "one"));
            two.deliver(a("second", "").add(lines("b"), "two\n"));
        }
        assertThat(frames).hasBinaryContent(framed("one", "second", "", "one", "second", "", "one", "second", ""));
        assertThat(root.resolve("tcp-lines/b/b.2026.328.lines")).hasContent("one\ntwo\none\ntwo\none\ntwo\n");
        assertThat(one.totals().handedOver()).isEqualTo(4);
        assertThat(two.totals().handedOver())
                .as("the first time it knew of no file")
                .isEqualTo(4);
        // each walks what the other has appended since: 14 bytes, or 7
        assertThat(one.totals().walkedBytes()).isEqualTo(2 * 14);
        assertThat(two.totals().walkedBytes()).isEqualTo(3 * 7);
        for (var part : parts) {
            assertThat(part.totals().changedUnderneath()).isZero();
            assertThat(part.totals().repairs()).isZero();
        }
    }

    /** Parts that are killed in the middle of a record, at random; what was acknowledged is there, byte for byte. */
    @Tag("system")
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void killsAtRandom(long seed) throws Exception {
        var random = new Random(seed);
        var sources = new Source[] {frames("a"), lines("b"), frames("c"), lines("d")};
        var lives = new ArchiveSink[] {part(0, 2, disk()), part(1), part(2, 3, disk())};
        var expected = new HashMap<Source, ByteArrayOutputStream>();
        var last = new HashMap<Source, Integer>();
        for (int turn = 0; turn < 200; turn++) {
            int number = random.nextInt(lives.length);
            var records = new Records();
            for (int i = random.nextInt(5); i >= 0; i--) {
                var source = sources[random.nextInt(sources.length)];
                var payload = "x".repeat(random.nextInt(40)) + '\n';
                records.add(source, payload);
                last.put(source, number);
                expected.computeIfAbsent(source, _ -> new ByteArrayOutputStream())
                        .writeBytes(
                                source.protocol().equals("tcp-lines") ? payload.getBytes(ISO_8859_1) : framed(payload));
            }
            lives[number].deliver(records);
            if (random.nextInt(10) == 0) {
                tear(number, last, random);
                kill(lives[number]);
                lives[number] = part(number, 1 + random.nextInt(4), disk());
            }
        }
        // every file is opened once more, by a part that knows nothing
        var after = part(9);
        for (var source : sources) {
            after.deliver(new Records().add(source, "last\n"));
            var whole = expected.get(source);
            assertThat(whole).isNotNull();
            whole.writeBytes(source.protocol().equals("tcp-lines") ? "last\n".getBytes(ISO_8859_1) : framed("last\n"));
            assertThat(fileOf(source)).as("%s", source.id()).hasBinaryContent(whole.toByteArray());
        }
        parts.addAll(killed);
        for (var part : parts) {
            assertThat(part.totals().changedUnderneath()).isZero();
            assertThat(part.totals().asideBytes()).isZero();
        }
    }

    /** What a kill in the middle of a write leaves in one of its files. */
    private void tear(int number, Map<Source, Integer> last, Random random) throws IOException {
        var held = last.keySet().stream()
                .filter(source -> Integer.valueOf(number).equals(last.get(source)))
                .sorted(java.util.Comparator.comparing(source -> source.id().value()))
                .toList();
        if (!held.isEmpty()) {
            var source = held.get(random.nextInt(held.size()));
            var torn = source.protocol().equals("tcp-lines") ? "torn".getBytes(ISO_8859_1) : TORN;
            append(fileOf(source), java.util.Arrays.copyOf(torn, 1 + random.nextInt(torn.length)));
        }
    }

    private Path fileOf(Source source) {
        var id = source.id().value();
        return source.protocol().equals("tcp-lines")
                ? root.resolve("tcp-lines/" + id + '/' + id + ".2026.328.lines")
                : root.resolve("tcp-frames/" + id + '/' + id + ".2026.328.frames");
    }

    @Test
    void aTornRecordOfAnotherPartIsCutByAHandleThatWasOpenAllTheTime() throws Exception {
        var one = part(0);
        one.deliver(a("1"));
        part(1).deliver(a("2"));
        append(frames, TORN);
        one.deliver(a("3"));
        assertThat(frames).hasBinaryContent(framed("1", "2", "3"));
        assertThat(one.totals().repairs()).isEqualTo(1);
        assertThat(one.totals().handedOver()).isEqualTo(1);
        assertThat(one.totals().changedUnderneath()).isZero();
    }

    @Test
    void aHandleThatWasOpenDuringARepairOfAnotherAppendsAtTheEnd() throws Exception {
        var one = part(0);
        one.deliver(a("1"));
        append(frames, TORN);
        var two = part(1);
        two.deliver(a("2"));
        assertThat(two.totals().repairs()).isEqualTo(1);
        one.deliver(a("3"));
        assertThat(frames).hasBinaryContent(framed("1", "2", "3"));
        assertThat(one.totals().repairs()).isZero();
    }

    /** The repair of another cuts the file to just the length at which a handle is open. */
    @Test
    void aRepairThatLeavesNothingOfAnotherPartIsNoticedByNobody() throws Exception {
        var one = part(0);
        one.deliver(a("1"));
        append(frames, TORN);
        var name = frames.getFileName().toString();
        var file = new ArchiveFile(root, frames.resolveSibling(""), name, Framing.LENGTH_PREFIXED, 0, 0);
        assertThat(new TailRepair().repair(file, 0)).isEqualTo(new TailRepair.Checked(5, true));
        one.deliver(a("2"));
        assertThat(frames).hasBinaryContent(framed("1", "2"));
        assertThat(one.totals().handedOver()).isZero();
        assertThat(one.totals().opens()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAPartCouldNotCutIsCutOnlyWhileNobodyHasGoneOn(boolean goesOn) throws Exception {
        var volume = new FaultyVolume(Long.MAX_VALUE);
        var one = part(0, 512, volume);
        one.deliver(a("1"));
        volume.cuts = false;
        volume.room = 7;
        var lost = a("twelve bytes");
        assertThatThrownBy(() -> one.deliver(lost)).isInstanceOf(SinkException.class);
        assertThat(frames).hasSize(5 + 7);
        volume.cuts = true;
        volume.room = Long.MAX_VALUE;
        if (goesOn) {
            part(1).deliver(a("twelve bytes", "2"));
            one.deliver(a("3"));
            assertThat(frames).hasBinaryContent(framed("1", "twelve bytes", "2", "3"));
        } else {
            one.deliver(lost);
            assertThat(frames).hasBinaryContent(framed("1", "twelve bytes"));
        }
        assertThat(one.totals().handedOver()).isEqualTo(goesOn ? 1 : 0);
        assertThat(one.totals().changedUnderneath()).isZero();
        assertThat(one.totals().repairs()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 1})
    void aFileThatWasChangedIsNoHandOver(int openFiles) throws Exception {
        var one = part(0, openFiles, disk());
        var strange = new byte[] {-1, 0, 0, 0, 9};
        one.deliver(a("1", "2"));
        // longer, and no record begins where ours ended
        Files.write(frames, framed("12345678", "2"));
        one.deliver(a("3"));
        assertThat(frames).hasBinaryContent(framed("12345678", "2", "3"));
        // shorter
        Files.write(frames, framed("4"));
        one.deliver(a("5"));
        assertThat(frames).hasBinaryContent(framed("4", "5"));
        // grown by what is no record
        append(frames, strange);
        one.deliver(a("6"));
        assertThat(frames).hasBinaryContent(framed("4", "5", "6"));
        assertThat(one.totals().asideBytes()).isEqualTo(5);
        // gone
        Files.delete(frames);
        one.deliver(a("7"));
        assertThat(frames).hasBinaryContent(framed("7"));
        assertThat(one.totals().changedUnderneath()).isEqualTo(4);
        assertThat(one.totals().handedOver()).isZero();
    }

    @Test
    void anotherFileInThePlaceOfAnOpenOneIsTold() throws Exception {
        var one = part(0);
        one.deliver(a("1"));
        var other = Files.write(root.resolve("other"), framed("1", "2"));
        Files.move(other, frames, StandardCopyOption.REPLACE_EXISTING);
        one.deliver(a("3"));
        assertThat(frames).hasBinaryContent(framed("1", "2", "3"));
        assertThat(one.totals().changedUnderneath()).isEqualTo(1);
        assertThat(one.totals().handedOver()).isZero();
    }

    @Test
    void afterAKillNoMoreIsWalkedThanWasAppendedSinceTheDeadPartHasSaved() throws Exception {
        var one = part(0);
        one.deliver(new Records().add(frames("b"), "b"));
        var two = part(1);
        two.deliver(a("a long one", "a longer one"));
        two.close(); // saves
        int saved = framed("a long one", "a longer one").length;
        assertThat(root.resolve(".lengths-1")).content().contains(" " + saved + " tcp-frames/a/");
        var dead = part(1);
        dead.deliver(a("more"));
        kill(dead); // it saves no more
        one.deliver(a("1"));
        assertThat(one.totals().walkedBytes()).isEqualTo(framed("more").length);

        // and back again, long after: from what anybody has saved, not from what this part knew
        var three = part(2);
        three.deliver(a("x".repeat(1000)));
        three.close();
        one.deliver(a("2"));
        assertThat(one.totals().walkedBytes()).isEqualTo(framed("more").length);
        assertThat(one.totals().handedOver()).isEqualTo(1);
        assertThat(frames).hasBinaryContent(framed("a long one", "a longer one", "more", "1", "x".repeat(1000), "2"));
    }

    @Test
    void theLargestOfAllLengthsCountsAndADamagedOneCostsTimeOnly() throws Exception {
        part(0).deliver(a("1"));
        close();
        part(7).deliver(a("2"));
        close();
        part(12).deliver(a("3"));
        close();
        Files.writeString(root.resolve(".lengths-7"), "damaged");
        Files.delete(root.resolve(".lengths"));
        var one = part(0);
        one.deliver(a("4"));
        assertThat(one.totals().walkedBytes()).isZero();
        close();
        Files.delete(root.resolve(".lengths-12"));
        Files.delete(root.resolve(".lengths"));
        var two = part(7);
        two.deliver(a("5"));
        assertThat(two.totals().walkedBytes()).isEqualTo(20);
        assertThat(frames).hasBinaryContent(framed("1", "2", "3", "4", "5"));
    }

    @Test
    void whatWasWalkedIsSavedToo() throws Exception {
        var directory = Files.createDirectories(root.resolve("tcp-frames/a"));
        int length = (int) Lengths.SAVE_EVERY_BYTES;
        try (var sparse = FileChannel.open(
                directory.resolve("a.2026.328.frames"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            sparse.write(ByteBuffer.allocate(4).putInt(0, length), 0);
            sparse.write(ByteBuffer.allocate(1), length + 3L);
        }
        var dead = part(3);
        dead.deliver(a("1"));
        assertThat(root.resolve(".lengths-3")).content().contains((length + 9) + " tcp-frames/a/");
        kill(dead);
        var again = part(4);
        again.deliver(a("2"));
        assertThat(again.totals().walkedBytes()).isZero();
        assertThat(again.totals().repairs()).isZero();
    }

    @Test
    void lengthsThatNobodyWritesAnyMoreAreRemoved() throws Exception {
        for (var name : new String[] {".lengths-5", ".lengths-6.new", ".lengths-7", ".lengths-mine"}) {
            Files.writeString(root.resolve(name), "");
        }
        var longAgo = FileTime.from(Files.getLastModifiedTime(root)
                .toInstant()
                .minus(Duration.ofDays(2))
                .minusSeconds(60));
        for (var name : new String[] {".lengths-5", ".lengths-6.new", ".lengths-mine"}) {
            Files.setLastModifiedTime(root.resolve(name), longAgo);
        }
        part(0).deliver(a("1"));
        close();
        try (var found = Files.list(root)) {
            assertThat(found.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder(".lengths", ".lengths-7", ".lengths-mine", "tcp-frames");
        }
    }

    /** All make the root, the protocols' directories and their trial file at once. */
    @Tag("system")
    @Test
    void manyThatStartAtOnceDoNotCollide() throws Exception {
        int count = 8;
        int protocols = 40;
        for (int round = 0; round < 8; round++) {
            var place = root.resolve("round" + round);
            var barrier = new CyclicBarrier(count);
            try (var pool = Executors.newFixedThreadPool(count)) {
                var started = new ArrayList<Future<ArchiveTotals>>();
                for (int i = 0; i < count; i++) {
                    int part = i;
                    started.add(pool.submit(() -> {
                        var config = ArchiveConfig.of(place, Records.FORMS);
                        var sink = new ArchiveSink(config, part, disk(), 100, 1 << 20);
                        barrier.await(30, TimeUnit.SECONDS);
                        sink.open();
                        barrier.await(30, TimeUnit.SECONDS);
                        var records = new Records();
                        for (int p = 0; p < protocols; p++) {
                            records.add(Source.of("s" + part, "protocol" + p, "127.0.0.1", 7001), "1");
                        }
                        sink.deliver(records);
                        barrier.await(30, TimeUnit.SECONDS);
                        sink.close();
                        return sink.totals();
                    }));
                }
                for (var totals : started) {
                    assertThat(totals.get().records()).isEqualTo(protocols);
                    assertThat(totals.get().failures()).isZero();
                }
            }
            try (var found = Files.list(place)) {
                assertThat(found).hasSize(count + protocols); // the lengths of each
            }
            assertThat(new ArchiveReader(place).sources()).hasSize(protocols * count);
        }
    }

    @Test
    void aTrialFileOfAKilledStartIsInNobodysWay() throws Exception {
        Files.createFile(root.resolve(".writable-1"));
        part(1);
        assertThat(root).isEmptyDirectory();
    }
}
