package org.stationmaster.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.testkit.ProtocolContract;

/** What every protocol must do, and a conversation with a station that answers. */
@Timeout(30)
class WeatherStationTest extends ProtocolContract {
    private static final List<String> ANSWERS = List.of(
            "0R0,Dm=027D,Sm=0.1M,Ta=25.1C,Ua=39.8P,Pa=1006.9H\r\n",
            "0R0,Dm=283D,Sm=1.4M,Ta=24.9C\r\n",
            "0R0,Ta=" + "9".repeat(500) + "C\r\n");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    protected Protocol protocol() {
        return new WeatherStation();
    }

    @Override
    protected Source source() {
        return Source.of("WX01", "wxt520", "127.0.0.1", 7001);
    }

    @Override
    protected byte[] encoded() {
        return bytes(String.join("", ANSWERS));
    }

    @Override
    protected List<byte[]> payloads() {
        return ANSWERS.stream().map(WeatherStationTest::bytes).toList();
    }

    @Override
    protected List<Corrupt> corrupt() {
        return List.of(
                new Corrupt("another message", bytes("0R1,Dm=027D\r\n"), Expected.COUNTED),
                new Corrupt("nothing in it", bytes("0R0,\r\n"), Expected.COUNTED),
                new Corrupt("no CR", bytes("0R0,Ta=25.1C\n"), Expected.COUNTED),
                new Corrupt("an empty line", bytes("\n"), Expected.COUNTED));
    }

    @Override
    protected long unreadLimitBytes() {
        return 512;
    }

    @Override
    protected byte @Nullable [] overLimit() {
        return bytes("0R0,Ta=" + "9".repeat(5000) + "C\r\n");
    }

    @Override
    protected byte[] opening() {
        return bytes("0R0\r\n");
    }

    @Tag("system")
    @Test
    void aStationIsAskedAgainAndAgain() throws Exception {
        var heard = new ConcurrentLinkedQueue<String>();
        try (var station = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var machine = Machine.of(new ProtocolScheduler()) // found by its name, as all others are
                        .onRecord(record -> heard.add(record.text()))
                        .start()) {
            Thread.ofVirtual().start(() -> answer(station));
            machine.assignator()
                    .activate(Source.builder("WX01", "wxt520", "127.0.0.1", station.getLocalPort())
                            .option("pollSeconds", "0.1")
                            .build());
            await().until(() -> heard.size() >= 3);
            assertThat(heard).startsWith("0R0,Ta=0C", "0R0,Ta=1C", "0R0,Ta=2C");
        }
    }

    private static void answer(ServerSocket station) {
        try (var socket = station.accept();
                var in =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
            for (int i = 0; "0R0".equals(in.readLine()); i++) {
                socket.getOutputStream().write(bytes("0R0,Ta=" + i + "C\r\n"));
            }
        } catch (java.io.IOException e) {
            // the machine has hung up
        }
    }

    @Test
    void aWrongIntervalIsRefusedByName() {
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(() -> protocol()
                        .validate(Source.builder("WX01", "wxt520", "127.0.0.1", 7001)
                                .option("pollSeconds", "0")
                                .build()))
                .satisfies(e -> assertThat(e.field()).isEqualTo("pollSeconds"));
    }
}
