package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.server.Endpoint.SOURCE;
import static org.stationmaster.server.Endpoint.SOURCES;
import static org.stationmaster.server.Endpoint.assertProblem;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.stationmaster.core.api.MachineStoppedException;

/** Many sources in one request. */
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class BulkTest {
    private final Endpoint endpoint;

    BulkTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    private static String line(String id) {
        return "{\"id\":\"" + id + "\"," + SOURCE.substring(1);
    }

    private List<String> post(String body) throws IOException {
        return post(body.getBytes(StandardCharsets.UTF_8));
    }

    private List<String> post(byte[] body) throws IOException {
        return post(endpoint, body);
    }

    private static List<String> post(Endpoint endpoint, byte[] body) throws IOException {
        var response = endpoint.http.call("POST", SOURCES, body);
        assertThat(response.status()).as(response.body()).isEqualTo(200);
        assertThat(response.header("content-type")).startsWith("application/x-ndjson");
        return response.body().lines().toList();
    }

    @Test
    void eachLineHasItsAnswer() throws Exception {
        endpoint.book.stationFile(List.of(Endpoint.source("FILE1")));
        endpoint.put("KNOWN", SOURCE);
        var answers = post(String.join(
                "\n",
                line("A1"),
                "",
                line("KNOWN"),
                line("FILE1"),
                "{\"id\":\"B\"}",
                "{\"id\":",
                line("S1").replace("}", ",\"groups\":[\"south\"]}"),
                line("A1").replace("7001", "7002"),
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1}",
                line("BAD").replace("\"h\"", "\"scheduler.example\"") + "\r"));
        assertThat(answers)
                .containsExactly(
                        "{\"line\":1,\"id\":\"A1\",\"status\":201,\"state\":\"STARTING\"}",
                        "{\"line\":3,\"id\":\"KNOWN\",\"status\":200}",
                        "{\"line\":4,\"id\":\"FILE1\",\"status\":409,\"error\":\"source 'FILE1' belongs to the station"
                                + " file " + endpoint.directory.resolve("stations.yaml") + ": change it there\"}",
                        "{\"line\":5,\"status\":422,\"field\":\"protocol\",\"error\":\"3 errors; the first: 'protocol' is"
                                + " missing\"}",
                        answers.get(4),
                        "{\"line\":7,\"id\":\"S1\",\"status\":202,\"state\":\"FILTERED\",\"reason\":\"not in the"
                                + " groups of this machine\"}",
                        "{\"line\":8,\"id\":\"A1\",\"status\":200,\"state\":\"STARTING\"}",
                        "{\"line\":9,\"status\":422,\"field\":\"id\",\"error\":\"'id' is missing\"}",
                        "{\"line\":10,\"id\":\"BAD\",\"status\":422,\"field\":\"host\",\"error\":\"the scheduler does not"
                                + " want it\"}");
        assertThat(answers.get(4)).startsWith("{\"line\":6,\"status\":400,\"error\":\"line 1, column ");
        assertThat(endpoint.get(SOURCES + "/A1").json().path("port").asInt()).isEqualTo(7002);
    }

    @Tag("system")
    @Test
    void moreThanAreReadAheadComeInOneRequest() throws Exception {
        int many = BulkRoute.AHEAD + 1_000;
        var body = IntStream.range(0, many)
                .mapToObj(i -> line("S" + i))
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);
        try (var own = new Endpoint()) { // to remove them one by one would take longer than to add them
            var answers = post(own, body);
            assertThat(answers).hasSize(many);
            for (int i = 0; i < many; i++) {
                assertThat(answers.get(i)).startsWith("{\"line\":" + (i + 1) + ",\"id\":\"S" + i + "\",");
            }
            assertThat(answers.subList(0, 250)).allMatch(line -> line.contains("\"status\":201"));
            assertThat(answers.subList(250, many))
                    .allMatch(line -> line.contains("\"status\":202,\"state\":\"WAITING\""));
            assertThat(post(own, body).subList(0, 250)).allMatch(line -> line.contains("\"status\":200"));
        }
    }

    @Test
    void moreBytesThanAreReadAheadComeInOneRequest() throws IOException {
        int each = 100_000;
        int many = BulkRoute.AHEAD_BYTES / each + 3;
        var answers = post(IntStream.range(0, many)
                .mapToObj(i -> line("S" + i) + " ".repeat(each))
                .collect(Collectors.joining("\n")));
        assertThat(answers).hasSize(many).allMatch(line -> line.contains("\"status\":201"));
        assertThat(answers.getLast()).startsWith("{\"line\":" + many + ",");
    }

    @Test
    void aPasswordThatALineBeforeGaveIsKept() throws IOException {
        Files.writeString(endpoint.directory.resolve("secret"), "hunter2");
        var lines = new ArrayList<String>();
        lines.add(line("A1").replace("}", ",\"password\":\"file:secret\"}"));
        IntStream.range(0, 600).forEach(i -> lines.add(line("S" + i))); // more than are put at once
        lines.add(line("A1").replace("7001", "7002").replace("}", ",\"password\":\"kept\"}"));
        assertThat(post(String.join("\n", lines)).getLast()).contains("\"id\":\"A1\",\"status\":200");
        assertThat(endpoint.get(SOURCES + "/A1").json().path("port").asInt()).isEqualTo(7002);
    }

    @Test
    void fewAreReadAtOnceAndOthersAreToldToComeAgain() throws IOException {
        var slow = new ArrayList<Socket>();
        try {
            for (int i = 0; i < BulkRoute.AT_ONCE; i++) {
                var socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port);
                slow.add(socket);
                socket.getOutputStream()
                        .write(("POST " + SOURCES + " HTTP/1.1\r\nHost: localhost:" + endpoint.port
                                        + "\r\nContent-Length: 9\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
            }
            Awaitility.await()
                    .untilAsserted(() -> assertProblem(
                            endpoint.post(SOURCES, line("A1")),
                            429,
                            "4 requests with many sources are under way: come again when one of them is answered"));
        } finally {
            for (var socket : slow) {
                socket.close();
            }
        }
        Awaitility.await().until(() -> endpoint.post(SOURCES, line("A1")).status() == 200);
    }

    @Test
    void hostileLinesAreRefusedEachByItself() throws IOException {
        var bytes = new byte[] {'{', '"', (byte) 0xC3, '"', '}', '\n'};
        assertThat(post(bytes)).singleElement().asString().contains("\"status\":400", "not UTF-8");
        assertThat(post("[".repeat(100_000) + "\n" + line("A1")))
                .satisfiesExactly(
                        first -> assertThat(first).contains("\"status\":400"),
                        second -> assertThat(second).contains("\"status\":201"));
        assertThat(post("\n\n \r\n")).isEmpty();
        assertThat(post("")).isEmpty();
    }

    @Test
    void whatCameBeforeALineThatIsTooLargeIsDone() throws IOException {
        var answers = post(line("A1") + "\n" + line("A2") + "\n" + " ".repeat(Body.MAX_BYTES + 1));
        assertThat(answers).hasSize(3);
        assertThat(answers.getLast()).contains("\"line\":3,\"status\":413", "a line is larger than 1 MiB");
        assertThat(endpoint.get(SOURCES + "/A2").status()).isEqualTo(200);
    }

    @Test
    void aBodyThatSaysThatItIsTooLargeIsNotRead() throws IOException {
        var head = "POST " + SOURCES + " HTTP/1.1\r\nHost: localhost:" + endpoint.port
                + "\r\nConnection: close\r\nContent-Length: " + (Body.MAX_BULK_BYTES + 1) + "\r\n\r\n";
        assertProblem(
                endpoint.http.exchange(head.getBytes(StandardCharsets.US_ASCII)),
                413,
                "the body is larger than 64 MiB");
        assertProblem(endpoint.post(SOURCES + "?x=1", ""), 400, "unknown parameter 'x'");
    }

    @Test
    void aStoppingMachineAnswersEachLine() throws IOException {
        endpoint.machine.failure = new MachineStoppedException("the machine is stopping");
        assertThat(post(line("A1")))
                .containsExactly("{\"line\":1,\"status\":503,\"error\":\"the machine is stopping\"}");
    }
}
