package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code status} and {@code top} beside a real machine, which is killed then. */
@Tag("system")
@Timeout(180)
class TableProcessTest {
    @TempDir
    private Path directory = Path.of("");

    private Child run(String isolation) throws IOException {
        Files.writeString(
                directory.resolve("machine.yaml"),
                "machine: { workers: 2, slots: 8, isolation: " + isolation
                        + " }\ncontrol: { bind: \"127.0.0.1:0\" }\nsources: stations.yaml\n");
        var run = Child.start(directory, "run", "machine.yaml");
        run.awaitErr("ready: control");
        return run;
    }

    private Child simulator() throws IOException {
        var child = Child.start(
                directory,
                "simulate",
                "tcp-lines",
                "--sources",
                "6",
                "--rate",
                "20",
                "--port",
                "0",
                "--stations",
                "stations.yaml");
        child.awaitOut(SimulateCommand.LISTENING);
        return child;
    }

    private JsonNode status(int code) throws IOException, InterruptedException {
        try (var status = Child.start(directory, "status", "--json")) {
            assertThat(status.code()).as(status.err()).isEqualTo(code);
            return new JsonMapper().readTree(status.out());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    void aKilledMachineStillTells(String isolation) throws Exception {
        try (var _ = simulator();
                var run = run(isolation)) {
            Awaitility.await()
                    .atMost(Child.PATIENCE)
                    .until(() -> status(0).get("slots").path("RUNNING").intValue() == 6);
            var alive = status(0);
            assertThat(alive.get("life").stringValue()).isEqualTo("alive");
            assertThat(alive.get("pid").longValue()).isEqualTo(run.handle().pid());
            assertThat(alive.get("recordsPerSecond").doubleValue()).isPositive();
            assertThat(alive.get("slowest").get("count").intValue()).isEqualTo(6);
            for (var worker : alive.get("workers")) {
                assertThat(worker.get("alive").booleanValue()).isTrue();
                assertThat(worker.get("cpuPercent").isNull()).isFalse();
                assertThat(worker.get("kind").stringValue() + (isolation.equals("threads") ? "s" : "es"))
                        .isEqualTo(isolation);
            }
            run.handle().destroyForcibly();
            run.code();
            Awaitility.await().atMost(Child.PATIENCE).until(() -> {
                for (var worker : status(1).get("workers")) {
                    if (worker.get("alive").booleanValue()) {
                        return false;
                    }
                }
                return true;
            });
            var dead = status(1);
            assertThat(dead.get("life").stringValue()).isIn("died", "stopped");
            assertThat(dead.get("records").longValue())
                    .isGreaterThanOrEqualTo(alive.get("records").longValue());
            try (var top = Child.start(directory, "top", "--state", "data/state/table")) {
                assertThat(top.code()).isEqualTo(1);
                assertThat(top.out()).contains(dead.get("life").stringValue()).doesNotContain("\u001b");
                assertThat(top.err()).isEmpty();
            }
        }
    }

    @Test
    void aStoppedMachineHasStoppedInOrder() throws Exception {
        Files.writeString(directory.resolve("stations.yaml"), "[]");
        try (var run = run("processes")) {
            run.term();
            assertThat(run.code()).as(run.err()).isZero();
        }
        assertThat(status(1).get("life").stringValue()).isEqualTo("stopped");
    }
}
