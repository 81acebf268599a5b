package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calibrate, plan, run, as a user types them. The calibration is short: its figures say little, its form all. */
@Tag("system")
@Timeout(180)
class SizingProcessTest {
    private static final int SOURCES = 20;

    @TempDir
    private Path directory = Path.of("");

    @Test
    void whatWasCalibratedIsPlannedAndWhatWasPlannedRuns() throws Exception {
        calibrate();
        try (var simulator = Child.start(
                directory,
                "simulate",
                "tcp-frames",
                "--sources=" + SOURCES,
                "--rate=10",
                "--port=0",
                "--stations=stations.yaml")) {
            simulator.awaitOut(SimulateCommand.LISTENING);
            plan();
            run();
        }
    }

    private void calibrate() throws IOException, InterruptedException {
        try (var calibrate = Child.start(
                directory, "calibrate", "--rate=10", "--seconds=8", "--sources-max=100", "--plot=cap.svg", "--json")) {
            assertThat(calibrate.code()).as(calibrate.err()).isZero();
            var document = new JsonMapper().readTree(calibrate.out());
            assertThat(document.get("looks").isEmpty()).isFalse();
            assertThat(document.get("points").get(0).get("microsPerSource").doubleValue())
                    .isPositive();
            assertThat(calibrate.err())
                    .contains("warming up", "sources take ", "wrote profile.json", "wrote cap.svg")
                    .doesNotContain("\u001b");
        }
        assertThat(directory.resolve("cap.svg")).content().startsWith("<svg ").endsWith("</svg>\n");
        try (var files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as("what was archived meanwhile is gone")
                    .noneMatch(name -> name.startsWith("calibration-"));
        }
    }

    private void plan() throws IOException, InterruptedException {
        try (var plan = Child.start(
                directory, "plan", "--sources=" + SOURCES + "@10Hz", "--growth=1", "--write=machine.yaml")) {
            assertThat(plan.code()).as(plan.err()).isZero();
        }
        Files.writeString(
                directory.resolve("machine.yaml"), "control: { bind: \"127.0.0.1:0\" }\n", StandardOpenOption.APPEND);
    }

    private void run() throws IOException, InterruptedException {
        try (var run = Child.start(directory, "run", "machine.yaml")) {
            run.awaitErr("control http");
            var matcher = Pattern.compile("control (http://\\S+)/").matcher(run.err());
            assertThat(matcher.find()).isTrue();
            var address = URI.create(matcher.group(1) + "/api/v1/machine");
            Awaitility.await()
                    .atMost(Child.PATIENCE)
                    .until(() -> get(address).at("/totals/sources/RUNNING").asInt() == SOURCES
                            && get(address).at("/headroom").isNumber());
            var machine = get(address);
            assertThat(machine.get("size").get("workers").intValue()).isEqualTo(2);
            assertThat(machine.get("headroom").longValue()).isGreaterThanOrEqualTo(SOURCES);
            assertThat(machine.get("headroomRate").doubleValue()).isEqualTo(10);
            assertThat(machine.get("workers").get(0).get("kind").stringValue()).isEqualTo("process");
            run.term();
            assertThat(run.code()).as(run.err()).isIn(0, 143);
        }
    }

    private static JsonNode get(URI address) throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var response = client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
            return new JsonMapper().readTree(response.body());
        }
    }
}
