package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** From a process that dies and a network that falls silent to those who are told. */
@Tag("system")
@Timeout(300)
class AlarmProcessTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    /** A loss is shown for a minute, and is over ten seconds later. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    private Path directory = Path.of("");

    private final List<JsonNode> posted = new CopyOnWriteArrayList<>();
    private String url = "";

    private JsonNode machine() throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            return MAPPER.readTree(client.send(
                            HttpRequest.newBuilder(URI.create(url + "/api/v1/machine"))
                                    .build(),
                            BodyHandlers.ofString())
                    .body());
        }
    }

    private void awaitRunning(int sources) {
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() ->
                        machine().path("totals").path("sources").path("RUNNING").asInt() == sources);
    }

    private void awaitTold(String event, String subject) {
        Awaitility.await(event + " " + subject)
                .atMost(PATIENCE)
                .until(() -> posted.stream().anyMatch(message -> isOf(message, event, subject)));
    }

    private static boolean isOf(JsonNode message, String event, String subject) {
        return message.path("event").asString().equals(event)
                && message.path("subject").asString().equals(subject);
    }

    private String alarms() {
        var out = new StringWriter();
        int code = Cli.commandLine(new StopSignals(_ -> {}), new PrintWriter(out, true), new PrintWriter(out, true))
                .execute("alarms", "--url=" + url);
        assertThat(code).as(out.toString()).isZero();
        return out.toString();
    }

    private HttpServer webhook() throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            posted.add(MAPPER.readTree(exchange.getRequestBody().readAllBytes()));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        return server;
    }

    private Child machineProcess(int webhookPort) throws IOException {
        Files.writeString(
                directory.resolve("m.yaml"),
                "machine: { workers: 2, slots: 20, isolation: processes }\n"
                        + "control: { bind: \"127.0.0.1:0\" }\nsources: stations.yaml\ndata: data\nalarms:\n"
                        + "  - { type: webhook, url: \"http://127.0.0.1:" + webhookPort + "/\" }\n"
                        + "  - { type: command, argv: [/bin/sh, -c, \"cat >> " + directory.resolve("told")
                        + "; echo >> " + directory.resolve("told") + "\"] }\n");
        var run = Child.start(directory, "run", "m.yaml");
        run.awaitErr("ready: control");
        var matcher = Pattern.compile("control (http://\\S+)/").matcher(run.err());
        assertThat(matcher.find()).isTrue();
        url = matcher.group(1);
        return run;
    }

    @Test
    void aLostWorkerAndADeadNetworkAreToldAndThatTheyAreOver() throws Exception {
        var webhook = webhook();
        try (var stations = Child.start(
                directory,
                "simulate",
                "tcp-lines",
                "--sources=4",
                "--rate=20",
                "--port=0",
                "--stations=stations.yaml")) {
            stations.awaitOut(SimulateCommand.LISTENING);
            try (var run = machineProcess(webhook.getAddress().getPort())) {
                awaitRunning(4);
                assertThat(alarms()).isEqualTo("no alarms\n");
                var victim = machine().path("workers").get(0);
                assertThat(ProcessHandle.of(victim.path("pid").asLong())
                                .orElseThrow()
                                .destroyForcibly())
                        .isTrue();
                awaitTold("raised", "w0");
                awaitRunning(4);
                stations.term();
                assertThat(stations.code()).isZero();
                awaitTold("raised", "127.0.0.1");
                assertThat(alarms())
                        .contains("WORKER_LOST", "w0", "127.0.0.1", "4 of its 4 sources fail or are silent");
                var empty = Files.writeString(directory.resolve("empty.yaml"), "[]\n");
                Files.move(empty, directory.resolve("stations.yaml"), StandardCopyOption.REPLACE_EXISTING);
                awaitTold("cleared", "127.0.0.1");
                awaitTold("cleared", "w0");
                assertThat(alarms()).isEqualTo("no alarms\n");
                run.term();
                assertThat(run.code()).as(run.err()).isZero();
            }
            var told = Files.readAllLines(directory.resolve("told")).stream()
                    .map(MAPPER::readTree)
                    .toList();
            assertThat(told).as("the command, too").containsExactlyElementsOf(posted);
            assertThat(posted.stream().filter(message -> isOf(message, "raised", "127.0.0.1")))
                    .first()
                    .matches(message -> message.path("sources").asInt() == 4);
        } finally {
            webhook.stop(0);
        }
    }
}
