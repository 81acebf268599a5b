package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.server.Endpoint.SOURCE;
import static org.stationmaster.server.Endpoint.SOURCES;
import static org.stationmaster.server.Endpoint.assertProblem;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.MachineStoppedException;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.Source;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;

/** What the endpoint cannot do, and what it says of it. */
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class FaultsTest {
    private final Endpoint endpoint;

    FaultsTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Test
    void aStoppingMachineIsUnavailableAndAFaultIsNotShown() throws IOException {
        endpoint.machine.failure = new MachineStoppedException("the machine is stopping");
        assertProblem(endpoint.put("A1", SOURCE), 503, "the machine is stopping");
        try (var _ = new LogTrap(Faults.class)) {
            endpoint.machine.failure = new IllegalArgumentException("a secret path /etc/x");
            var response = endpoint.put("A1", SOURCE);
            assertProblem(response, 500, "the log has more");
            assertThat(response.body()).doesNotContain("/etc/x").doesNotContain("Exception");
        }
    }

    @Test
    void whatIsAnsweredWith5xxIsLoggedWithItsAddressAndItsCause() throws IOException, ControlStartException {
        try (var trap = new LogTrap(Faults.class);
                var own = endpoint.another(ControlConfig.on(new Bind("127.0.0.1", 0)))) {
            var client = new RawHttp(own.start());
            for (var failure : List.of(
                    new MachineStoppedException("the machine is stopping"),
                    new IllegalArgumentException("a secret"),
                    new IllegalArgumentException("another"),
                    new StackOverflowError("deep"))) {
                endpoint.machine.failure = failure;
                assertThat(client.call("DELETE", SOURCES + "/A1", "").status()).isGreaterThanOrEqualTo(500);
            }
            assertThat(client.exchange("GET /readyz HTTP/3.0\r\nHost: localhost\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII))
                            .status())
                    .isEqualTo(505);
            var deleted = "DELETE /api/v1/sources/A1 was answered with ";
            assertThat(trap.lines(Level.WARN))
                    .containsExactly(
                            deleted + "503: " + MachineStoppedException.class.getName() + ": the machine is stopping",
                            deleted + "500: java.lang.IllegalArgumentException: a secret",
                            deleted + "500: java.lang.IllegalArgumentException: another",
                            deleted + "500: java.lang.StackOverflowError: deep",
                            "BAD /badMessage was answered with 505: org.eclipse.jetty.http.HttpException$RuntimeException:"
                                    + " 505: Unsupported Version");
            assertThat(trap.lines(Level.ERROR)).containsExactly("a request failed", "a request failed");
            assertThat(trap.stacks()).as("one of each kind").isEqualTo(2);
        }
    }

    @Test
    void aClientThatGoesBeforeItsAnswerIsWholeIsNoFault() throws IOException, ControlStartException {
        for (int i = 0; i < SourceQuery.MAX_LIMIT; i++) {
            endpoint.machine.activate(Source.of("S" + i, "tcp-lines", "host.example", 7001));
        }
        try (var trap = new LogTrap(Faults.class)) {
            try (var own = endpoint.another(ControlConfig.on(new Bind("127.0.0.1", 0)));
                    var client = new Socket()) {
                client.setReceiveBufferSize(4096); // or all of the answer would be on its way already
                client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), own.start()));
                client.setSoLinger(true, 0);
                client.getOutputStream()
                        .write(("GET /api/v1/sources?limit=" + SourceQuery.MAX_LIMIT + " HTTP/1.1\r\nHost: 127.0.0.1:"
                                        + client.getPort() + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(client.getInputStream().read()).isEqualTo('H');
            } // first the client goes, then the endpoint, whose requests have ended by then
            assertThat(trap.lines(Level.WARN)).isEmpty();
            assertThat(trap.lines(Level.ERROR)).isEmpty();
        }
    }

    @Test
    void aFloodOf5xxIsCounted() {
        var nanos = new AtomicLong();
        try (var trap = new LogTrap(Faults.class)) {
            var log = new LimitedLog(LoggerFactory.getLogger(Faults.class), 2, 1, nanos::get);
            for (int i = 0; i < 10; i++) {
                log.warn("line {}" + i);
            }
            nanos.set(1_000_000_000L);
            for (int i = 10; i < 13; i++) {
                log.warn("line {}" + i);
            }
            log.close();
            log.close();
            assertThat(trap.lines(Level.WARN))
                    .containsExactly(
                            "line {}0",
                            "line {}1",
                            "8 more lines like these were left out",
                            "line {}10",
                            "line {}11",
                            "1 more lines like these were left out");
        }
    }
}
