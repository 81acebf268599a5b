package org.stationmaster.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class ReplayTest {
    private static final String ID = "SIM00000";

    private static NetworkPlan.Builder plan(String protocol, Path file) {
        return NetworkPlan.builder(protocol).rate(5000).replay(file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nmea-rtk.log", "quectel-L70.log", "st-teseo-liv3f.log"})
    void aRecordingGoesOutByteForByteAndOnce(String name) throws Exception {
        var file = Recordings.path("nmea/" + name);
        var bytes = Files.readAllBytes(file);
        try (var network =
                        StationNetwork.start(plan("tcp-lines", file).sources(2).build());
                var first = BlockingClient.hello("tcp-lines", network.port(), ID);
                var second = BlockingClient.hello("tcp-lines", network.port(), "SIM00001")) {
            assertThat(first.bytes(bytes.length)).isEqualTo(bytes);
            assertThat(second.bytes(bytes.length)).isEqualTo(bytes);
            first.socket.setSoTimeout(100);
            assertThatThrownBy(first::next).isInstanceOf(SocketTimeoutException.class);
            first.hangUp();
            second.hangUp();
            var report = network.stop();
            assertThat(report.sent()).isEqualTo(2L * bytesOf((byte) '\n', bytes));
            assertThat(report.cut()).isZero();
        }
    }

    private static long bytesOf(byte wanted, byte[] bytes) {
        long count = 0;
        for (byte b : bytes) {
            count += b == wanted ? 1 : 0;
        }
        return count;
    }

    @Test
    void aLastLineGetsItsEnd(@TempDir Path folder) throws Exception {
        var file = Files.writeString(folder.resolve("lines"), "one\r\n\ntwo");
        try (var network = StationNetwork.start(plan("tcp-lines", file).build());
                var client = BlockingClient.hello("tcp-lines", network.port(), ID)) {
            assertThat(client.bytes(10)).asString().isEqualTo("one\r\n\ntwo\n");
        }
    }

    @Test
    void framesGoOutAgainWhenTheyLoop(@TempDir Path folder) throws Exception {
        var frames = ByteBuffer.allocate(32)
                .putInt(3)
                .put(new byte[] {1, 2, 3})
                .putInt(0)
                .putInt(1);
        var bytes = new byte[frames.put((byte) 9).position()];
        frames.flip().get(bytes);
        var file = Files.write(folder.resolve("frames"), bytes);
        try (var network =
                        StationNetwork.start(plan("tcp-frames", file).loop(true).build());
                var client = BlockingClient.hello("tcp-frames", network.port(), ID)) {
            for (int turn = 0; turn < 5; turn++) {
                assertThat(client.bytes(bytes.length)).isEqualTo(bytes);
            }
        }
    }

    @Test
    void aReplayGoesOnWhereTheLastConnectionEnded(@TempDir Path folder) throws Exception {
        var text = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            text.append("line ").append(i).append('\n');
        }
        var file = Files.writeString(folder.resolve("lines"), text);
        try (var network = StationNetwork.start(plan("tcp-lines", file).build())) {
            var got = new ArrayList<byte[]>();
            try (var client = BlockingClient.hello("tcp-lines", network.port(), ID)) {
                got.add(client.next());
                client.socket.shutdownOutput();
                got.addAll(client.rest());
            }
            try (var client = BlockingClient.hello("tcp-lines", network.port(), ID)) {
                while (got.size() < 500) {
                    got.add(client.next());
                }
            }
            var all = new StringBuilder();
            got.forEach(line -> all.append(new String(line, java.nio.charset.StandardCharsets.US_ASCII)));
            assertThat(all.toString()).isEqualTo(text.toString());
        }
    }

    @Test
    void aFileThatIsNoRecordingIsRefused(@TempDir Path folder) throws Exception {
        var torn = Files.write(folder.resolve("torn"), new byte[] {0, 0, 0, 1, 7, 0, 0});
        assertThatThrownBy(() -> StationNetwork.start(plan("tcp-frames", torn).build()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("torn")
                .hasMessageContaining("offset 5");
        var empty = Files.createFile(folder.resolve("empty"));
        assertThatThrownBy(() -> StationNetwork.start(plan("tcp-lines", empty).build()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("holds no record");
    }
}
