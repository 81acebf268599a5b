package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.stationmaster.server.Endpoint.SOURCE;
import static org.stationmaster.server.Endpoint.SOURCES;
import static org.stationmaster.server.Endpoint.assertProblem;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Commands to stations, and the log of who did what. */
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class CommandTest {
    private final Endpoint endpoint;
    private final Path audit;

    CommandTest(Endpoint endpoint) {
        this.endpoint = endpoint;
        this.audit = endpoint.directory.resolve("audit.log");
    }

    private JsonNode lastAudited() throws IOException {
        return JsonMapper.builder().build().readTree(Files.readAllLines(audit).getLast());
    }

    private RawHttp.Response send(String command, String query) throws IOException {
        endpoint.put("A1", SOURCE);
        return endpoint.post(SOURCES + "/A1/commands" + query, command);
    }

    @Test
    void anAcknowledgedCommandIsAnsweredAndAudited() throws IOException {
        var response = send("position?\r\n", "?deadlineMillis=200");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"outcome\":\"ACKNOWLEDGED\",\"millis\":1.5}");
        var line = lastAudited();
        assertThat(line.path("who").asString()).isEqualTo("loopback");
        assertThat(line.path("from").asString()).isEqualTo("127.0.0.1");
        assertThat(line.path("at").asString()).startsWith("20").endsWith("Z");
        assertThat(line.path("method").asString()).isEqualTo("POST");
        assertThat(line.path("path").asString()).isEqualTo(SOURCES + "/A1/commands");
        assertThat(line.path("status").asInt()).isEqualTo(200);
        assertThat(line.path("outcome").asString()).isEqualTo("ACKNOWLEDGED");
        assertThat(line.path("bytes").asInt()).isEqualTo(11);
        assertThat(new String(Base64.getDecoder().decode(line.path("command").asString()), StandardCharsets.US_ASCII))
                .isEqualTo("position?\r\n");
        assertThat(Files.getPosixFilePermissions(audit)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @ParameterizedTest
    @CsvSource({
        "UNIDIRECTIONAL, 409",
        "PAUSED, 409",
        "NO_TASK, 503",
        "NOT_CONNECTED, 503",
        "FAILED, 502",
        "DEADLINE, 504",
    })
    void eachOutcomeHasItsStatus(String outcome, int status) throws IOException {
        try (var _ = new LogTrap(Faults.class)) {
            assertProblem(send(outcome, ""), status, outcome + ": told by the task within 5000 ms");
        }
        assertThat(lastAudited().path("outcome").asString()).isEqualTo(outcome);
        assertThat(lastAudited().path("status").asInt()).isEqualTo(status);
    }

    @Test
    void wrongCommandsAreRefused() throws IOException {
        assertProblem(send("", ""), 400, "the body is empty");
        assertProblem(send("x", "?deadlineMillis=0"), 400, "deadlineMillis '0' must be a whole number from 1 to 60000");
        assertProblem(send("x", "?deadlineMillis=60001"), 400, "from 1 to 60000");
        assertProblem(send("x", "?deadline=1"), 400, "unknown parameter 'deadline': known are deadlineMillis");
        assertProblem(endpoint.post(SOURCES + "/NOBODY/commands", "NO_TASK"), 404, "NO_TASK");
        assertProblem(endpoint.post(SOURCES + "/..%2f/commands", "x"), 404, "not known");
        assertProblem(send("x".repeat(Body.MAX_BYTES + 1), ""), 413, "larger than 1 MiB");
    }

    @Test
    void allThatChangesSomethingIsAuditedAndNothingElse() throws IOException {
        endpoint.put("A1", SOURCE);
        int before = Files.readAllLines(audit).size();
        endpoint.get(SOURCES);
        endpoint.get(SOURCES + "/A1");
        endpoint.http.call("HEAD", SOURCES, "");
        assertThat(Files.readAllLines(audit)).hasSize(before);
        endpoint.post(SOURCES + "/A1/pause", "");
        assertThat(lastAudited().path("path").asString()).endsWith("/pause");
        endpoint.post(SOURCES, "{}\n{}");
        await().until(() -> lastAudited().path("lines").toString().equals("{\"422\":2}"));
        endpoint.http.call("DELETE", SOURCES + "/NOBODY", "");
        assertThat(lastAudited().path("status").asInt()).isEqualTo(404);
        assertThat(Files.readAllLines(audit)).hasSize(before + 3);
    }

    @Test
    void theAuditLogIsRotatedAndAFailureIsTold(@TempDir Path directory) throws Exception {
        var file = directory.resolve("audit.log");
        var log = new AuditLog(file, org.stationmaster.core.api.Clock.SYSTEM, 1_000);
        var parts = endpoint.parts(ControlConfig.on(new Bind("127.0.0.1", 0)), RollingRestart.IMPOSSIBLE);
        try (log;
                var own = new ControlServer(
                        parts, new Streams(Streams.COMMENT_MILLIS), log, new RequestBudget(1e9, System::nanoTime))) {
            var client = new RawHttp(own.start());
            for (int i = 0; i < 60; i++) {
                client.call("DELETE", SOURCES + "/NOBODY" + i, "");
            }
            try (var files = Files.list(directory)) {
                assertThat(files.map(path -> path.getFileName().toString()))
                        .containsExactlyInAnyOrder(
                                "audit.log", "audit.log.1", "audit.log.2", "audit.log.3", "audit.log.4");
            }
            for (var name : List.of("audit.log", "audit.log.1", "audit.log.4")) {
                assertThat(Files.size(directory.resolve(name))).isBetween(100L, 1_000L);
            }
            assertThat(Files.readString(file)).contains("NOBODY59");
        }
        try (var trap = new LogTrap(AuditLog.class);
                var broken = new AuditLog(
                        directory.resolve("nothing/audit.log"), org.stationmaster.core.api.Clock.SYSTEM, 1_000);
                var own = new ControlServer(
                        parts, new Streams(Streams.COMMENT_MILLIS), broken, new RequestBudget(1e9, System::nanoTime))) {
            var client = new RawHttp(own.start());
            assertThat(client.call("DELETE", SOURCES + "/NOBODY", "").status()).isEqualTo(404);
            assertThat(trap.lines(ch.qos.logback.classic.Level.WARN))
                    .singleElement()
                    .asString()
                    .contains("cannot be written, what was done is not in it");
        }
    }
}
