package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.stationmaster.server.Endpoint.SOURCE;
import static org.stationmaster.server.Endpoint.SOURCES;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Secret;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.Role;

/** Clients that mean ill, or are broken: each gets an answer of 4xx or a closed connection, and the next one is served. */
@Tag("system")
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class HostileClientsTest {
    private final Endpoint endpoint;

    HostileClientsTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** What the endpoint says to these bytes: the status, or nothing when it just closes. */
    private static String answer(int port, byte[] bytes) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            var text = new String(socket.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1);
            return text.isEmpty() ? "" : text.substring(9);
        } catch (java.net.SocketException e) {
            return ""; // reset
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void mutatedHeadsAreRefusedOrServed(long seed) throws IOException {
        var random = new Random(seed);
        var whole = ("PUT " + SOURCES + "/A1 HTTP/1.1\r\nHost: localhost:" + endpoint.port
                        + "\r\nContent-Type: application/json\r\nAuthorization: Bearer x\r\nOrigin: http://localhost:"
                        + endpoint.port + "\r\nContent-Length: " + SOURCE.length() + "\r\nConnection: close\r\n\r\n"
                        + SOURCE)
                .getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < 200; i++) {
            var bytes = whole.clone();
            for (int changes = random.nextInt(1, 6); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            int length = random.nextInt(10) == 0 ? random.nextInt(bytes.length) : bytes.length;
            var status = answer(endpoint.port, java.util.Arrays.copyOf(bytes, length));
            assertThat(status)
                    .as(() -> new String(bytes, StandardCharsets.ISO_8859_1))
                    .matches("|2..|4..|501|505");
        }
        assertThat(endpoint.put("A2", SOURCE).status()).isEqualTo(201);
    }

    @Test
    void mutatedTokensAreUnknown() throws Exception {
        var secret = "0123456789abcdef.ghijk";
        var token = new ControlConfig.Token("ops", Role.COMMAND, new Secret(secret));
        var config = new ControlConfig(new Bind("127.0.0.1", 0), List.of(token), null, java.util.Set.of());
        var random = new Random(7);
        try (var own = endpoint.another(config)) {
            var client = new RawHttp(own.start());
            assertThat(client.call("GET", SOURCES, "", "Authorization: Bearer " + secret)
                            .status())
                    .isEqualTo(200);
            for (int i = 0; i < 200; i++) {
                var bytes = ("Bearer " + secret).getBytes(StandardCharsets.ISO_8859_1);
                int at = "Bearer ".length() + random.nextInt(secret.length());
                bytes[at] = (byte) (bytes[at] ^ (1 << random.nextInt(5)));
                if (bytes[at] < ' ') {
                    continue;
                }
                var header = new String(bytes, StandardCharsets.ISO_8859_1).stripTrailing();
                assertThat(client.call("GET", SOURCES, "", "Authorization: " + header)
                                .status())
                        .as(header)
                        .isEqualTo(401);
            }
        }
    }

    @Test
    void aBodyThatTricklesIsGivenUp() {
        var nanos = new AtomicLong();
        var trickle = new InputStream() {
            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] buffer, int from, int length) {
                nanos.addAndGet(1_000_000_000L);
                buffer[from] = ' ';
                return 1;
            }
        };
        var body = new Body(trickle, 1_000, nanos::get);
        assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(ProblemException.class, body::line)
                        .problem()
                        .status())
                .isEqualTo(408);
        assertThat(nanos.get()).isBetween(10_000_000_000L, 12_000_000_000L);
    }

    @Test
    void aHeadThatTricklesIsGivenUpAndARequestInHandIsNot() throws Exception {
        var nanos = new AtomicLong();
        var scheduler = new ScheduledExecutorScheduler("patience", true);
        var server = new Server();
        var connector = new LocalConnector(server, new HttpConnectionFactory(new HttpConfiguration()));
        var patience = new Patience(scheduler, nanos::get);
        connector.addEventListener(patience);
        server.addConnector(connector);
        scheduler.start();
        server.start();
        try {
            var slow = connector.connect();
            await().until(() -> patience.watched() == 1);
            slow.addInput("GET / HT");
            nanos.addAndGet(25_000_000_000L);
            slow.addInput("T");
            patience.look();
            assertThat(slow.isOpen()).isTrue();
            nanos.addAndGet(10_000_000_000L);
            slow.addInput("P");
            patience.look();
            assertThat(slow.isOpen()).isFalse();

            var alive = connector.connect();
            for (int i = 0; i < 5; i++) {
                alive.addInput("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(alive.getResponse()).startsWith("HTTP/1.1 404");
                nanos.addAndGet(25_000_000_000L);
                patience.look();
                assertThat(alive.isOpen()).isTrue();
            }
            nanos.addAndGet(31_000_000_000L);
            patience.look();
            assertThat(alive.isOpen()).as("idle").isFalse();
        } finally {
            server.stop();
            scheduler.stop();
        }
    }

    /** A connection whose counters a test sets. */
    private static final class Counters {
        private long in;
        private long out;
        private long bytes;
        private final ByteArrayEndPoint endPoint = new ByteArrayEndPoint();

        private Connection connection() {
            return (Connection) Proxy.newProxyInstance(
                    Connection.class.getClassLoader(),
                    new Class<?>[] {Connection.class},
                    (self, method, arguments) -> switch (method.getName()) {
                        case "getMessagesIn" -> in;
                        case "getMessagesOut" -> out;
                        case "getBytesOut" -> bytes;
                        case "getEndPoint" -> endPoint;
                        case "hashCode" -> 7;
                        case "equals" -> self.hashCode() == arguments[0].hashCode();
                        default -> throw new AssertionError(method);
                    });
        }
    }

    @Test
    void aRequestInHandAndAStreamThatSpeaksAreLeftAlone() {
        var nanos = new AtomicLong();
        var patience = new Patience(new ScheduledExecutorScheduler("never started", true), nanos::get);
        var counters = new Counters();
        patience.onOpened(counters.connection());
        counters.in = 1;
        for (int i = 0; i < 10; i++) {
            nanos.addAndGet(20_000_000_000L);
            patience.look();
        }
        counters.out = 1; // the head of its answer was sent
        for (int i = 0; i < 10; i++) {
            nanos.addAndGet(20_000_000_000L);
            counters.bytes += 3;
            patience.look();
        }
        assertThat(counters.endPoint.isOpen()).isTrue();
        nanos.addAndGet(31_000_000_000L);
        patience.look();
        assertThat(counters.endPoint.isOpen()).isFalse();
    }

    @Test
    void slowClientsDoNotKeepOthersOut() throws IOException {
        var open = new ArrayList<Socket>();
        try {
            for (int i = 0; i < Listener.MAX_CONNECTIONS / 2; i++) {
                var socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port);
                open.add(socket);
                socket.getOutputStream().write("GET /readyz HTTP/1.1\r\nHost: loc".getBytes(StandardCharsets.US_ASCII));
            }
            assertThat(endpoint.put("A1", SOURCE).status()).isEqualTo(201);
        } finally {
            for (var socket : open) {
                socket.close();
            }
        }
    }

    @Test
    void aFloodIsAnsweredWith429AndOthersAreServed() {
        var nanos = new AtomicLong();
        var budget = new RequestBudget(10, nanos::get);
        for (int i = 0; i < 20; i++) {
            assertThat(budget.take("10.0.0.1")).isTrue();
        }
        assertThat(budget.take("10.0.0.1")).isFalse();
        assertThat(budget.take("10.0.0.2")).isTrue();
        nanos.addAndGet(100_000_000L);
        assertThat(budget.take("10.0.0.1")).isTrue();
        assertThat(budget.take("10.0.0.1")).isFalse();
    }

    @Test
    void theFloodIsToldWhenToComeAgain() throws Exception {
        var parts = endpoint.parts(ControlConfig.on(new Bind("127.0.0.1", 0)), RollingRestart.IMPOSSIBLE);
        var audit = new AuditLog(parts.auditLog(), org.stationmaster.core.api.Clock.SYSTEM, AuditLog.MAX_BYTES);
        try (var own =
                new ControlServer(parts, new Streams(Streams.COMMENT_MILLIS), audit, new RequestBudget(1, () -> 0))) {
            var client = new RawHttp(own.start());
            assertThat(client.call("GET", SOURCES, "").status()).isEqualTo(200);
            assertThat(client.call("GET", SOURCES, "").status()).isEqualTo(200);
            var refused = client.call("GET", SOURCES, "");
            Endpoint.assertProblem(refused, 429, "come again in a second");
            assertThat(refused.header("retry-after")).isEqualTo("1");
        }
    }
}
