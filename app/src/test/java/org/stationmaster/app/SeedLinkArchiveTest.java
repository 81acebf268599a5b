package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Decoder.Result;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.sinks.ArchiveSinkFactory;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.stations.seedlink.MiniSeedDecoder;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.StationNetwork;

/** Recordings through the simulated SeedLink server and a machine into an SDS archive. */
@Tag("system")
@Timeout(90)
class SeedLinkArchiveTest {
    private static final int SAC_SAMPLES_OFFSET = 4 * 79;

    @TempDir
    private Path directory;

    private void collect(String name, long records) throws IOException, MachineStartException, InterruptedException {
        collect(name, records, Isolation.THREADS);
    }

    private void collect(String name, long records, Isolation isolation)
            throws IOException, MachineStartException, InterruptedException {
        var plan = NetworkPlan.builder("seedlink")
                .rate(500)
                .replay(Recordings.path(name))
                .build();
        try (var network = StationNetwork.start(plan);
                var machine = Machine.of(new ProtocolScheduler())
                        .size(new MachineSize(1, 4))
                        .isolation(isolation)
                        .stateFile(directory.resolve("state/table"))
                        .sink(
                                new ArchiveSinkFactory(),
                                ArchiveSinkFactory.settings(directory.resolve("archive"), 16, 20))
                        .start()) {
            machine.assignator().activateAll(network.sources());
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> network.snapshot().sent() == records);
            var report = network.stop();
            assertThat(machine.stop(Duration.ofSeconds(20))).isEmpty();
            assertThat(report.sent()).isEqualTo(records);
        }
    }

    /** What the archive should hold, by path below {@code sds}: whole days here. */
    private static Map<String, ByteArrayOutputStream> expected(String name) throws IOException {
        var files = new TreeMap<String, ByteArrayOutputStream>();
        var bytes = ByteBuffer.wrap(Files.readAllBytes(Recordings.path(name)));
        var decoder = new MiniSeedDecoder();
        while (decoder.decode(bytes) == Result.FRAME) {
            var header = decoder.header();
            var start = Instant.ofEpochSecond(0, header.startNanos()).atOffset(ZoneOffset.UTC);
            var type = header.channel().equals("LOG") ? "L" : "D";
            var path = String.format(
                    "%04d/%s/%s/%s.%s/%s.%s.%04d.%03d",
                    start.getYear(),
                    header.network(),
                    header.station(),
                    header.channel(),
                    type,
                    header.codes(),
                    type,
                    start.getYear(),
                    start.getDayOfYear());
            files.computeIfAbsent(path, p -> new ByteArrayOutputStream())
                    .write(bytes.array(), decoder.frameStart(), decoder.frameLength());
        }
        return files;
    }

    private Map<String, byte[]> archived() throws IOException {
        var root = directory.resolve("archive/sds");
        var files = new TreeMap<String, byte[]>();
        try (var paths = Files.walk(root)) {
            for (var path : paths.filter(Files::isRegularFile).toList()) {
                files.put(root.relativize(path).toString(), Files.readAllBytes(path));
            }
        }
        return files;
    }

    @ParameterizedTest
    @CsvSource({
        "mseed2/testdata-3channel-signal.mseed2, 107",
        "mseed2/BW.BGLD.gaps.mseed, 128",
        "mseed2/NL.HGN.test.mseed, 2",
        "mseed2/GR.FUR.LOG.rt130_sr0_cropped.mseed, 5",
        "mseed2/testdata-oneseries-mixedlengths-mixedorder.mseed2, 7",
        "mseed3/testdata-3channel-signal.mseed3, 107",
        "mseed3/testdata-oneseries-mixedlengths-mixedorder.mseed3, 7",
    })
    void aRecordingLiesInTheArchiveByteForByte(String name, long records)
            throws IOException, MachineStartException, InterruptedException {
        collect(name, records);
        assertArchived(name);
    }

    @Test
    void aWorkerProcessArchivesTheSame() throws IOException, MachineStartException, InterruptedException {
        collect("mseed2/BW.BGLD.gaps.mseed", 128, Isolation.PROCESSES);
        assertArchived("mseed2/BW.BGLD.gaps.mseed");
    }

    private void assertArchived(String name) throws IOException {
        var expected = expected(name);
        var archived = archived();
        assertThat(archived.keySet()).isEqualTo(expected.keySet());
        archived.forEach((path, bytes) -> assertThat(bytes)
                .as(path)
                .isEqualTo(Objects.requireNonNull(expected.get(path)).toByteArray()));
    }

    /** libmseed, asked by a program of some lines, counts what we count: in each recording of miniSEED 2, and in the archive of it. */
    @ParameterizedTest
    @CsvSource({
        "testdata-3channel-signal.mseed2, 107, 'IU.COLA.00.LH1 36 4200,IU.COLA.00.LH2 35 4200,IU.COLA.00.LHZ 36 4200'",
        "BW.BGLD.gaps.mseed, 128, BW.BGLD..EHE 128 52728",
        "NL.HGN.test.mseed, 2, NL.HGN.00.BHZ 2 11947",
        "GR.FUR.LOG.rt130_sr0_cropped.mseed, 5, GR.FUR..LOG 5 195",
        "testdata-oneseries-mixedlengths-mixedorder.mseed2, 7, XX.TEST.00.LHZ 7 3952",
    })
    void libmseedCountsTheSame(String name, long records, String channels)
            throws IOException, MachineStartException, InterruptedException {
        var counter = PeersTest.compiled("mseedcount", "mseed", "libmseed-dev", directory);
        var recording = "mseed2/" + name;
        assertThat(PeersTest.output(counter, Recordings.path(recording))).isEqualTo(channels.replace(",", "\n") + "\n");
        collect(recording, records);
        var counted = PeersTest.output(
                counter,
                archived().keySet().stream()
                        .map(path -> directory.resolve("archive/sds").resolve(path))
                        .toArray(Path[]::new));
        assertThat(counted.lines()).containsExactlyInAnyOrder(channels.split(","));
    }

    /** mseed2sac, which is built on libmseed, reads the archive: all samples are there. */
    @ParameterizedTest
    @ValueSource(strings = {"mseed2/testdata-3channel-signal.mseed2", "mseed2/BW.BGLD.gaps.mseed"})
    void anotherReaderFindsEverySample(String name) throws IOException, MachineStartException, InterruptedException {
        var tool = Path.of("/usr/bin/mseed2sac");
        boolean isThere = Files.isExecutable(tool);
        assertThat(isThere || !"1".equals(System.getenv("CI_PEERS")))
                .as("mseed2sac is not installed, and CI_PEERS=1 wants it")
                .isTrue();
        assumeTrue(isThere, "mseed2sac is not installed: apt install mseed2sac");
        collect(name, name.contains("gaps") ? 128 : 107);
        var output = Files.createDirectory(directory.resolve("sac"));
        var command = new ArrayList<>(java.util.List.of(tool.toString(), "-f", "3"));
        for (var path : archived().keySet()) {
            command.add(directory.resolve("archive/sds").resolve(path).toString());
        }
        var log = directory.resolve("mseed2sac.log");
        var process = new ProcessBuilder(command)
                .directory(output.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        long samples = 0;
        try (var files = Files.list(output)) {
            for (var file : files.toList()) {
                var header = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
                samples += header.getInt(SAC_SAMPLES_OFFSET);
            }
        }
        assertThat(samples).isEqualTo(name.contains("gaps") ? 52_728 : 12_600);
    }
}
