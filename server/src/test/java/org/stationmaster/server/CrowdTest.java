package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.stationmaster.server.Endpoint.SOURCE;
import static org.stationmaster.server.Endpoint.SOURCES;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Tls;
import org.stationmaster.core.api.TlsContexts;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;

/** More connections than there may be, from some addresses of loopback. */
@Tag("system")
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class CrowdTest {
    private static final String PARTIAL = "GET /readyz HTTP/1.1\r\nHost: loc";

    private final Endpoint endpoint;
    private final List<Socket> held = new ArrayList<>();

    CrowdTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @AfterEach
    void letGo() throws IOException {
        for (var socket : held) {
            socket.close();
        }
    }

    private static ControlConfig plain() {
        return ControlConfig.on(new Bind("127.0.0.1", 0));
    }

    private static ControlConfig tls(Path directory) throws Exception {
        return new ControlConfig(new Bind("127.0.0.1", 0), List.of(), AccessTest.certificate(directory), Set.of());
    }

    /** Connections of the hosts 127.0.0.2, .3, …, each with the beginning of something. */
    private void crowd(int port, int hosts, int each, String beginning) throws IOException {
        for (int host = 2; host < 2 + hosts; host++) {
            for (int i = 0; i < each; i++) {
                var socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        port,
                        InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host}),
                        0);
                held.add(socket);
                try {
                    socket.getOutputStream().write(beginning.getBytes(StandardCharsets.ISO_8859_1));
                } catch (IOException e) {
                    // made to go already
                }
            }
        }
    }

    /** How many of those that are held have been closed by the endpoint. */
    private long gone() {
        return held.stream()
                .filter(socket -> {
                    try {
                        socket.setSoTimeout(1);
                        return socket.getInputStream().read() < 0;
                    } catch (java.net.SocketTimeoutException e) {
                        return false;
                    } catch (IOException e) {
                        return true; // reset
                    }
                })
                .count();
    }

    @Test
    void whoHoldsConnectionsAndAsksNothingKeepsNobodyOut() throws Exception {
        try (var trap = new LogTrap(Crowd.class);
                var own = endpoint.another(plain())) {
            int port = own.start();
            var client = new RawHttp(port);
            crowd(port, 3, Listener.MAX_CONNECTIONS, PARTIAL);
            for (int i = 0; i < 20; i++) {
                assertThat(client.call("GET", "/readyz", "").status()).isEqualTo(200);
            }
            assertThat(trap.lines(Level.WARN))
                    .first()
                    .asString()
                    .isEqualTo("a connection of 127.0.0.2 was closed to make room: it had no request in hand");
            assertThat(client.call("GET", "/metrics", "").body())
                    .containsPattern("stationmaster_control_connections_closed_total [1-9]\\d\\d");
        }
    }

    @Test
    void overTlsToo(@TempDir Path directory) throws Exception {
        var config = tls(directory);
        var trusting = trusting(config);
        try (var _ = new LogTrap(Crowd.class);
                var own = endpoint.another(config)) {
            int port = own.start();
            crowd(port, 2, Listener.MAX_CONNECTIONS, "\u0016\u0003\u0001"); // a greeting that does not go on
            for (int i = 0; i < 5; i++) {
                assertThat(overTls(trusting, port)).isEqualTo("HTTP/1.1 200");
            }
        }
    }

    private static SSLContext trusting(ControlConfig config) throws IOException {
        var files = config.tls();
        assertThat(files).isNotNull();
        return TlsContexts.client(new Tls(files.certFile(), null, null, null));
    }

    private static String overTls(SSLContext trusting, int port) throws IOException {
        try (var socket = (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void oneAddressHasItsShareAndTheOthersConnectionsAreLeftAlone() throws Exception {
        try (var _ = new LogTrap(Crowd.class);
                var own = endpoint.another(plain())) {
            int port = own.start();
            crowd(port, 1, 8, PARTIAL);
            var early = List.copyOf(held);
            for (int i = 0; i < 300; i++) { // 127.0.0.3 alone, above its share
                var socket = new Socket(
                        InetAddress.getLoopbackAddress(), port, InetAddress.getByAddress(new byte[] {127, 0, 0, 3}), 0);
                held.add(socket);
            }
            await().until(() -> gone() == 300 - Crowd.SHARE.loopback());
            assertThat(early).allMatch(socket -> {
                try {
                    socket.getOutputStream().write("alhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    socket.setSoTimeout(10_000);
                    return socket.getInputStream().read() == 'H';
                } catch (IOException e) {
                    return false;
                }
            });
        }
    }

    @Test
    void aStreamIsNotMadeToGo() throws Exception {
        endpoint.put("A1", SOURCE);
        var streams = new Streams(1);
        try (var _ = new LogTrap(Crowd.class);
                var own = new ControlServer(endpoint.parts(plain(), RollingRestart.IMPOSSIBLE), streams)) {
            int port = own.start();
            try (var reader = new SseClient(port, SOURCES + "/A1/records")) {
                crowd(port, 3, Listener.MAX_CONNECTIONS, PARTIAL);
                assertThat(new RawHttp(port).call("GET", "/readyz", "").status())
                        .isEqualTo(200);
                for (int i = 0; i < 100; i++) {
                    assertThat(reader.nextLine()).isEqualTo(":");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoSaysNothingIsClosed(boolean isTls, @TempDir Path directory) throws Exception {
        var config = isTls ? tls(directory) : plain();
        var parts = endpoint.parts(config, RollingRestart.IMPOSSIBLE);
        try (var own = new ControlServer(
                parts,
                new Streams(Streams.COMMENT_MILLIS),
                new AuditLog(parts.auditLog(), Clock.SYSTEM, AuditLog.MAX_BYTES),
                new RequestBudget(1e9, System::nanoTime),
                100)) {
            int port = own.start();
            try (var idle = new Socket(InetAddress.getLoopbackAddress(), port)) {
                idle.setSoTimeout(10_000);
                assertThat(idle.getInputStream().read()).isEqualTo(-1);
            }
        }
    }
}
