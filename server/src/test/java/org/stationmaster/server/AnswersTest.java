package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.stationmaster.server.Endpoint.SOURCES;

import ch.qos.logback.classic.Level;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.stationmaster.core.api.Secret;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.Role;

/** What was answered, and who was refused. */
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class AnswersTest {
    private final Endpoint endpoint;

    AnswersTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Test
    void refusedAccessIsCountedAndToldByItsAddress() throws Exception {
        var secret = "0123456789abcdef.ghijk";
        var tokens = List.of(new ControlConfig.Token("wall", Role.READ, new Secret(secret)));
        try (var trap = new LogTrap(Answers.class);
                var own = endpoint.another(new ControlConfig(new Bind("127.0.0.1", 0), tokens, null, Set.of()))) {
            var client = new RawHttp(own.start());
            var auth = "Authorization: Bearer " + secret;
            assertThat(client.call("GET", SOURCES, "", "Authorization: Bearer guessed.guessed")
                            .status())
                    .isEqualTo(401);
            assertThat(client.call("PUT", SOURCES + "/evil", "", auth).status()).isEqualTo(403);
            assertThat(client.call("GET", SOURCES, "", auth, "Host: evil.example")
                            .status())
                    .isEqualTo(403);
            assertThat(client.exchange("GET / HTTP/7\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
                            .status())
                    .isIn(400, 505);
            await().untilAsserted(() -> assertThat(
                            client.call("GET", "/metrics", "", auth).body().lines())
                    .contains(
                            "stationmaster_control_refused_total{status=\"401\"} 1.0",
                            "stationmaster_control_refused_total{status=\"403\"} 2.0",
                            "stationmaster_control_refused_total{status=\"429\"} 0.0",
                            "stationmaster_control_answers_total{status=\"5xx\"} 1.0",
                            "stationmaster_control_answers_total{status=\"4xx\"} 3.0"));
            assertThat(trap.lines(Level.WARN))
                    .containsExactly(
                            "a request of 127.0.0.1 was refused with 401",
                            "a request of 127.0.0.1 was refused with 403",
                            "a request of 127.0.0.1 was refused with 403");
        }
    }

    @Test
    void aFloodOfRefusalsIsFiveLinesAMinuteAndCounted() {
        var nanos = new AtomicLong();
        try (var trap = new LogTrap(Answers.class);
                var answers = new Answers(nanos::get)) {
            for (int i = 0; i < 1_000; i++) {
                answers.count(429, "192.0.2.7");
            }
            assertThat(trap.lines(Level.WARN)).hasSize(5);
            nanos.addAndGet(60_000_000_000L);
            answers.count(429, "192.0.2.7");
            assertThat(trap.lines(Level.WARN)).hasSize(7).contains("995 more lines like these were left out");
            assertThat(answers.refused(429)).isEqualTo(1_001);
            assertThat(answers.ofClass(4)).isEqualTo(1_001);
        }
    }
}
