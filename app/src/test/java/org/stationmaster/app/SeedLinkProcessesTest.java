package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Decoder.Result;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.sinks.ArchiveSinkFactory;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.stations.seedlink.MiniSeedDecoder;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.Stamp;
import org.stationmaster.testkit.StationNetwork;

/** Stations of a SeedLink server in worker processes: shared connections, resume, a restart and a kill. */
@Tag("system")
@Timeout(120)
class SeedLinkProcessesTest {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final int DATA_OFFSET = 128;

    /** What may come twice of a source when its worker is killed: one delivery of the archive, and that with much room. */
    private static final int MOST_AGAIN = 20;

    @TempDir
    private Path directory;

    private Machine machine(int slots) throws MachineStartException {
        return Machine.of(new ProtocolScheduler())
                .size(new MachineSize(2, slots))
                .isolation(Isolation.PROCESSES)
                .stateFile(directory.resolve("state/table"))
                .sink(new ArchiveSinkFactory(), ArchiveSinkFactory.settings(directory.resolve("archive"), 16, 20))
                .start();
    }

    /** Three to a connection; the whole of what the server has is asked for. */
    private static List<Source> wanted(List<Source> sources) {
        var wanted = new ArrayList<Source>();
        for (int i = 0; i < sources.size(); i++) {
            var source = sources.get(i);
            var builder = Source.builder(source.id().value(), source.protocol(), source.host(), source.port())
                    .rate(source.ratePerSecond().orElseThrow());
            source.options().forEach(builder::option);
            wanted.add(builder.option("resume", "earliest")
                    .option("connection", "c" + i / 3)
                    .build());
        }
        return wanted;
    }

    private static SourceStatus status(Machine machine, Source source) {
        return machine.view().source(source.id()).orElseThrow();
    }

    private static boolean areRunning(Machine machine, List<Source> sources, long records) {
        return sources.stream()
                .map(source -> status(machine, source))
                .allMatch(status -> status.state() == SourceState.RUNNING && status.records() >= records);
    }

    /** The numbers of each source's records, in all files, in any order. */
    private Map<String, List<Long>> archived() throws IOException {
        var found = new TreeMap<String, List<Long>>();
        try (var paths = Files.walk(directory.resolve("archive/sds"))) {
            for (var path : paths.filter(Files::isRegularFile).toList()) {
                var bytes = ByteBuffer.wrap(Files.readAllBytes(path));
                var decoder = new MiniSeedDecoder();
                var stamp = new Stamp();
                while (decoder.decode(bytes) == Result.FRAME) {
                    assertThat(stamp.read(ByteBuffer.wrap(
                                    bytes.array(),
                                    decoder.frameStart() + DATA_OFFSET,
                                    decoder.frameLength() - DATA_OFFSET)))
                            .isTrue();
                    found.computeIfAbsent(stamp.sourceId(), _ -> new ArrayList<>())
                            .add(stamp.seq());
                }
                assertThat(bytes.hasRemaining()).as("%s ends whole", path).isFalse();
            }
        }
        return found;
    }

    /** @param mostAgain how many records of a source may be there twice */
    private void assertArchived(NetworkReport report, int mostAgain) throws IOException {
        var archived = archived();
        for (var source : report.sources()) {
            var numbers = Objects.requireNonNull(archived.get(source.id()));
            var wanted = LongStream.range(0, source.sent() + source.cut())
                    .filter(seq -> !source.isCut(seq))
                    .boxed()
                    .toList();
            assertThat(new TreeSet<>(numbers)).as(source.id()).containsAll(wanted);
            assertThat(numbers.size() - wanted.size()).as(source.id()).isBetween(0, mostAgain);
        }
    }

    @Test
    void aRestartGoesOnWhereTheArchiveEnds() throws Exception {
        try (var network = StationNetwork.start(
                NetworkPlan.builder("seedlink").sources(6).rate(25).build())) {
            var sources = wanted(network.sources());
            try (var machine = machine(20)) {
                machine.assignator().activateAll(sources);
                await().atMost(Duration.ofSeconds(30)).until(() -> areRunning(machine, sources, 50));
                assertThat(machine.stop(STOP_LIMIT)).isEmpty();
            }
            try (var machine = machine(20)) {
                machine.assignator().activateAll(sources);
                await().atMost(Duration.ofSeconds(30)).until(() -> areRunning(machine, sources, 50));
                for (var source : sources) {
                    assertThat(status(machine, source).gaps())
                            .as("gaps of %s", source)
                            .isZero();
                }
                var report = network.stop();
                assertThat(machine.stop(STOP_LIMIT)).isEmpty();
                assertArchived(report, 0);
            }
        }
    }

    /** One slot a worker: two processes write the same files. */
    @Test
    void oneStationFromTwoServersIsArchivedTwiceAndWhole() throws Exception {
        var plan = NetworkPlan.builder("seedlink").sources(1).rate(100).build();
        try (var one = StationNetwork.start(plan);
                var other = StationNetwork.start(plan);
                var machine = machine(1)) {
            var sources = List.of(named("ONE", one), named("OTHER", other));
            machine.assignator().activateAll(sources);
            await().atMost(Duration.ofSeconds(30)).until(() -> areRunning(machine, sources, 300));
            assertThat(sources.stream().map(source -> status(machine, source).slot()))
                    .doesNotContainNull()
                    .doesNotHaveDuplicates();
            long sent = one.stop().sent() + other.stop().sent();
            assertThat(machine.stop(STOP_LIMIT)).isEmpty();
            assertThat(archived().values().stream().mapToInt(List::size).sum()).isEqualTo(sent);
            try (var paths = Files.walk(directory.resolve("archive/sds"))) {
                assertThat(paths.map(Path::toString)).noneMatch(path -> path.contains("torn"));
            }
        }
    }

    private static Source named(String id, StationNetwork network) {
        var source = network.sources().getFirst();
        var builder = Source.builder(id, source.protocol(), source.host(), source.port())
                .rate(source.ratePerSecond().orElseThrow());
        source.options().forEach(builder::option);
        return builder.build();
    }

    @Test
    void aKilledWorkersSourcesGoOnBehindTheLastArchivedRecord() throws Exception {
        try (var network = StationNetwork.start(
                        NetworkPlan.builder("seedlink").sources(6).rate(25).build());
                var machine = machine(20)) {
            var sources = wanted(network.sources());
            machine.assignator().activateAll(sources);
            await().atMost(Duration.ofSeconds(30)).until(() -> areRunning(machine, sources, 3 * MOST_AGAIN));
            var slot =
                    Objects.requireNonNull(status(machine, sources.getFirst()).slot());
            long epoch = status(machine, sources.getFirst()).epoch();
            long pid = machine.view().workers().get(slot.worker().index()).pid();
            assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> status(machine, sources.getFirst()).epoch() > epoch
                            && areRunning(machine, sources, MOST_AGAIN));
            assertThat(status(machine, sources.getFirst()).gaps()).isZero();
            var report = network.stop();
            assertThat(machine.stop(STOP_LIMIT)).isEmpty();
            assertArchived(report, MOST_AGAIN);
        }
    }
}
