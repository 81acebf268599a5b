package org.stationmaster.stations.seedlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.testkit.FaultPlan;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.Stamp;
import org.stationmaster.testkit.StationNetwork;

/** The machine against a simulated SeedLink server, over real sockets. */
@Tag("system")
@Timeout(60)
class SeedLinkCollectingTest {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final int DATA_OFFSET = 128;

    @TempDir
    private Path directory;

    private final Map<String, List<Long>> received = new ConcurrentHashMap<>();

    private void take(StationRecord record) {
        var payload = ByteBuffer.wrap(record.bytes());
        var stamp = new Stamp();
        assertThat(stamp.read(payload.position(DATA_OFFSET))).isTrue();
        assertThat(stamp.isFrom(record.source().id().value())).isTrue();
        received.computeIfAbsent(record.source().id().value(), id -> Collections.synchronizedList(new ArrayList<>()))
                .add(stamp.seq());
    }

    private Machine machine() throws MachineStartException {
        return Machine.of(new ProtocolScheduler())
                .size(new MachineSize(2, 30))
                .stateFile(directory.resolve("state"))
                .onRecord(this::take)
                .start();
    }

    private static List<Source> with(List<Source> sources, String key, String value) {
        return sources.stream()
                .map(source -> {
                    var builder = Source.builder(source.id().value(), source.protocol(), source.host(), source.port())
                            .rate(source.ratePerSecond().orElseThrow());
                    source.options().forEach(builder::option);
                    return builder.option(key, value).build();
                })
                .toList();
    }

    /** Once and in order, all that was sent. */
    private void assertWhole(NetworkReport report) {
        for (var source : report.sources()) {
            var expected = LongStream.range(0, source.sent() + source.cut())
                    .filter(seq -> !source.isCut(seq))
                    .boxed()
                    .toList();
            assertThat(received.getOrDefault(source.id(), List.of()))
                    .as(source.id())
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "4"})
    void everyRecordArrivesOnceAndInOrder(String version)
            throws IOException, MachineStartException, InterruptedException {
        var plan = NetworkPlan.builder("seedlink").sources(40).rate(40).seed(7).build();
        try (var network = StationNetwork.start(plan);
                var machine = machine()) {
            machine.assignator().activateAll(with(network.sources(), "version", version));
            await().until(() -> network.snapshot().sent() > 2_000);
            var status =
                    machine.view().source(network.sources().getFirst().id()).orElseThrow();
            assertThat(status.latencyMillis()).isBetween(-1_000.0, 10_000.0);
            var report = network.stop();
            assertThat(machine.stop(STOP_LIMIT)).isEmpty();
            assertThat(report.cut()).isZero();
            assertWhole(report);
            var after = machine.view().source(network.sources().getFirst().id());
            assertThat(after.isEmpty() || after.get().gaps() + after.get().overlaps() == 0)
                    .isTrue();
        }
    }

    /** Each with a connection of its own, then five to a connection. */
    @ParameterizedTest
    @CsvSource({"20, 0.05, 25", "4, 0.01, 8"})
    void whatFaultsHaveCutComesAgain(int connections, String probability, long enough)
            throws IOException, MachineStartException, InterruptedException {
        var faults = FaultPlan.parse(
                "reset=P/s,cut=P/s,half-open=P/s,garbage=P/s,slow=P/s:1,refuse=P/s:1".replace("P", probability));
        var plan = NetworkPlan.builder("seedlink")
                .sources(20)
                .rate(20)
                .seed(11)
                .faults(faults)
                .build();
        try (var network = StationNetwork.start(plan);
                var machine = machine()) {
            var sources = new ArrayList<Source>();
            for (var source : network.sources()) {
                // by default a source without a position begins with what comes next: a connection that ends before its
                // first record has arrived would leave none
                var whole = with(List.of(source), "resume", "earliest");
                sources.addAll(with(whole, "connection", "c" + sources.size() % connections));
            }
            machine.assignator().activateAll(sources);
            await().atMost(Duration.ofSeconds(50))
                    .until(() -> network.snapshot().faults() > enough);
            var report = network.stop();
            assertThat(machine.stop(STOP_LIMIT)).isEmpty();
            for (var source : report.sources()) {
                var got = received.getOrDefault(source.id(), List.of());
                assertThat(got).as(source.id()).doesNotHaveDuplicates().isSorted();
                var lost = LongStream.range(0, source.sent() + source.cut())
                        .filter(seq -> !source.isCut(seq))
                        .boxed()
                        .filter(seq -> !got.contains(seq))
                        .toList();
                assertThat(lost).as(source.id()).isEmpty();
            }
        }
    }

    @Test
    void aMachineThatStartsAgainGoesOnBehindTheLastRecord()
            throws IOException, MachineStartException, InterruptedException {
        var plan = NetworkPlan.builder("seedlink").sources(3).rate(50).seed(7).build();
        try (var network = StationNetwork.start(plan)) {
            for (int life = 1; life <= 3; life++) {
                long before = network.snapshot().sent();
                try (var machine = machine()) {
                    machine.assignator().activateAll(network.sources());
                    await().until(() -> network.snapshot().sent() > before + 150);
                    assertThat(machine.stop(STOP_LIMIT)).isEmpty();
                }
            }
            var report = network.stop();
            assertThat(report.cut()).isZero();
            assertWhole(report);
            for (var source : network.sources()) {
                var kept = Files.readString(
                        directory.resolve("positions").resolve(source.id().value()));
                assertThat(kept).matches("[1-9]\\d* [1-9]\\d* *\n");
            }
        }
    }

    @Test
    void aReleasedSourceThatIsAddedAgainGoesOn() throws IOException, MachineStartException, InterruptedException {
        var plan = NetworkPlan.builder("seedlink").sources(1).rate(100).seed(7).build();
        try (var network = StationNetwork.start(plan);
                var machine = machine()) {
            var source = network.sources().getFirst();
            for (int i = 0; i < 3; i++) {
                long before = network.snapshot().sent();
                machine.assignator().activate(source);
                await().until(() -> network.snapshot().sent() > before + 30);
                machine.assignator().release(source.id());
                await().until(() -> machine.view().totals().sources().values().stream()
                                .mapToInt(Integer::intValue)
                                .sum()
                        == 0);
            }
            var report = network.stop();
            assertThat(machine.stop(STOP_LIMIT)).isEmpty();
            assertWhole(report);
        }
    }
}
