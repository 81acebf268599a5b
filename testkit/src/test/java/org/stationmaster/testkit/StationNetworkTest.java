package org.stationmaster.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class StationNetworkTest {
    private static final String ID = "SIM00000";

    /** With this seed the first station's faults come a tenth of a second after each second, not later. */
    static final long EARLY = 3;

    private static NetworkPlan.Builder plan(String protocol) {
        return NetworkPlan.builder(protocol).rate(200);
    }

    private static List<Long> seqs(List<byte[]> payloads) {
        var stamp = new Stamp();
        var seqs = new ArrayList<Long>();
        for (var payload : payloads) {
            assertThat(stamp.read(ByteBuffer.wrap(payload))).isTrue();
            seqs.add(stamp.seq());
        }
        return seqs;
    }

    private static List<Long> upTo(long count) {
        var seqs = new ArrayList<Long>();
        for (long i = 0; i < count; i++) {
            seqs.add(i);
        }
        return seqs;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp-frames", "tcp-lines"})
    void everyRecordSentIsThereWholeAndInOrder(String protocol) throws Exception {
        try (var network = StationNetwork.start(plan(protocol).build());
                var client = BlockingClient.hello(protocol, network.port(), ID)) {
            var got = new ArrayList<byte[]>();
            for (int i = 0; i < 50; i++) {
                got.add(client.next());
            }
            var stopping = Stopping.of(network);
            got.addAll(client.rest());
            client.hangUp();
            var report = stopping.report();

            assertThat(got).allSatisfy(payload -> assertThat(payload).hasSize(200));
            assertThat(seqs(got)).isEqualTo(upTo(got.size()));
            assertThat(report.sent()).isEqualTo(got.size());
            assertThat(report.cut()).isZero();
            assertThat(report.connects()).isEqualTo(1);
        }
    }

    @Test
    void theSeqGoesOnOverConnections() throws Exception {
        try (var network = StationNetwork.start(plan("tcp-lines").build())) {
            var got = new ArrayList<byte[]>();
            for (int round = 0; round < 3; round++) {
                try (var client = BlockingClient.hello("tcp-lines", network.port(), ID)) {
                    got.add(client.next());
                    // our FIN first, then all that the station had written: an end in order
                    client.socket.shutdownOutput();
                    got.addAll(client.rest());
                }
            }
            var report = network.stop();
            assertThat(seqs(got)).isEqualTo(upTo(got.size()));
            assertThat(report.sent()).isEqualTo(got.size());
            assertThat(report.cut()).isZero();
            assertThat(report.connects()).isEqualTo(3);
        }
    }

    @Test
    void aResetOfThePeerCutsTheRecordsOfThatConnection() throws Exception {
        try (var network = StationNetwork.start(plan("tcp-frames").build())) {
            try (var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
                client.next();
                client.socket.setSoLinger(true, 0);
            }
            Await.until(() -> network.snapshot().connected() == 0);
            var report = network.stop();
            var source = report.sources().getFirst();
            assertThat(report.sent()).isZero();
            assertThat(report.cut()).isPositive();
            assertThat(source.cutRanges()).containsExactly(new NetworkReport.Range(0, report.cut() - 1));
            assertThat(source.isCut(0)).isTrue();
            assertThat(source.isCut(report.cut())).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp-frames", "tcp-lines"})
    void anUnknownIdIsClosedAndCounted(String protocol) throws Exception {
        try (var network = StationNetwork.start(plan(protocol).build())) {
            try (var client = BlockingClient.hello(protocol, network.port(), "NOBODY")) {
                assertThat(client.bytes()).isEmpty();
            }
            assertThat(network.stop().unknownIds()).isEqualTo(1);
        }
    }

    @Test
    void aSecondConnectionSupersedesTheFirst() throws Exception {
        try (var network = StationNetwork.start(plan("tcp-frames").build());
                var first = BlockingClient.hello("tcp-frames", network.port(), ID)) {
            first.next();
            try (var second = BlockingClient.hello("tcp-frames", network.port(), ID)) {
                long before = seqs(first.rest()).size() + 1L;
                assertThat(seqs(List.of(second.next()))).containsExactly(before);
            }
            var report = network.stop();
            assertThat(report.superseded()).isEqualTo(1);
            assertThat(report.connects()).isEqualTo(2);
            assertThat(report.sources().getFirst().isCut(0)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp-frames", "tcp-lines"})
    void aCommandIsAnsweredByARecord(String protocol) throws Exception {
        try (var network =
                        StationNetwork.start(plan(protocol).rate(0.001).seed(3).build());
                var client = BlockingClient.hello(protocol, network.port(), ID)) {
            client.send("set gain 4");
            var answer = client.next();
            var stamp = new Stamp();
            assertThat(stamp.read(ByteBuffer.wrap(answer))).isTrue();
            assertThat(new String(answer, StandardCharsets.US_ASCII).substring(stamp.length()))
                    .startsWith("re:set gain 4");
            assertThat(answer).hasSize(200);
            client.socket.shutdownOutput();
            client.rest();
            assertThat(network.stop().commands()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp-frames", "tcp-lines"})
    void aMessageOverTheLimitEndsTheConnection(String protocol) throws Exception {
        try (var network = StationNetwork.start(plan(protocol).rate(0.001).build());
                var client = BlockingClient.hello(protocol, network.port(), ID)) {
            assertThatThrownBy(() -> {
                        client.send("x".repeat(Wire.LIMIT_BYTES + 1));
                        client.next();
                    })
                    .isInstanceOf(IOException.class);
            Await.until(() -> network.snapshot().connected() == 0);
            assertThat(network.stop().oversize()).isEqualTo(1);
        }
    }

    @Test
    void whatAPeerDoesNotTakeIsWithheldAndNothingGrows() throws Exception {
        var plan = plan("tcp-frames").rate(2000).sizeBytes(8000).build();
        try (var network = StationNetwork.start(plan);
                var client = BlockingClient.narrow("tcp-frames", network.port(), ID)) {
            Await.until(() -> network.snapshot().withheld() > 100);
            var got = new ArrayList<byte[]>();
            got.add(client.next());
            var stopping = Stopping.of(network);
            got.addAll(client.rest());
            client.hangUp();
            var report = stopping.report();
            assertThat(seqs(got)).isEqualTo(upTo(got.size()));
            assertThat(report.sent()).isEqualTo(got.size());
            assertThat(report.withheld()).isGreaterThan(100);
        }
    }

    /** The network waits two seconds for the peer. */
    @Tag("system")
    @Test
    void aPeerThatTakesNothingAtStopLosesTheTornRecordOnly() throws Exception {
        var plan = plan("tcp-frames").rate(2000).sizeBytes(8000).build();
        try (var network = StationNetwork.start(plan);
                var client = BlockingClient.narrow("tcp-frames", network.port(), ID)) {
            Await.until(() -> network.snapshot().withheld() > 100);
            var report = network.stop();
            assertThat(report.cut()).isLessThanOrEqualTo(1);
            long whole = 0;
            try {
                while (true) {
                    client.next();
                    whole++;
                }
            } catch (EOFException e) {
                assertThat(whole).isEqualTo(report.sent());
            }
        }
    }

    @Test
    void aPortWithOneSourceNeedsNoHello() throws Exception {
        var plan = plan("tcp-lines").sources(3).ports(3).hello(false).build();
        try (var network = StationNetwork.start(plan);
                var client = BlockingClient.silent("tcp-lines", network.port() + 2)) {
            var stamp = new Stamp();
            assertThat(stamp.read(ByteBuffer.wrap(client.next()))).isTrue();
            assertThat(stamp.isFrom("SIM00002")).isTrue();
            assertThat(stamp.sourceId()).isEqualTo("SIM00002");
        }
    }

    @Test
    void stationsAreSpreadOverThePorts() throws Exception {
        var plan = plan("tcp-frames").sources(5).ports(2).build();
        try (var network = StationNetwork.start(plan)) {
            try (var client = BlockingClient.hello("tcp-frames", network.port() + 1, "SIM00003")) {
                assertThat(client.next()).hasSize(200);
            }
            try (var wrong = BlockingClient.hello("tcp-frames", network.port(), "SIM00003")) {
                assertThat(wrong.bytes()).isEmpty();
            }
            assertThat(network.sources().get(3).port()).isEqualTo(network.port() + 1);
            assertThat(network.stationFile().lines().toList().get(3))
                    .isEqualTo("- { id: SIM00003, protocol: tcp-frames, host: \"127.0.0.1\", port: "
                            + (network.port() + 1)
                            + ", rate: 200.0, duplex: true, hello: true, groups: [simulated] }");
        }
    }

    @Test
    void aTakenPortIsNamed() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var plan = plan("tcp-frames").port(taken.getLocalPort()).build();
            assertThatThrownBy(() -> StationNetwork.start(plan))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("port " + taken.getLocalPort());
        }
    }

    @Test
    void aReportIsReadBack(@TempDir Path folder) throws Exception {
        try (var network = StationNetwork.start(plan("tcp-frames")
                .sources(3)
                .seed(EARLY)
                .faults(FaultPlan.parse("reset=1/s"))
                .build())) {
            try (var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
                assertThatThrownBy(client::rest).isInstanceOf(IOException.class);
            }
            var report = network.stop();
            report.write(folder.resolve("report.json"));
            assertThat(NetworkReport.read(folder.resolve("report.json"))).isEqualTo(report);
            assertThat(report.cut()).isPositive();
            network.writeStations(folder.resolve("stations.yaml"));
            assertThat(folder.resolve("stations.yaml")).content().isEqualTo(network.stationFile());
        }
    }

    @Test
    void theSecondStopGivesTheSameReport() throws Exception {
        try (var network = StationNetwork.start(plan("tcp-frames").build())) {
            assertThat(network.stop()).isSameAs(network.stop());
            assertThatThrownBy(() -> BlockingClient.silent("tcp-frames", network.port()))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void sendStampsComeFromTheClock() throws Exception {
        var clock = new ManualClock();
        try (var network = StationNetwork.start(
                        plan("tcp-frames").rate(1).clock(clock).build());
                var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
            Await.until(() -> network.snapshot().connected() == 1);
            assertThat(network.snapshot().sent()).isZero();
            clock.advance(java.time.Duration.ofSeconds(1));
            var stamp = new Stamp();
            assertThat(stamp.read(ByteBuffer.wrap(client.next()))).isTrue();
            assertThat(stamp.epochNanos()).isEqualTo(clock.epochNanos());
        }
    }

    /** A stop on a thread of its own: it waits for the peers. */
    record Stopping(java.util.concurrent.CompletableFuture<NetworkReport> future) {
        static Stopping of(StationNetwork network) {
            return new Stopping(java.util.concurrent.CompletableFuture.supplyAsync(() -> {
                try {
                    return network.stop();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }

        NetworkReport report() throws Exception {
            return future.get(10, TimeUnit.SECONDS);
        }
    }
}
