package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.stationmaster.server.Endpoint.SOURCE;
import static org.stationmaster.server.Endpoint.SOURCES;
import static org.stationmaster.server.Endpoint.assertProblem;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;

@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class GroupsAndRestartTest {
    private static final String GROUPS = "/api/v1/groups";
    private static final String RESTART = "/api/v1/rolling-restart";

    private final Endpoint endpoint;

    GroupsAndRestartTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    private String state(String id) throws IOException {
        return endpoint.get(SOURCES + "/" + id).json().path("state").asString();
    }

    @Test
    void aGroupIsDisabledAndEnabled() throws IOException {
        endpoint.put("A1", SOURCE.replace("}", ",\"groups\":[\"north\"]}"));
        endpoint.put("A2", SOURCE.replace("}", ",\"groups\":[\"north\",\"sea\"]}"));
        endpoint.put("A3", SOURCE);
        assertThat(endpoint.get(GROUPS).body())
                .isEqualTo("{\"groups\":[{\"name\":\"north\",\"enabled\":true,\"sources\":2},"
                        + "{\"name\":\"sea\",\"enabled\":true,\"sources\":1}]}");
        var disabled = endpoint.http.call("PUT", GROUPS + "/north", "{\"enabled\":false}");
        assertThat(disabled.status()).isEqualTo(200);
        assertThat(disabled.body()).isEqualTo("{\"name\":\"north\",\"enabled\":false,\"sources\":2}");
        assertThat(List.of(state("A1"), state("A2"), state("A3"))).containsExactly("FILTERED", "RUNNING", "RUNNING");
        assertThat(endpoint.get(GROUPS).body()).contains("\"north\",\"enabled\":false");
        assertThat(endpoint.http
                        .call("PUT", GROUPS + "/north", "{\"enabled\":true}")
                        .status())
                .isEqualTo(200);
        assertThat(state("A1")).isEqualTo("RUNNING");
        assertThat(endpoint.http
                        .call("PUT", GROUPS + "/typo", "{\"enabled\":false}")
                        .body())
                .isEqualTo("{\"name\":\"typo\",\"enabled\":false,\"sources\":0}");
        assertThat(endpoint.get(GROUPS).body()).contains("{\"name\":\"typo\",\"enabled\":false,\"sources\":0}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | 422",
                "[] | 422",
                "{\"enabled\":1} | 422",
                "{\"enabled\":true,\"x\":1} | 422",
                "{\"enabled\":true | 400",
                "{\"enabled\":true}{} | 400",
                "{\"enabled\":true,\"enabled\":false} | 400",
            })
    void wrongSwitchesAreRefused(String body, int status) throws IOException {
        assertProblem(endpoint.http.call("PUT", GROUPS + "/north", body), status, "");
        assertProblem(endpoint.http.call("PUT", GROUPS + "/" + "x".repeat(101), "{\"enabled\":true}"), 422, "1 to 100");
    }

    @Test
    void threadsAreNotRestarted() throws IOException {
        assertProblem(endpoint.post(RESTART, ""), 409, "isolation: processes");
        assertThat(endpoint.get(RESTART).json().path("state").asString()).isEqualTo("NONE");
    }

    @Test
    void oneRoundAtATimeAndItsResultIsKept() throws Exception {
        var go = new CountDownLatch(1);
        RollingRestart slow = limit -> {
            go.await();
            return List.of("w1 did not come back within " + limit.toSeconds() + " s");
        };
        var config = ControlConfig.on(new Bind("127.0.0.1", 0));
        try (var own = new ControlServer(endpoint.parts(config, slow))) {
            var client = new RawHttp(own.start());
            var begun = client.call("POST", RESTART, "");
            assertThat(begun.status()).isEqualTo(202);
            assertThat(begun.header("location")).isEqualTo(RESTART);
            assertThat(begun.json().path("state").asString()).isEqualTo("RUNNING");
            assertProblem(client.call("POST", RESTART, ""), 409, "under way");
            go.countDown();
            await().until(() -> !client.call("GET", RESTART, "").body().contains("RUNNING"));
            var over = client.call("GET", RESTART, "").json();
            assertThat(over.path("state").asString()).isEqualTo("DONE");
            assertThat(over.path("left").toString()).isEqualTo("[\"w1 did not come back within 20 s\"]");
            assertThat(client.call("POST", RESTART, "").status()).isEqualTo(202);
        }
    }
}
