package org.stationmaster.stations.seedlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Discovery.Found;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.StationNetwork;

/** What a server has, asked over a real socket. */
@Timeout(30)
class SeedLinkDiscoveryTest {
    private static List<Found> ask(Source.Builder server) throws IOException {
        return new SeedLink().discovery().discover(server.build());
    }

    private static Source.Builder server(int port) {
        return Source.builder("server", "seedlink", "127.0.0.1", port);
    }

    /** Found by fuzzing: the JDK's parser ends with an error of its own on the second. */
    @ParameterizedTest
    @ValueSource(strings = {"<html><body>", "<!DOCTYPE a [\u0001"})
    void whatIsNoXmlIsSaid(String answer) {
        assertThatThrownBy(() ->
                        SeedLinkDiscovery.found(server(1).build(), answer.getBytes(StandardCharsets.US_ASCII), true))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is no XML");
    }

    @Test
    void bothVersionsTellOfTheSameStations() throws IOException {
        try (var network = StationNetwork.start(
                NetworkPlan.builder("seedlink").sources(300).rate(1).build())) {
            var three = ask(server(network.port()));
            var four = ask(server(network.port()).user("ann").password(new Secret("s3cret")));
            assertThat(three).hasSize(300).isEqualTo(four);
            var last = three.getLast();
            assertThat(last.source().id().value()).isEqualTo("S008B");
            assertThat(last.source().options()).containsEntry("network", "SM").containsEntry("station", "S008B");
            assertThat(last.remark()).hasSizeGreaterThan(10);
            for (var found : three) {
                new SeedLink().validate(found.source());
                assertThat(found.source().silenceSeconds()).hasValue(60);
            }
            assertThatThrownBy(() -> ask(server(network.port()).user("ann").password(new Secret("wrong"))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("UNAUTHORIZED")
                    .hasMessageNotContaining("ann");
        }
    }

    @Test
    @Tag("system")
    void anAnswerWithoutAnEndIsNotReadForEver() throws IOException, InterruptedException {
        var record = new byte[8 + 512];
        var head = ByteBuffer.wrap(record);
        head.put("SLINFO *".getBytes(StandardCharsets.US_ASCII));
        head.putShort(8 + 30, (short) 500).putShort(8 + 44, (short) 12);
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var speaking = Thread.ofVirtual().start(() -> {
                try (var socket = listener.accept()) {
                    var out = socket.getOutputStream();
                    out.write("SeedLink v3.1\r\nHere\r\n".getBytes(StandardCharsets.US_ASCII));
                    while (true) {
                        out.write(record);
                    }
                } catch (IOException _) {
                    // the client has had enough
                }
            });
            assertThatThrownBy(() -> ask(server(listener.getLocalPort())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("more than 67108864 bytes");
            speaking.join();
        }
    }

    /** A server that says one thing, whatever it is asked, and closes. */
    @ParameterizedTest
    @CsvSource({
        "'HTTP/1.1 400 Bad Request', no SeedLink server",
        "'SeedLink v3.1|Here|ERROR    and so on', does not answer INFO",
        "'SeedLink v3.1|Here|SLINFO *', closed",
        "'SeedLink v4.0 :: SLPROTO:4.0|Here|OK|SE2D01234567890123', does not answer INFO",
        "'SeedLink v4.0 :: SLPROTO:4.0|Here|OK|SEJ zzzz0123456789', more than 67108864 bytes",
    })
    void aStrangeAnswerIsTold(String text, String words) throws IOException, InterruptedException {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var speaking = Thread.ofVirtual().start(() -> {
                try (var socket = listener.accept()) {
                    socket.getOutputStream()
                            .write((text.replace("|", "\r\n") + "\r\n").getBytes(StandardCharsets.US_ASCII));
                    socket.shutdownOutput();
                    socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertThatThrownBy(() -> ask(server(listener.getLocalPort())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(words);
            speaking.join();
        }
    }
}
