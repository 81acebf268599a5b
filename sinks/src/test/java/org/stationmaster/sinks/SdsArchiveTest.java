package org.stationmaster.sinks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.sinks.Records.NOON;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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

/** Files that are named by what stands in the records: SDS. */
@Timeout(20)
class SdsArchiveTest {
    /** Reads {@code <NET.STA.LOC.CHAN.DAY>}, the day since 1970. */
    private static final class ToyStream implements ArchiveForm.Sds.Stream {
        private String[] parts = {};

        @Override
        public boolean read(ByteBuffer record) {
            var text = ISO_8859_1.decode(record.duplicate()).toString();
            parts = text.substring(1, text.length() - 1).split(";", -1);
            return parts.length == 5;
        }

        @Override
        public long hash() {
            return String.join(";", parts[0], parts[1], parts[2], parts[3]).hashCode();
        }

        @Override
        public long startNanos() {
            return Long.parseLong(parts[4]) * Records.DAY_NANOS;
        }

        @Override
        public String network() {
            return parts[0];
        }

        @Override
        public String station() {
            return parts[1];
        }

        @Override
        public String location() {
            return parts[2];
        }

        @Override
        public String channel() {
            return parts[3];
        }

        @Override
        public char type() {
            return parts[3].equals("LOG") ? 'L' : 'D';
        }
    }

    private static final ArchiveForm SDS =
            new ArchiveForm.Sds(ToyStream::new, new ArchiveForm.Framing.SelfDelimiting(ToyDecoder::new));
    private static final long DAY = Math.floorDiv(NOON, Records.DAY_NANOS);

    @TempDir
    private Path data;

    private ArchiveSink sink;

    private ArchiveSink sink(int maxStations) {
        var config = new ArchiveConfig(data.resolve("archive"), 8, 0, protocol -> Optional.of(SDS));
        return new ArchiveSink(config, 0, Volume.DISK, maxStations, BatchWriter.MAX_STAGE_BYTES);
    }

    @BeforeEach
    void open() throws SinkException {
        sink = sink(1 << 16);
        sink.open();
    }

    @AfterEach
    void close() {
        sink.close();
    }

    private static Source source(String id) {
        return Source.of(id, "seismic", "127.0.0.1", 18000);
    }

    private static String record(String codes, long day) {
        return "<" + codes + ";" + day + ">";
    }

    private Map<String, String> files() throws IOException {
        var root = data.resolve("archive");
        var found = new TreeMap<String, String>();
        try (var paths = Files.walk(root)) {
            for (var path : paths.filter(Files::isRegularFile).toList()) {
                if (!path.getFileName().toString().startsWith(".")) {
                    found.put(root.relativize(path).toString(), Files.readString(path, ISO_8859_1));
                }
            }
        }
        return found;
    }

    @Test
    void codesYearAndDayAreTheRecords() throws Exception {
        var batch = new Records()
                .add(source("A"), record("IU;COLA;00;BHZ", DAY))
                .add(source("A"), record("IU;COLA;;LOG", DAY))
                .add(source("A"), record("IU;COLA;00;BHZ", DAY - 330))
                .add(source("B"), record("IU;COLA;00;BHZ", DAY));
        assertThat(sink.deliver(batch)).isEqualTo(new Acknowledgement(4, 0));
        assertThat(files())
                .containsOnlyKeys(
                        "sds/2025/IU/COLA/BHZ.D/IU.COLA.00.BHZ.D.2025.363",
                        "sds/2026/IU/COLA/BHZ.D/IU.COLA.00.BHZ.D.2026.328",
                        "sds/2026/IU/COLA/LOG.L/IU.COLA..LOG.L.2026.328")
                .containsEntry(
                        "sds/2026/IU/COLA/BHZ.D/IU.COLA.00.BHZ.D.2026.328",
                        record("IU;COLA;00;BHZ", DAY).repeat(2));
        assertThat(new ArchiveReader(data.resolve("archive")).sources())
                .as("streams have no source")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..;COLA;00;BHZ",
                "IU;../../X;00;BHZ",
                "IU;;00;BHZ",
                "IU;COLA;/;BHZ",
                "IU;COLA;00;",
                "IU;COLA;00;B/Z",
                "iu;COLA;00;BHZ",
                "IU;COLAAAAAA;00;BHZ",
                "IU;CO\0A;00;BHZ",
                "IU;COLA;00",
            })
    void codesThatAreNoneMakeNoPath(String codes) throws Exception {
        var batch = new Records().add(source("A"), record(codes, DAY)).add(source("A"), record("IU;COLA;00;BHZ", DAY));
        assertThat(sink.deliver(batch)).isEqualTo(new Acknowledgement(1, 1));
        assertThat(sink.totals().refused()).isEqualTo(1);
        assertThat(files()).containsOnlyKeys("sds/2026/IU/COLA/BHZ.D/IU.COLA.00.BHZ.D.2026.328");
    }

    @Test
    void daysInAnyOrderStandInTheirFilesInOrderOfArrival() throws Exception {
        for (int round = 0; round < 3; round++) {
            var batch = new Records();
            for (int back : new int[] {0, 5, 1, 7, 2, 0, 5}) {
                batch.add(source("A"), record("IU;COLA;00;BHZ", DAY - back));
            }
            assertThat(sink.deliver(batch)).isEqualTo(new Acknowledgement(7, 0));
        }
        assertThat(files()).hasSize(5);
        assertThat(files().get("sds/2026/IU/COLA/BHZ.D/IU.COLA.00.BHZ.D.2026.323"))
                .isEqualTo(record("IU;COLA;00;BHZ", DAY - 5).repeat(6));
    }

    /** Asks, at each write, whether the lock is held. */
    private final class Watching implements Volume {
        private final List<Boolean> held = new ArrayList<>();

        @Override
        public Handle open(Path file) throws IOException {
            var handle = DISK.open(file);
            return new Handle() {
                @Override
                public int write(ByteBuffer bytes) throws IOException {
                    held.add(isLocked());
                    return handle.write(bytes);
                }

                @Override
                public long size() throws IOException {
                    return handle.size();
                }

                @Override
                public void truncate(long length) throws IOException {
                    handle.truncate(length);
                }

                @Override
                public void force() throws IOException {
                    handle.force();
                }

                @Override
                public void close() throws IOException {
                    handle.close();
                }
            };
        }

        @Override
        public void force(Path file) throws IOException {
            DISK.force(file);
        }

        @Override
        public void forceDirectory(Path directory) throws IOException {
            DISK.forceDirectory(directory);
        }
    }

    private boolean isLocked() throws IOException {
        var file = data.resolve("archive").resolve(StreamsLock.NAME);
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var lock = channel.tryLock()) {
            return lock == null;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }

    @Test
    void whileAPartWritesFilesOfStreamsItHasTheLock() throws Exception {
        sink.close();
        var watching = new Watching();
        var config = new ArchiveConfig(data.resolve("archive"), 8, 0, protocol -> Optional.of(SDS));
        sink = new ArchiveSink(config, 1, watching, 16, BatchWriter.MAX_STAGE_BYTES);
        sink.open();
        sink.deliver(new Records()
                .add(source("A"), record("IU;COLA;00;BHZ", DAY))
                .add(source("A"), record("IU;COLA;00;BHN", DAY)));
        assertThat(watching.held).containsExactly(true, true);
        assertThat(isLocked()).isFalse();
    }

    @Test
    void manyStreamsAreBounded() throws Exception {
        sink.close();
        sink = sink(16);
        sink.open();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 60; i++) {
                sink.deliver(new Records().add(source("A"), record("IU;S" + i + ";00;BHZ", DAY)));
            }
        }
        assertThat(files())
                .hasSize(60)
                .allSatisfy((path, text) -> assertThat(text).hasSizeGreaterThan(20));
        assertThat(sink.totals().changedUnderneath()).isZero();
    }

    @Test
    void aTornRecordIsCutWhenTheFileIsOpenedAgain() throws Exception {
        sink.deliver(new Records().add(source("A"), record("IU;COLA;00;BHZ", DAY)));
        sink.close();
        var file = data.resolve("archive/sds/2026/IU/COLA/BHZ.D/IU.COLA.00.BHZ.D.2026.328");
        Files.writeString(file, Files.readString(file) + "<IU;CO");
        open();
        sink.deliver(new Records().add(source("A"), record("IU;COLA;00;BHZ", DAY)));
        assertThat(Files.readString(file))
                .isEqualTo(record("IU;COLA;00;BHZ", DAY).repeat(2));
        assertThat(sink.totals().cutBytes()).isEqualTo(6);
    }
}
