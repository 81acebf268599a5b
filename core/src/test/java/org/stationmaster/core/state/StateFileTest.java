package org.stationmaster.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stationmaster.core.fixtures.Await.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Headroom;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.WorkerId;

/** The file: its bytes, how it comes into being, and which files are refused. */
@Timeout(30)
class StateFileTest {
    private static final MachineSize ONE = new MachineSize(1, 1);
    private static final WorkerId WORKER = new WorkerId(0);
    private static final SlotId SLOT = new SlotId(WORKER, 0);
    private static final long BOOT = 1_700_000_000_000_000_000L;

    private final Path directory;
    private final Path path;

    StateFileTest(@TempDir Path directory) {
        this.directory = directory;
        this.path = directory.resolve("table");
    }

    /** The table whose bytes are in {@code table-5.hex}. */
    private StateTable known() throws IOException {
        var table = StateFile.create(path, ONE, BOOT, new ProcessIdentity(4710, 1_699_999_999_000L));
        table.desiredWriter().headroom(Optional.of(new Headroom(412, 0.5)));
        table.desiredWriter().write(SLOT, new Desired(new SourceId("Q.SCO-7_ab"), 1_700_000_000_001L, true));
        var worker = StateTable.attach(path, WORKER, BOOT);
        worker.born(3, 4711, 1_700_000_000_500L);
        worker.state(WorkerState.READY);
        worker.beat(55, 66);
        worker.beat(56, 67);
        for (var total : Total.values()) {
            worker.add(total, 100 + total.ordinal());
        }
        for (var reason : EndReason.values()) {
            for (int i = 0; i <= reason.ordinal(); i++) {
                worker.ended(reason);
            }
        }
        worker.woken(1_000_000);
        worker.woken(200_000);
        worker.woken(1_000_000);
        worker.write(
                0,
                new Observed(
                        SlotState.PAUSED,
                        1_700_000_000_001L,
                        true,
                        true,
                        EndReason.SILENT,
                        BOOT + 1_000_000_000,
                        StationRecord.UNKNOWN,
                        new long[] {11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21},
                        BOOT + 2_000_000_000));
        return table;
    }

    private static byte[] golden() throws IOException {
        var bytes = new byte[Layout.words(ONE) * Long.BYTES];
        try (InputStream hex = Objects.requireNonNull(StateFileTest.class.getResourceAsStream("table-5.hex"))) {
            new String(hex.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" ", 2))
                    .forEach(line -> System.arraycopy(
                            HexFormat.of().parseHex(line[1]), 0, bytes, HexFormat.fromHexDigits(line[0]), 16));
        }
        return bytes;
    }

    private void refused(ThrowingCallable call, String... message) {
        assertThatExceptionOfType(StateTableException.class)
                .isThrownBy(call)
                .withMessageContaining(path.toString())
                .withMessageContainingAll(message);
    }

    // ---- bytes

    @Test
    void everyByteIsWhereThePageSays() throws IOException {
        known();
        assertThat(Files.readAllBytes(path)).isEqualTo(golden());
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void aReaderFindsItAll() throws IOException {
        Files.write(path, golden());
        StateTable.open(path).look(reader -> {
            assertThat(reader.size()).isEqualTo(ONE);
            assertThat(reader.bootNanos()).isEqualTo(BOOT);
            assertThat(reader.supervisor()).isEqualTo(new ProcessIdentity(4710, 1_699_999_999_000L));
            assertThat(reader.headroom()).contains(new Headroom(412, 0.5));
            assertThat(reader.incarnation(WORKER))
                    .contains(new Incarnation(3, new ProcessIdentity(4711, 1_700_000_000_500L)));
            assertThat(reader.workerState(WORKER)).isEqualTo(WorkerState.READY);
            assertThat(reader.total(WORKER, Total.SILENCES)).isEqualTo(106);
            assertThat(reader.ends(WORKER, EndReason.NO_ROOM)).isEqualTo(12);
            assertThat(reader.ends(WORKER, EndReason.NOT_CALLED)).isEqualTo(13);
            assertThat(reader.wakeMillis().count()).isEqualTo(3);
            assertThat(reader.desired(SLOT))
                    .contains(new Desired(new SourceId("Q.SCO-7_ab"), 1_700_000_000_001L, true));
            var observed = reader.observed(SLOT).orElseThrow();
            assertThat(observed.state()).isEqualTo(SlotState.PAUSED);
            assertThat(observed.latencyNanos()).isEqualTo(StationRecord.UNKNOWN);
            assertThat(observed.total(Total.SILENCES)).isEqualTo(17);
            assertThat(observed.total(Total.CLOCK_OFF)).isEqualTo(21);
            assertThat(reader.total(WORKER, Total.CLOCK_OFF)).isEqualTo(110);
            return reader;
        });
    }

    @Test
    @Tag("system")
    void theReaderOnThePageReadsIt() throws Exception {
        Files.write(path, golden());
        var page = Files.readString(Path.of(System.getProperty("stationmaster.root", ".."), "docs", "state-table.md"));
        var script = Files.writeString(
                directory.resolve("reader.py"), page.split("```python\n", 2)[1].split("```", 2)[0]);
        Process python;
        try {
            python = new ProcessBuilder("python3", script.toString(), path.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assumeTrue("1".equals(System.getenv("CI_PEERS")), "there is no python3: apt install python3");
            throw new AssertionError("python3 is not installed, and CI_PEERS=1 wants it", e);
        }
        var said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(python.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(said).isEqualTo("w0 pid 4711 records 100\nw0/0 Q.SCO-7_ab PAUSED epoch 1700000000001 records 11\n");
    }

    // ---- making one

    @Test
    void itTakesThePlaceOfAnOlderOneAndOfAHalfMadeOne() throws IOException {
        Files.writeString(directory.resolve("table.new"), "half made");
        var old = StateTable.create(path, ONE, 1);
        var looking = StateTable.open(path);
        var worker = StateTable.attach(path, WORKER, 1);
        StateTable.create(path, new MachineSize(2, 3), 2);
        var now = StateTable.open(path);
        assertThat(now.look(StateReader::bootNanos)).isEqualTo(2);
        assertThat(now.look(StateReader::supervisor)).isEqualTo(ProcessIdentity.current());

        worker.add(Total.RECORDS, 7); // of the machine before
        assertThat(old.reader().total(Total.RECORDS)).isEqualTo(7);
        long records = now.look(reader -> reader.total(Total.RECORDS));
        assertThat(records).isZero();
        refused(() -> looking.look(StateReader::bootNanos), "taken its place", "open it again");
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void whatCannotBeMadeLeavesNothing() throws IOException {
        refused(() -> StateTable.create(path.resolve("below"), ONE, 0), "cannot be made", "2432 bytes");
        Files.createDirectories(path.resolve("full"));
        refused(() -> StateTable.create(path, ONE, 0), "cannot be made");
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(path);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StateTable.create(path, new MachineSize(1024, 1_000_000), 0));
    }

    @Test
    @Tag("system")
    void aFullDiskIsAnErrorAtOnceAndLeavesTheOldTable() throws Exception {
        var disk = Files.createDirectory(directory.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString()) == 0,
                "needs the right to mount a tmpfs");
        try {
            var file = disk.resolve("table");
            StateTable.create(file, ONE, 5);
            assertThatExceptionOfType(StateTableException.class)
                    .isThrownBy(() -> StateTable.create(file, new MachineSize(1, 2_000), 6))
                    .withMessageContainingAll(file.toString(), "770048 bytes", "No space left on device");
            try (var files = Files.list(disk)) {
                assertThat(files).containsExactly(file);
            }
            assertThat(StateTable.open(file).look(StateReader::bootNanos)).isEqualTo(5);
        } finally {
            assertThat(run("umount", "-l", disk.toString())).isZero(); // mappings go when they are collected
        }
    }

    private static int run(String... command) throws InterruptedException {
        try {
            var process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        } catch (IOException e) {
            return -1; // there is no such command
        }
    }

    // ---- refusals

    @Test
    void whatIsNotThereOrNoFile() throws IOException {
        refused(() -> StateTable.open(path), "there is no state table");
        refused(() -> StateTable.attach(path, WORKER, 0), "there is no state table");
        Files.createDirectory(path);
        refused(() -> StateTable.open(path), "is no file");
    }

    @Test
    void whatIsNoTable() throws IOException {
        for (var bytes : new String[] {"", "STATION", "STATIONS", "x".repeat(5_000)}) {
            Files.writeString(path, bytes);
            refused(() -> StateTable.open(path), "is no state table");
        }
        Files.writeString(path, "STATIONM");
        refused(() -> StateTable.open(path), "never published");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, is no state table",
        "15, 0, never published",
        "15, 1, layout 1; this program reads layout 5",
        "15, -1, layout -1",
        "1, 0, no state table has 0 workers",
        "1, 1025, no state table has 1025 workers",
        "1, 4294967297, no state table has 4294967297 workers",
        "2, -1, no state table has 1 worker with -1 slots",
        "2, 1000001, with 1000001 slots",
        "1, 2, 'a state table of 2 workers × 1 slot has 4736 bytes, this file has 2432'",
        "2, 2, this file has 2432",
    })
    void aHeaderThatIsNotRight(int word, long value, String message) throws IOException {
        var bytes = ByteBuffer.wrap(golden()).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(path, bytes.putLong(word * Long.BYTES, value).array());
        refused(() -> StateTable.open(path), message);
        refused(() -> StateTable.attach(path, WORKER, BOOT), message);
    }

    @ParameterizedTest
    @CsvSource({"127, never published", "128, this file has 128", "2175, has 2175", "2177, has 2177"})
    void aLengthThatIsNotRight(int length, String message) throws IOException {
        Files.write(path, java.util.Arrays.copyOf(golden(), length));
        refused(() -> StateTable.open(path), message);
    }

    @Test
    void aWorkerOfAnotherMachineOrWithoutRows() throws IOException {
        StateTable.create(path, ONE, 5);
        refused(() -> StateTable.attach(path, WORKER, 4), "belongs to the machine of boot 5");
        refused(() -> StateTable.attach(path, new WorkerId(1), 5), "no rows for worker w1");
        refused(() -> StateTable.attach(path, new WorkerId(-1), 5), "no rows for worker w-1");
    }

    @Test
    void whoeverReadsCannotWrite() throws IOException {
        StateTable.create(path, ONE, 5);
        var readOnly = StateFile.map(path, MapMode.READ_ONLY);
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> readOnly.observedWriter(WORKER).ended(EndReason.RESET));
    }

    // ---- underneath

    @Test
    void aTableThatIsRemovedOrCutWhileSomebodyLooks() throws IOException {
        StateTable.create(path, new MachineSize(2, 500), 5);
        var file = StateTable.open(path);
        assertThat(file.look(StateReader::bootNanos)).isEqualTo(5);
        try (var cutting = new RandomAccessFile(path.toFile(), "rw")) {
            cutting.setLength(64);
        }
        refused(
                () -> file.look(reader -> {
                    for (int i = 0; i < 500; i++) { // most of them lie on pages that are gone
                        assertThat(reader.observed(new SlotId(new WorkerId(1), i)))
                                .isPresent();
                    }
                    return reader;
                }),
                "changed the length",
                "from 387968 to 64 bytes");
        Files.delete(path);
        refused(() -> file.look(StateReader::size), "there is no state table");
    }

    // ---- processes

    @Test
    void aProcessIsFoundByPidAndStart() throws Exception {
        var me = ProcessIdentity.current();
        assertThat(me.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(me.find()).contains(ProcessHandle.current());
        assertThat(new ProcessIdentity(me.pid(), me.startMillis() + 1_000).find())
                .isPresent();
        assertThat(new ProcessIdentity(me.pid(), me.startMillis() + 3_000).find())
                .isEmpty();
        assertThat(new ProcessIdentity(me.pid(), 0).find()).isEmpty();
        assertThat(new ProcessIdentity(0, 0).find()).isEmpty();
    }

    @Test
    void aProcessThatOnlyWaitsForItsParentIsDead() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/stat")), "only Linux tells");
        // the first sleep ends when its parent is another program that does not ask for it
        var parent = new ProcessBuilder("sh", "-c", "sleep 0.05 & echo $!; exec sleep 60").start();
        try (var said = parent.inputReader()) {
            var child = ProcessHandle.of(Long.parseLong(said.readLine())).orElseThrow();
            var identity = new ProcessIdentity(
                    child.pid(), child.info().startInstant().orElseThrow().toEpochMilli());
            await().until(() -> identity.find().isEmpty());
            assertThat(child.isAlive()).as("as a JVM sees it").isTrue();
        } finally {
            parent.destroyForcibly().waitFor();
        }
    }
}
