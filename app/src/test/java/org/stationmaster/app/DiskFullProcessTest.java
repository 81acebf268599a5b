package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.testkit.NetworkReport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A disk that takes no more: an alarm, sockets that are not read, and when there is room again everything is archived,
 * once. The kernel plays the disk: past a process's limit a write is cut short, the next one fails.
 */
@Tag("system")
@Timeout(180)
class DiskFullProcessTest {
    private static final Path PRLIMIT = Path.of("/usr/bin/prlimit");
    private static final Duration LOOK = Duration.ofMillis(500);

    @TempDir
    private Path directory = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();

    private static void limitFileBytes(Child child, String bytes) throws Exception {
        var command = List.of(PRLIMIT.toString(), "--pid=" + child.handle().pid(), "--fsize=" + bytes + ":");
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    private JsonNode machine(Child run) throws IOException, InterruptedException {
        var matcher = Pattern.compile("control (http://\\S+)/").matcher(run.err());
        assertThat(matcher.find()).isTrue();
        var request = HttpRequest.newBuilder(URI.create(matcher.group(1) + "/api/v1/machine"))
                .build();
        return new JsonMapper()
                .readTree(
                        http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    private boolean isAlarmed(Child run) throws IOException, InterruptedException {
        for (var alarm : machine(run).get("alarms")) {
            if (alarm.get("kind").stringValue().equals("SINK")) {
                return true;
            }
        }
        return false;
    }

    private long records(Child run) throws IOException, InterruptedException {
        return machine(run).get("totals").get("records").longValue();
    }

    @Test
    void nothingIsLostWhileTheDiskIsFull() throws Exception {
        assumeTrue(Files.isExecutable(PRLIMIT), "no prlimit here");
        Files.writeString(directory.resolve("m.yaml"), """
                machine: { workers: 1, slots: 10 }
                control: { bind: "127.0.0.1:0" }
                sources: stations.yaml
                data: data
                """);
        try (var stations = Child.start(
                directory,
                "simulate",
                "tcp-frames",
                "--sources",
                "4",
                "--rate",
                "200",
                "--size",
                "16000",
                "--port",
                "0",
                "--stations",
                "stations.yaml",
                "--report",
                "report.json")) {
            stations.awaitOut(SimulateCommand.LISTENING);
            try (var run = Child.start(directory, "run", "m.yaml")) {
                run.awaitErr("ready: control");
                await().atMost(Child.PATIENCE).until(() -> records(run) > 0);
                limitFileBytes(run, "1000000");
                await().atMost(Child.PATIENCE).pollInterval(LOOK).until(() -> isAlarmed(run));
                var before = new AtomicLong(-1);
                await().atMost(Child.PATIENCE).pollInterval(LOOK).until(() -> {
                    long now = records(run); // 400 more at each look, as long as the sockets are read
                    return now == before.getAndSet(now);
                });
                limitFileBytes(run, "unlimited");
                await().atMost(Child.PATIENCE).pollInterval(LOOK).until(() -> !isAlarmed(run));
                await().atMost(Child.PATIENCE).until(() -> records(run) > before.get());
                stations.term();
                assertThat(stations.code()).as(stations.err()).isZero();
                run.term();
                assertThat(run.code()).as(run.err()).isZero();
            }
        }
        var report = NetworkReport.read(directory.resolve("report.json"));
        var counted = ArchiveAudit.of(
                directory.resolve("data/archive"), Framing.LENGTH_PREFIXED, report, id -> SourceAudit.Kills.NONE);
        assertThat(List.of(counted.lost(), counted.duplicates(), counted.foreign()))
                .containsExactly(0L, 0L, 0L);
        assertThat(counted.records()).isPositive();
    }
}
