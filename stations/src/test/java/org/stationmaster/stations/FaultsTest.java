package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.BitSet;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.testkit.FaultPlan;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.Stamp;
import org.stationmaster.testkit.StationNetwork;

/** The machine against a simulated network with every fault: nothing twice, and nothing lost but what a fault has cut. */
@Tag("system")
@Timeout(120)
class FaultsTest {
    private static final String FAULTS = "silence=0.05/s:1,reset=0.05/s,half-open=0.02/s,slow=0.05/s:1,cut=0.1/s,"
            + "garbage=0.5/s,refuse=0.02/s:1,flood=0.05/s:1";

    private final Map<String, BitSet> received = new ConcurrentHashMap<>();

    private void take(StationRecord record) {
        var stamp = new Stamp();
        if (!stamp.read(ByteBuffer.wrap(record.bytes()))) {
            assertThat(record.source().protocol()).as("any line is a record").isEqualTo("tcp-lines");
            return;
        }
        var seen = received.computeIfAbsent(record.source().id().value(), _ -> new BitSet());
        assertThat(seen.get((int) stamp.seq())).as("twice").isFalse();
        seen.set((int) stamp.seq());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rtcm3", "ntrip", "nmea", "tsip", "gsof", "tcp-frames", "tcp-lines"})
    void nothingIsLostButWhatAFaultHasCut(String protocol) throws Exception {
        var plan = NetworkPlan.builder(protocol)
                .sources(20)
                .rate(50)
                .seed(3)
                // behind garbage no frame can be found again: the connection ends, and the backoff grows
                .faults(FaultPlan.parse(
                        protocol.equals("tcp-frames") ? FAULTS.replace("garbage=0.5/s", "garbage=0.05/s") : FAULTS))
                .build();
        NetworkReport report;
        try (var network = StationNetwork.start(plan);
                var machine = Machine.of(new ProtocolScheduler())
                        .size(new MachineSize(2, 15))
                        .onRecord(this::take)
                        .start()) {
            machine.assignator().activateAll(network.sources());
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> network.snapshot().sent() > 10_000);
            report = network.stop();
            assertThat(machine.stop(Duration.ofSeconds(20))).isEmpty();
            assertThat(machine.view().totals().corruptBytes()).isPositive();
        }
        assertNothingLost(report);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ntrip", "tcp-lines"})
    void neitherOfStationsThatCallIn(String protocol) throws Exception {
        var dialIn = Objects.requireNonNull(
                Protocols.found().byName(protocol).orElseThrow().dialIn());
        NetworkReport report;
        try (var machine = Machine.of(new ProtocolScheduler())
                .size(new MachineSize(2, 15))
                .listen(new Listen(
                        protocol,
                        dialIn,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        null,
                        false,
                        true))
                .onRecord(this::take)
                .start()) {
            var plan = NetworkPlan.builder(protocol)
                    .dial(true)
                    .port(machine.listening().getFirst().getPort())
                    .sources(20)
                    .rate(50)
                    .seed(3)
                    .faults(FaultPlan.parse(protocol.equals("ntrip") ? FAULTS : FAULTS.replace("garbage=0.5/s,", "")))
                    .build();
            // who calls before its source is known is a stranger, and what a stranger sends nobody takes
            machine.assignator()
                    .activateAll(IntStream.range(0, plan.sources())
                            .mapToObj(i -> called("SIM%05d".formatted(i), protocol))
                            .toList());
            try (var network = StationNetwork.start(plan)) {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> network.snapshot().sent() > 10_000);
                report = network.stop();
            }
            assertThat(machine.stop(Duration.ofSeconds(20))).isEmpty();
            assertThat(machine.view().calls().taken()).isGreaterThan(20);
        }
        assertNothingLost(report);
    }

    private static Source called(String id, String protocol) {
        var source = Source.dialIn(id, protocol);
        return (protocol.equals("ntrip") ? source.option("mountpoint", id) : source).build();
    }

    private void assertNothingLost(NetworkReport report) {
        for (var source : report.sources()) {
            var wanted = new BitSet();
            wanted.set(0, (int) (source.sent() + source.cut()));
            source.cutRanges().forEach(range -> wanted.clear((int) range.from(), (int) range.to() + 1));
            wanted.andNot(received.getOrDefault(source.id(), new BitSet()));
            assertThat(wanted).as(source.id()).isEqualTo(new BitSet());
        }
    }
}
