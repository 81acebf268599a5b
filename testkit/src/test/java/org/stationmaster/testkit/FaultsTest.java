package org.stationmaster.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.testkit.FaultPlan.Kind;

/** What each fault looks like from the other end. Every one strikes in the first second of a connection, early in it. */
@Timeout(30)
final class FaultsTest {
    private static final String ID = "SIM00000";

    private static StationNetwork start(String protocol, double rate, String faults) throws IOException {
        return StationNetwork.start(NetworkPlan.builder(protocol)
                .rate(rate)
                .seed(StationNetworkTest.EARLY)
                .faults(FaultPlan.parse(faults))
                .build());
    }

    private static void awaitFault(StationNetwork network) {
        Await.until(() -> network.snapshot().faults() > 0);
    }

    private static NetworkReport.SourceCount only(NetworkReport report) {
        return report.sources().getFirst();
    }

    @Test
    void silence() throws Exception {
        try (var network = start("tcp-frames", 100, "silence=1/s:60");
                var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
            awaitFault(network);
            long sent = network.snapshot().sent();
            for (long i = 0; i < sent; i++) {
                client.next();
            }
            client.socket.setSoTimeout(100);
            assertThatThrownBy(client::next).isInstanceOf(SocketTimeoutException.class);
            assertThat(network.snapshot().connected()).isEqualTo(1);
            client.hangUp();
            assertThat(only(network.stop()).faults()).containsKey(Kind.SILENCE);
        }
    }

    @Test
    void reset() throws Exception {
        try (var network = start("tcp-frames", 100, "reset=1/s");
                var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
            assertThatThrownBy(client::rest).isInstanceOf(SocketException.class).hasMessageContaining("reset");
            var source = only(network.stop());
            assertThat(source.sent()).isZero();
            assertThat(source.cut()).isPositive();
            assertThat(source.faults()).containsEntry(Kind.RESET, 1L);
        }
    }

    @Test
    void halfOpen() throws Exception {
        try (var network = start("tcp-frames", 100, "half-open=1/s");
                var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
            awaitFault(network);
            long cut = network.snapshot().cut();
            for (long i = 0; i < cut; i++) {
                client.next();
            }
            client.socket.setSoTimeout(100);
            assertThatThrownBy(client::next).isInstanceOf(SocketTimeoutException.class);
            try (var again = BlockingClient.hello("tcp-frames", network.port(), ID)) {
                var stamp = new Stamp();
                assertThat(stamp.read(ByteBuffer.wrap(again.next()))).isTrue();
                assertThat(stamp.seq()).isEqualTo(cut);
            }
            assertThat(only(network.stop()).isCut(0)).isTrue();
        }
    }

    @Test
    void slow() throws Exception {
        try (var network = start("tcp-frames", 100, "slow=1/s:60");
                var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
            awaitFault(network);
            Await.until(() -> network.snapshot().withheld() > 5);
            var stopping = StationNetworkTest.Stopping.of(network);
            var got = client.rest();
            client.hangUp();
            var source = only(stopping.report());
            assertThat(source.sent()).isEqualTo(got.size());
            assertThat(source.cut()).isZero();
            assertThat(source.withheld()).isGreaterThan(5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp-frames", "tcp-lines"})
    void cut(String protocol) throws Exception {
        try (var network = start(protocol, 100, "cut=1/s");
                var client = BlockingClient.hello(protocol, network.port(), ID)) {
            assertThatThrownBy(client::rest).isInstanceOf(EOFException.class);
            var source = only(network.stop());
            assertThat(source.sent()).isZero();
            assertThat(source.cut()).isPositive();
        }
    }

    @Test
    void garbageInFramesIsNoLength() throws Exception {
        try (var network = start("tcp-frames", 100, "garbage=1/s");
                var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
            assertThatThrownBy(client::rest).isInstanceOf(IOException.class).hasMessageStartingWith("no length: -");
            client.hangUp();
            Await.until(() -> network.snapshot().connected() == 0);
            var source = only(network.stop());
            assertThat(source.garbageBytes()).isPositive();
            assertThat(source.faults()).containsKey(Kind.GARBAGE);
        }
    }

    @Test
    void garbageInLinesStandsBetweenLines() throws Exception {
        try (var network = start("tcp-lines", 100, "garbage=1/s");
                var client = BlockingClient.hello("tcp-lines", network.port(), ID)) {
            awaitFault(network);
            var stopping = StationNetworkTest.Stopping.of(network);
            var got = client.rest();
            client.hangUp();
            var source = only(stopping.report());
            var stamp = new Stamp();
            var strange = got.stream()
                    .filter(line -> !stamp.read(ByteBuffer.wrap(line)))
                    .toList();
            assertThat(strange).hasSize((int) (long) source.faults().getOrDefault(Kind.GARBAGE, 0L));
            assertThat(strange.stream().mapToLong(line -> line.length).sum()).isEqualTo(source.garbageBytes());
            assertThat(source.sent()).isEqualTo(got.size() - strange.size());
            assertThat(source.cut()).isZero();
        }
    }

    @Test
    void refuse() throws Exception {
        try (var network = start("tcp-frames", 100, "refuse=1/s:60")) {
            try (var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
                assertThatThrownBy(client::rest).isInstanceOf(SocketException.class);
            }
            try (var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
                assertThatThrownBy(client::next).isInstanceOf(SocketException.class);
            }
            assertThat(only(network.stop()).connects()).isEqualTo(2);
        }
    }

    @Test
    void flood() throws Exception {
        try (var network = start("tcp-frames", 10, "flood=1/s:60");
                var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
            var stamp = new Stamp();
            var times = new ArrayList<Long>();
            while (times.size() < 300) {
                assertThat(stamp.read(ByteBuffer.wrap(client.next()))).isTrue();
                times.add(stamp.epochNanos());
            }
            long hundred = times.get(299) - times.get(199);
            assertThat(hundred).as("100 records, which take 10 s at the rate").isLessThan(5_000_000_000L);
        }
    }

    @Test
    void aSpecificationIsRead() {
        var plan = FaultPlan.parse("reset=0.01/s, silence=0.02/s:15,half-open=1/s,slow=0/s");
        assertThat(plan.faults())
                .containsExactly(
                        new FaultPlan.Fault(Kind.RESET, 0.01, 0),
                        new FaultPlan.Fault(Kind.SILENCE, 0.02, 15),
                        new FaultPlan.Fault(Kind.HALF_OPEN, 1, 0),
                        new FaultPlan.Fault(Kind.SLOW, 0, 10));
        assertThat(FaultPlan.parse(" ")).isEqualTo(FaultPlan.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "explode=0.1/s",
                "reset",
                "reset=/s",
                "reset=0.1",
                "reset=2/s",
                "reset=-1/s",
                "reset=NaN/s",
                "reset=0.1/s:5",
                "silence=0.1/s:0",
                "silence=0.1/s:x",
                "silence=0.1/s5",
                "",
                "slow=0.1/s:1e9"
            })
    void aWrongPieceIsNamed(String piece) {
        assertThatThrownBy(() -> FaultPlan.parse("flood=0.5/s," + piece))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + piece + "'");
    }

    @Test
    void aKindGivenTwiceIsNamed() {
        assertThatThrownBy(() -> FaultPlan.parse("cut=0.1/s,cut=0.2/s"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cut");
    }

    @Test
    void theSameSeedDrawsTheSame() {
        var plan = FaultPlan.parse("reset=0.1/s,silence=0.1/s");
        assertThat(draws(plan, 7)).isEqualTo(draws(plan, 7)).isNotEqualTo(draws(plan, 8));
        long struck = draws(plan, 7).stream().filter(kind -> !kind.isEmpty()).count();
        assertThat(struck).as("of 10,000 draws at 0.19").isBetween(1700L, 2100L);
    }

    private static List<String> draws(FaultPlan plan, long seed) {
        var all = new ArrayList<String>();
        for (int source = 0; source < 100; source++) {
            for (int second = 0; second < 100; second++) {
                var fault = plan.draw(seed, source, second);
                all.add(fault == null ? "" : fault.kind().text());
            }
        }
        return all;
    }

    @Test
    void theSameSeedSendsTheSame() throws Exception {
        assertThat(records(5)).isEqualTo(records(5)).isNotEqualTo(records(6));
        assertThat(Station.phase(5, 1)).isEqualTo(Station.phase(5, 1)).isNotEqualTo(Station.phase(6, 1));
    }

    private static List<String> records(long seed) throws IOException {
        var plan = NetworkPlan.builder("tcp-lines")
                .rate(500)
                .seed(seed)
                .clock(new RunningFromZero())
                .build();
        try (var network = StationNetwork.start(plan);
                var client = BlockingClient.hello("tcp-lines", network.port(), ID)) {
            var got = new ArrayList<String>();
            for (int i = 0; i < 20; i++) {
                got.add(new String(client.next(), StandardCharsets.US_ASCII));
            }
            return got;
        }
    }

    /** So that stamps are the same, too. */
    private static final class RunningFromZero implements org.stationmaster.core.api.Clock {
        @Override
        public long nanoTime() {
            return SYSTEM.nanoTime();
        }

        @Override
        public long epochNanos() {
            return 0;
        }
    }
}
