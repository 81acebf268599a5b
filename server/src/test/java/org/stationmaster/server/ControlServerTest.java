package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.server.Endpoint.SOURCES;
import static org.stationmaster.server.Endpoint.assertHeaders;
import static org.stationmaster.server.Endpoint.assertProblem;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;

/** The endpoint as a whole: its life, its connections, what it tells of the machine. */
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class ControlServerTest {
    private final Endpoint endpoint;

    ControlServerTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Test
    void healthAndReadinessFollowTheMachine() throws IOException {
        assertThat(endpoint.get("/readyz").status()).isEqualTo(200);
        assertThat(endpoint.get("/healthz").status()).isEqualTo(200);
        endpoint.machine.ready = false;
        endpoint.machine.alive = false;
        assertThat(endpoint.get("/readyz").status()).isEqualTo(503);
        assertThat(endpoint.get("/readyz").body()).isEqualTo("{\"ready\":false}");
        assertThat(endpoint.get("/healthz").status()).isEqualTo(503);
    }

    @Test
    void theMachineIsTold() throws IOException {
        var response = endpoint.get("/api/v1/machine");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("content-type")).startsWith("application/json");
        assertHeaders(response);
        assertThat(response.body())
                .startsWith("{\"size\":{\"workers\":1,\"slots\":250},\"ready\":true,\"workers\":[{\"id\":\"w0\","
                        + "\"kind\":\"thread\",\"pid\":42,\"state\":\"READY\",\"slots\":{")
                .contains("\"IDLE\":250")
                .contains("\"load\":0.25,\"cpu\":0.5,\"losses\":0,\"limit\":null,\"headroom\":null}],"
                        + "\"totals\":{\"sources\":{\"RUNNING\":0},\"failing\":0,\"records\":7,")
                .contains("\"ends\":{\"RESET\":1},\"delivered\":{\"archive\":6},\"refused\":{\"archive\":1}},"
                        + "\"headroom\":412,\"headroomRate\":1.0,\"headroomError\":null,\"costRatio\":1.25,\"alarms\":[{\"kind\":\"SINK\",\"subject\":\"archive\","
                        + "\"since\":\"2026-11-24T00:00:00Z\",\"raisedAt\":\"2026-11-24T00:00:10Z\",\"sources\":0,"
                        + "\"message\":\"disk full\"}],"
                        + "\"wakeMillis\":{\"p50\":0.1,\"p99\":0.5,\"max\":0.9,\"count\":10},"
                        + "\"latencyMillis\":{\"p50\":120.0,\"p99\":480.0,\"max\":900.0,\"count\":3},"
                        + "\"deliveryMillis\":{\"archive\":212.5}}");
    }

    @Test
    void anOrdinaryClientKeepsItsConnection() throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://localhost:" + endpoint.port + SOURCES))
                    .build();
            for (int i = 0; i < 3; i++) {
                var response = client.send(request, BodyHandlers.ofString());
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.body()).isEqualTo("{\"sources\":[],\"next\":null}");
            }
        }
    }

    @Test
    void whoComesWhenAllAreTakenIsServedAndTheOneThatIsIdleForLongestGoes() throws IOException {
        var open = new ArrayList<Socket>();
        try (var _ = new LogTrap(Crowd.class)) {
            for (int i = 0; i < Listener.MAX_CONNECTIONS; i++) {
                var socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port);
                open.add(socket);
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write(readyz());
                assertThat(socket.getInputStream().read()).isEqualTo('H');
            }
            assertThat(new String(open.getFirst().getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .as("its answer, then the end")
                    .endsWith("}");
            open.getLast().getOutputStream().write(readyz());
            assertThat(new String(open.getLast().getInputStream().readNBytes(450), StandardCharsets.UTF_8))
                    .as("a second answer")
                    .contains("}HTTP/1.1 200");
        } finally {
            for (var socket : open) {
                socket.close();
            }
        }
    }

    private byte[] readyz() {
        return ("GET /readyz HTTP/1.1\r\nHost: localhost:" + endpoint.port + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void boundByNameTheAddressWillDo() throws IOException, ControlStartException {
        try (var own = endpoint.another(ControlConfig.on(new Bind("localhost", 0)))) {
            int named = own.start();
            var client = new RawHttp(named);
            assertThat(client.call("GET", "/readyz", "").status()).isEqualTo(200);
            assertThat(client.call("GET", "/readyz", "", "Host: localhost:" + named)
                            .status())
                    .isEqualTo(200);
            assertThat(client.call("GET", "/readyz", "", "Host: other:" + named).status())
                    .isEqualTo(403);
        }
    }

    @Test
    void aTakenPortIsNamed() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var there = ControlConfig.on(new Bind("127.0.0.1", taken.getLocalPort()));
            var second = endpoint.another(there);
            for (ThrowingCallable attempt :
                    List.<ThrowingCallable>of(() -> ControlServer.probe(there), second::start)) {
                assertThatThrownBy(attempt)
                        .isInstanceOf(ControlStartException.class)
                        .hasMessageContaining("127.0.0.1:" + taken.getLocalPort() + ": the address is taken")
                        .hasMessageContaining("control.bind");
            }
            second.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
    void beyondLoopbackIsRefused(String host) {
        assertThatThrownBy(endpoint.another(ControlConfig.on(new Bind(host, 0)))::start)
                .isInstanceOf(ControlStartException.class)
                .hasMessageContaining("is not loopback")
                .hasMessageContaining("tokens");
    }

    @Test
    void whereOneCouldListenIsKnownBeforeAndLeftFree() throws ControlStartException {
        var own = endpoint.another(ControlConfig.on(new Bind("localhost", 0)));
        int port = own.start();
        own.stop();
        var there = ControlConfig.on(new Bind("localhost", port));
        ControlServer.probe(there);
        try (var again = endpoint.another(there)) {
            assertThat(again.start()).isEqualTo(port);
        }
        assertThatThrownBy(() -> ControlServer.probe(ControlConfig.on(new Bind("0.0.0.0", 0))))
                .hasMessageContaining("is not loopback");
    }

    @Test
    void stopClosesThePortAndCanBeRepeated() throws IOException, ControlStartException {
        var own = endpoint.another(ControlConfig.on(new Bind("localhost", 0)));
        int first = own.start();
        assertThatThrownBy(own::start).isInstanceOf(IllegalStateException.class);
        own.stop();
        own.stop();
        try (var again = new ServerSocket()) {
            again.setReuseAddress(true);
            again.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), first));
        }
        int second = own.start();
        assertThat(new RawHttp(second)
                        .call("GET", "/readyz", "", "Host: localhost:" + second)
                        .status())
                .isEqualTo(200);
        own.close();
    }

    @Test
    void theAlarmsAreTold() throws IOException {
        assertThat(endpoint.get("/api/v1/alarms").body())
                .isEqualTo("{\"alarms\":[{\"kind\":\"SINK\",\"subject\":\"archive\",\"since\":\"2026-11-24T00:00:00Z\","
                        + "\"raisedAt\":\"2026-11-24T00:00:10Z\",\"sources\":0,\"message\":\"disk full\"}],\"more\":0,"
                        + "\"receivers\":[{\"receiver\":\"webhook https://h\",\"waiting\":1,\"delivered\":2,\"dropped\":3,"
                        + "\"lastError\":\"answered 500\"}]}");
        assertProblem(endpoint.get("/api/v1/alarms?x"), 400, "unknown parameter 'x'");
    }
}
