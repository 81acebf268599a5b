package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.Stamp;
import org.stationmaster.testkit.StationNetwork;

/** The machine against a simulated network, over real sockets. */
@Tag("system")
@Timeout(30)
class CollectingTest {
    /** Their synthetic records tell when they were sent, in units of so many milliseconds. */
    private static final Map<String, Long> WITH_TIMES =
            Map.of("rtcm3", 1L, "ntrip", 1L, "nmea", 1L, "gsof", 1L, "tsip", 1_000L);

    private final Map<String, List<Long>> received = new ConcurrentHashMap<>();

    private void take(StationRecord record) {
        var stamp = new Stamp();
        assertThat(stamp.read(ByteBuffer.wrap(record.bytes()))).isTrue();
        var unitMillis = WITH_TIMES.get(record.source().protocol());
        if (unitMillis != null) {
            long units = stamp.epochNanos() / 1_000_000 / unitMillis;
            assertThat(record.eventNanos()).isEqualTo(units * unitMillis * 1_000_000);
        }
        received.computeIfAbsent(record.source().id().value(), id -> new ArrayList<>())
                .add(stamp.seq());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp-frames", "tcp-lines", "rtcm3", "ntrip", "nmea", "tsip", "gsof"})
    void everyRecordArrivesOnceAndInOrder(String protocol)
            throws IOException, MachineStartException, InterruptedException {
        var plan = NetworkPlan.builder(protocol).sources(50).rate(40).seed(7).build();
        NetworkReport report;
        try (var network = StationNetwork.start(plan);
                var machine = Machine.of(new ProtocolScheduler())
                        .size(new MachineSize(2, 30))
                        .onRecord(this::take)
                        .start()) {
            machine.assignator().activateAll(network.sources());
            await().until(() -> network.snapshot().sent() > 500);
            report = network.stop();
            assertThat(machine.stop(Duration.ofSeconds(20))).isEmpty();
            assertThat(machine.view().totals().records()).isEqualTo(report.sent());
        }
        assertThat(report.cut()).isZero();
        for (var source : report.sources()) {
            var seqs = received.getOrDefault(source.id(), List.of());
            assertThat(seqs).hasSize((int) source.sent());
            for (int i = 0; i < seqs.size(); i++) {
                assertThat(seqs.get(i)).isEqualTo(i);
            }
        }
    }
}
