package org.stationmaster.stations.seedlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.Stamp;
import org.stationmaster.testkit.StationNetwork;

/** Several stations over one connection, each a source with a slot and a state of its own. */
@Tag("system")
@Timeout(60)
class SeedLinkSharedTest {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final int DATA_OFFSET = 128;

    @TempDir
    private Path directory;

    private final Map<String, List<Long>> received = new ConcurrentHashMap<>();
    private final AtomicInteger connections = new AtomicInteger();

    private void take(StationRecord record) {
        var stamp = new Stamp();
        assertThat(stamp.read(ByteBuffer.wrap(record.bytes()).position(DATA_OFFSET)))
                .isTrue();
        received.computeIfAbsent(stamp.sourceId(), id -> Collections.synchronizedList(new ArrayList<>()))
                .add(stamp.seq());
    }

    private StationNetwork network(int sources) throws IOException {
        var network = StationNetwork.start(NetworkPlan.builder("seedlink")
                .sources(sources)
                .rate(20)
                .seed(5)
                .build());
        network.onSeedLinkCommand(line -> {
            if (line.equals("HELLO")) {
                connections.incrementAndGet();
            }
        });
        return network;
    }

    private Machine machine() throws MachineStartException {
        return Machine.of(new ProtocolScheduler())
                .size(new MachineSize(3, 100))
                .stateFile(directory.resolve("state"))
                .onRecord(this::take)
                .start();
    }

    private static SourceStatus status(Machine machine, Source source) {
        return machine.view().source(source.id()).orElseThrow();
    }

    private static boolean areRunning(Machine machine, List<Source> sources) {
        return sources.stream()
                .allMatch(source -> status(machine, source).state() == SourceState.RUNNING
                        && status(machine, source).records() > 0);
    }

    private void assertWhole(NetworkReport report) {
        assertThat(report.cut()).isZero();
        for (var source : report.sources()) {
            assertThat(received.getOrDefault(source.id(), List.of()))
                    .as(source.id())
                    .isEqualTo(LongStream.range(0, source.sent()).boxed().toList());
        }
    }

    private static Source named(Source source, String connection) {
        var builder = Source.builder(source.id().value(), source.protocol(), source.host(), source.port())
                .rate(source.ratePerSecond().orElseThrow());
        source.options().forEach(builder::option);
        return builder.option("connection", connection).build();
    }

    @Test
    void stationsOfOneServerShareAConnectionAndAWorker()
            throws IOException, MachineStartException, InterruptedException {
        try (var network = network(60);
                var machine = machine()) {
            machine.assignator().activateAll(network.sources());
            await().until(() -> areRunning(machine, network.sources()));
            assertThat(connections).hasValue(1);
            assertThat(network.sources().stream()
                            .map(source -> status(machine, source).slot())
                            .map(slot -> slot == null ? null : slot.worker())
                            .distinct())
                    .hasSize(1);
            assertThat(status(machine, network.sources().getLast()).latencyMillis())
                    .isNotNull();
            var report = network.stop();
            assertThat(machine.stop(STOP_LIMIT)).isEmpty();
            assertWhole(report);
        }
    }

    @Test
    void namesMakeConnections() throws IOException, MachineStartException, InterruptedException {
        try (var network = network(30);
                var machine = machine()) {
            var sources = new ArrayList<Source>();
            for (int i = 0; i < 30; i++) {
                sources.add(named(network.sources().get(i), "c" + i % 3));
            }
            machine.assignator().activateAll(sources);
            await().until(() -> areRunning(machine, sources));
            assertThat(connections).hasValue(3);
            var report = network.stop();
            assertThat(machine.stop(STOP_LIMIT)).isEmpty();
            assertWhole(report);
        }
    }

    @Test
    void oneThatIsAddedOpensAFurtherConnectionAndTheOthersStay()
            throws IOException, MachineStartException, InterruptedException {
        try (var network = network(12);
                var machine = machine()) {
            var sources = network.sources();
            machine.assignator().activateAll(sources.subList(0, 10));
            await().until(() -> areRunning(machine, sources.subList(0, 10)));
            machine.assignator().activate(sources.get(10));
            await().until(() -> areRunning(machine, sources.subList(0, 11)));
            assertThat(connections).hasValue(2);
            machine.assignator().activate(sources.get(11));
            await().until(() -> areRunning(machine, sources));
            assertThat(connections).hasValue(3); // the second one gave way to it
            for (var source : sources.subList(0, 10)) {
                assertThat(status(machine, source).reconnects()).isZero();
            }
            var report = network.stop();
            assertThat(machine.stop(STOP_LIMIT)).isEmpty();
            assertWhole(report);
        }
    }

    @Test
    void oneThatIsReleasedOrPausedLeavesTheOthersAndGoesOnLater()
            throws IOException, MachineStartException, InterruptedException {
        try (var network = network(5);
                var machine = machine()) {
            var sources = network.sources();
            machine.assignator().activateAll(sources);
            await().until(() -> areRunning(machine, sources));
            machine.assignator().release(sources.get(0).id());
            machine.assignator().pause(sources.get(1).id());
            await().until(() -> machine.view().source(sources.get(0).id()).isEmpty()
                    && status(machine, sources.get(1)).state() == SourceState.PAUSED);
            await().until(() -> machine.view().totals().late() > 5);
            assertThat(connections).hasValue(1);
            machine.assignator().resume(sources.get(1).id());
            machine.assignator().activate(sources.get(0));
            await().until(() -> areRunning(machine, sources));
            for (var source : sources.subList(2, 5)) {
                assertThat(status(machine, source).reconnects()).isZero();
            }
            int before = received.getOrDefault(sources.get(0).id().value(), List.of())
                    .size();
            await().until(() -> received.getOrDefault(sources.get(0).id().value(), List.of())
                            .size()
                    > before + 10);
            var report = network.stop();
            assertThat(machine.stop(STOP_LIMIT)).isEmpty();
            assertWhole(report);
        }
    }

    @Test
    void oneThatTheServerRefusesDoesNotEndTheOthers() throws IOException, MachineStartException, InterruptedException {
        try (var network = network(3);
                var machine = machine()) {
            var unknown = Source.builder("NONE", "seedlink", "127.0.0.1", network.port())
                    .option("network", "XX")
                    .option("station", "NONE")
                    .build();
            var all = new ArrayList<>(network.sources());
            all.add(1, unknown);
            machine.assignator().activateAll(all);
            await().until(() -> areRunning(machine, network.sources())
                    && status(machine, unknown).reason() == EndReason.REFUSED);
            assertThat(status(machine, unknown).detail()).contains("STATION XX_NONE");
            assertThat(connections).hasValue(1);
            var report = network.stop();
            assertThat(machine.stop(STOP_LIMIT)).isEmpty();
            assertWhole(report);
        }
    }

    @Test
    void theSameStationTwiceTakesTwoConnections() throws IOException, MachineStartException, InterruptedException {
        try (var network = network(1);
                var machine = machine()) {
            var one = network.sources().getFirst();
            var builder = Source.builder("TWIN", "seedlink", "127.0.0.1", network.port());
            one.options().forEach(builder::option);
            var twin = builder.option("selectors", "HHE").build();
            machine.assignator().activateAll(List.of(one, twin));
            await().until(() -> areRunning(machine, List.of(one, twin)));
            assertThat(connections).hasValue(2);
            assertThat(machine.stop(STOP_LIMIT)).isEmpty();
        }
    }
}
