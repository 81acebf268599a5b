package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.MachineStoppedException;
import org.stationmaster.core.api.Source;
import org.stationmaster.server.RawHttp.Response;
import org.stationmaster.server.inventory.Bind;

@Timeout(60)
class ControlServerTest {
    private static final String SOURCE = "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":7001,\"rate\":2}";
    private static final String SOURCES = "/api/v1/sources";

    @TempDir
    static Path directory;

    /** One machine and one endpoint for all tests: to start them takes longer than any test. */
    private static final FakeMachine MACHINE = new FakeMachine(250);

    private static ControlServer server = endpoint(new Bind("127.0.0.1", 0));
    private static int port;

    private final RawHttp http = new RawHttp(port);

    private static ControlServer endpoint(Bind bind) {
        return new ControlServer(
                bind,
                MACHINE,
                MACHINE,
                FakeProtocol.ALL,
                id -> id.value().startsWith("FILE"),
                directory == null ? Path.of("") : directory);
    }

    @BeforeAll
    static void start() throws ControlStartException {
        server = endpoint(new Bind("127.0.0.1", 0));
        port = server.start();
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @AfterEach
    void forget() {
        MACHINE.forget();
    }

    private Response get(String path) throws IOException {
        return http.call("GET", path, "");
    }

    private Response put(String id, String body) throws IOException {
        return http.call("PUT", SOURCES + "/" + id, body);
    }

    private static void assertProblem(Response response, int status, String detail) {
        assertThat(response.status()).as(response.body()).isEqualTo(status);
        assertThat(response.header("content-type")).startsWith("application/problem+json");
        var json = response.json();
        assertThat(json.path("type").asString()).isEqualTo("about:blank");
        assertThat(json.path("status").asInt()).isEqualTo(status);
        assertThat(json.path("title").asString()).isNotBlank();
        assertThat(json.path("detail").asString()).contains(detail);
        assertHeaders(response);
    }

    private static void assertHeaders(Response response) {
        assertThat(response.headers())
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("content-security-policy", "default-src 'none'")
                .containsEntry("cache-control", "no-store")
                .doesNotContainKeys("server", "x-powered-by");
    }

    @Test
    void healthAndReadinessFollowTheMachine() throws IOException {
        assertThat(get("/readyz").status()).isEqualTo(200);
        assertThat(get("/healthz").status()).isEqualTo(200);
        MACHINE.ready = false;
        MACHINE.alive = false;
        assertThat(get("/readyz").status()).isEqualTo(503);
        assertThat(get("/readyz").body()).isEqualTo("{\"ready\":false}");
        assertThat(get("/healthz").status()).isEqualTo(503);
    }

    @Test
    void theMachineIsTold() throws IOException {
        var response = get("/api/v1/machine");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("content-type")).startsWith("application/json");
        assertHeaders(response);
        assertThat(response.body())
                .startsWith("{\"size\":{\"workers\":1,\"slots\":250},\"ready\":true,\"workers\":[{\"id\":\"w0\","
                        + "\"kind\":\"thread\",\"pid\":42,\"state\":\"READY\",\"slots\":{")
                .contains("\"IDLE\":250")
                .contains("\"load\":0.25}],\"totals\":{\"sources\":{\"RUNNING\":0},\"failing\":0,\"records\":7,")
                .contains("\"ends\":{\"RESET\":1},\"delivered\":{\"archive\":6},\"refused\":{\"archive\":1}},"
                        + "\"headroom\":null,\"alarms\":[{\"kind\":\"SINK\",\"subject\":\"archive\","
                        + "\"since\":\"2026-11-24T00:00:00Z\",\"message\":\"disk full\"}],"
                        + "\"wakeMillis\":{\"p50\":0.1,\"p99\":0.5,\"max\":0.9,\"count\":10}}");
    }

    @Test
    void aSourceIsPutChangedAndReleased() throws IOException {
        var created = put("A1", SOURCE);
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.json().path("state").asString()).isEqualTo("RUNNING");
        long epoch = created.json().path("epoch").asLong();

        var same = put("A1", "{\"id\":\"A1\"," + SOURCE.substring(1));
        assertThat(same.status()).isEqualTo(200);
        assertThat(same.json().path("epoch").asLong()).isEqualTo(epoch);

        var changed = put("A1", SOURCE.replace("7001", "7002"));
        assertThat(changed.status()).isEqualTo(200);
        assertThat(changed.json().path("epoch").asLong()).isGreaterThan(epoch);
        assertThat(changed.json().path("port").asInt()).isEqualTo(7002);

        var gone = http.call("DELETE", SOURCES + "/A1", "");
        assertThat(gone.status()).isEqualTo(204);
        assertThat(gone.body()).isEmpty();
        assertHeaders(gone);
        assertProblem(http.call("DELETE", SOURCES + "/A1", ""), 404, "source 'A1' is not known");
        assertProblem(get(SOURCES + "/A1"), 404, "source 'A1' is not known");
    }

    @Test
    void oneSourceIsToldWithoutItsSecret() throws IOException {
        Files.writeString(directory.resolve("secret"), "hunter2");
        put(
                "A1",
                "{\"protocol\":\"seedlink\",\"host\":\"h\",\"port\":7001,\"groups\":[\"b\",\"a\"],\"batch\":5,"
                        + "\"streams\":\"BH?\",\"selectors\":[\"BHZ\",\"BHN\"],\"user\":\"me\",\"password\":\"file:secret\",\"tls\":true,"
                        + "\"attributes\":{\"site\":\"Quito\"},\"silenceSeconds\":9}");
        assertThat(get(SOURCES + "/A1").body())
                .isEqualTo("{\"id\":\"A1\",\"protocol\":\"seedlink\",\"host\":\"h\",\"port\":7001,\"rate\":null,"
                        + "\"groups\":[\"a\",\"b\"],\"attributes\":{\"site\":\"Quito\"},\"enabled\":true,"
                        + "\"silenceSeconds\":9.0,\"connectTimeoutMillis\":10000,\"tls\":true,\"user\":\"me\","
                        + "\"batch\":5,\"selectors\":[\"BHZ\",\"BHN\"],\"streams\":\"BH?\",\"state\":\"RUNNING\",\"worker\":\"w0\",\"slot\":0,"
                        + "\"epoch\":1001,\"initialised\":true,\"failing\":false,\"reason\":\"NONE\",\"detail\":\"\","
                        + "\"lastRecordAt\":\"2026-11-24T01:02:03Z\",\"latencyMillis\":null,\"records\":7,"
                        + "\"bytes\":700,\"reconnects\":0,\"corrupt\":0,\"corruptBytes\":0,\"late\":0,"
                        + "\"silences\":0,\"gaps\":0,\"overlaps\":0,\"foreign\":0}");
    }

    @Test
    void waitingAndFilteredAreAccepted() throws IOException {
        for (int i = 0; i < 250; i++) {
            MACHINE.activate(Source.of("S" + i, "tcp-lines", "h", 1));
        }
        var waiting = put("Z1", SOURCE);
        assertThat(waiting.status()).isEqualTo(202);
        assertThat(waiting.json().path("state").asString()).isEqualTo("WAITING");
        var filtered = put("Z2", SOURCE.replace("}", ",\"groups\":[\"south\"]}"));
        assertThat(filtered.status()).isEqualTo(202);
        assertThat(filtered.json().path("state").asString()).isEqualTo("FILTERED");
        assertThat(filtered.json().path("worker").isNull()).isTrue();
    }

    @Test
    void pauseAndResume() throws IOException {
        put("A1", SOURCE);
        var paused = http.call("POST", SOURCES + "/A1/pause", "");
        assertThat(paused.status()).isEqualTo(200);
        assertThat(paused.json().path("state").asString()).isEqualTo("PAUSED");
        assertThat(http.call("POST", SOURCES + "/A1/resume", "")
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("STARTING");
        assertProblem(http.call("POST", SOURCES + "/B/pause", ""), 404, "not known");
        assertProblem(http.call("POST", SOURCES + "/B/resume", ""), 404, "not known");
    }

    @Test
    void whatTheStationFileOwnsIsNotPut() throws IOException {
        assertProblem(put("FILE1", SOURCE), 409, "belongs to the station file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\"} | port | 'port' is missing",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":\"7001\"} | port | 'port' must be a whole number",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":70000} | port | out of range 1 to 65535",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"port\":2} | port | stands twice",
                "{\"protocol\":\"tcp-lines\",\"host\":1,\"port\":1} | host | 'host' must be text",
                "{\"protocol\":\"tcp-lines\",\"host\":null,\"port\":1} | host | 'host' must be text; found null",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"rate\":0} | rate | out of range",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"rate\":1e999} | rate | out of range",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"rates\":1} | rates | did you mean 'rate'?",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"enabled\":\"true\"} | enabled | true or false",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"streams\":\"x\"} | streams | belongs to protocol",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"id\":\"B\"} | id | not that of the address",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"id\":7} | id | 'id' must be text",
                "{\"protocol\":\"tcp-lines\",\"host\":\"refused.example\",\"port\":1} | host | is refused by tcp-lines",
                "{\"protocol\":\"tcp-lines\",\"host\":\"scheduler.example\",\"port\":1} | host | the scheduler does not",
                "{\"protocol\":\"smtp\",\"host\":\"h\",\"port\":1} | protocol | known are seedlink, tcp-frames",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"password\":\"file:../x\"} | password | below the",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"password\":\"${PATH}\"} | password | station file only",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"password\":\"file:/etc/passwd\"} | password | below",
                "[] | `` | must be an object",
                "7 | `` | must be an object",
            })
    void wrongMetadataNamesTheField(String body, String field, String detail) throws IOException {
        var response = put("A1", body);
        assertProblem(response, 422, detail);
        assertThat(response.json().path("field").asString()).isEqualTo(field);
        assertThat(get(SOURCES + "/A1").status()).isEqualTo(404);
    }

    @Test
    void severalErrorsAreAllTold() throws IOException {
        var response = put("A1", "{\"protocol\":\"tcp-lines\",\n\"host\":\"\",\"port\":0}");
        assertProblem(response, 422, "2 errors; the first: 'host' is empty");
        assertThat(response.json().path("errors").toString())
                .isEqualTo("[{\"field\":\"host\",\"detail\":\"'host' is empty: give it a value or leave the key out\","
                        + "\"line\":2,\"column\":8},{\"field\":\"port\",\"detail\":\"port 0 is out of range 1 to 65535\","
                        + "\"line\":2,\"column\":18}]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{}{}",
                "hello",
                "{'protocol':'x'}",
                "{\"a\":01}",
                "{\"a\":NaN}",
                "{\"a\":1,}",
                "// no\n{}",
                "{\"a\":\"\u0001\"}",
                "protocol: tcp-lines"
            })
    void whatIsNoJsonIsABadRequest(String body) throws IOException {
        assertProblem(put("A1", body), 400, "not JSON");
    }

    @Test
    void depthAndEncodingAreBounded() throws IOException {
        assertProblem(put("A1", "[".repeat(100_000)), 400, "not JSON");
        var latin = "{\"host\":\"\u00FC\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertProblem(http.call("PUT", SOURCES + "/A1", latin), 400, "line 1, column 10: not UTF-8");
        var wide = SOURCE.getBytes(StandardCharsets.UTF_16LE);
        assertProblem(http.call("PUT", SOURCES + "/A1", wide), 400, "not JSON");
    }

    @Test
    void bodiesOverTheLimitAreRefused() throws IOException {
        var blanks = " ".repeat(1024 * 1024 - SOURCE.length());
        assertThat(put("A1", SOURCE + blanks).status()).isEqualTo(201);
        assertProblem(put("A2", SOURCE + blanks + " "), 413, "larger than 1 MiB");
        var chunk = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
        var chunked = "PUT " + SOURCES + "/A3 HTTP/1.1\r\nHost: localhost:" + port
                + "\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(17) + "0\r\n\r\n";
        assertProblem(http.exchange(chunked.getBytes(StandardCharsets.US_ASCII)), 413, "larger than 1 MiB");
        assertThat(get(SOURCES + "/A2").status()).isEqualTo(404);
    }

    @Test
    void theListIsWalkedPageByPageEachSourceOnce() throws IOException {
        for (int i = 0; i < 250; i++) {
            MACHINE.activate(Source.builder("S" + i, "tcp-lines", "h", 1)
                    .group(i % 2 == 0 ? "even" : "odd")
                    .build());
        }
        var seen = new ArrayList<String>();
        var after = "";
        while (!after.equals("null")) {
            var page = get(SOURCES + (after.isEmpty() ? "" : "?after=" + after));
            assertThat(page.status()).isEqualTo(200);
            assertHeaders(page);
            var sources = page.json().path("sources");
            sources.forEach(source -> seen.add(source.path("id").asString()));
            after = page.json().path("next").asString("null");
            assertThat(sources.size()).isEqualTo(after.equals("null") ? 50 : 100);
        }
        assertThat(seen)
                .containsExactlyElementsOf(
                        IntStream.range(0, 250).mapToObj(i -> "S" + i).sorted().toList());
        assertThat(ids(get(SOURCES + "?limit=3&group=odd"))).containsExactly("S1", "S101", "S103");
        assertThat(ids(get(SOURCES + "?limit=10000&state=RUNNING"))).hasSize(250);
        assertThat(ids(get(SOURCES + "?state=PAUSED"))).isEmpty();
    }

    private static List<String> ids(Response response) {
        return StreamSupport.stream(response.json().path("sources").spliterator(), false)
                .map(source -> source.path("id").asString())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0, limit '0' must be",
        "limit=10001, limit '10001' must be",
        "limit=abc, limit 'abc' must be",
        "limit=-1, limit '-1' must be",
        "limit=, limit '' must be",
        "limit=99999999999, must be a whole number from 1 to 10000",
        "limit=1&limit=2, stands 2 times",
        "limt=1, unknown parameter 'limt'",
        "state=running, unknown state 'running'",
        "state=IDLE, known are STARTING",
    })
    void wrongQueriesAreRefused(String query, String detail) throws IOException {
        assertProblem(get(SOURCES + "?" + query), 400, detail);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"..%2f..%2fetc", "%2e%2e", "..", "A%2fB", "A/B", "%00", "A%00", ".hidden", "A%20B", "%C3%BC", "%"
            })
    void pathsInPlaceOfAnIdReachNothing(String id) throws IOException {
        var read = get(SOURCES + "/" + id);
        assertThat(read.status()).as(read.body()).isIn(400, 404);
        assertHeaders(read);
        var written = put(id, SOURCE);
        assertThat(written.status()).as(written.body()).isIn(400, 404, 405, 422);
        assertThat(written.header("content-type")).startsWith("application/problem+json");
        assertThat(ids(get(SOURCES))).isEmpty();
    }

    @Test
    void anEncodedIdIsTheId() throws IOException {
        assertThat(put("A%31", SOURCE).status()).isEqualTo(201);
        assertThat(get(SOURCES + "/A1").status()).isEqualTo(200);
        assertProblem(put("x".repeat(65), SOURCE), 422, "is no id");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/v1/machine",
        "PUT, /readyz",
        "DELETE, /api/v1/sources",
        "PATCH, /api/v1/sources/A1",
        "POST, /api/v1/sources/A1",
        "GET, /api/v1/sources/A1/pause",
        "OPTIONS, /api/v1/sources",
        "TRACE, /api/v1/sources",
    })
    void otherMethodsAreNotAllowed(String method, String path) throws IOException {
        var response = http.call(method, path, "");
        assertProblem(response, 405, "not possible here");
        assertThat(response.header("allow")).isNotBlank();
    }

    @Test
    void unknownMethodsAndAddressesAreRefused() throws IOException {
        assertProblem(get("/"), 404, "nothing at this address");
        assertProblem(get("/api/v1/nothing"), 404, "nothing at this address");
        assertThat(http.call("BREW", "/api/v1/machine", "").status()).isIn(400, 405, 501);
        assertThat(http.exchange("hello\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
                        .status())
                .isEqualTo(400);
        var large = http.call("GET", "/readyz", "", "X-Large: " + "x".repeat(10_000));
        assertThat(large.status()).isEqualTo(431);
        assertHeaders(large);
    }

    @Test
    void headIsGetWithoutABody() throws IOException {
        var head = http.call("HEAD", "/api/v1/machine", "");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertHeaders(head);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: evil.example",
                "Host: evil.example:PORT",
                "Host: localhost",
                "Host: localhost:1",
                "Host: 127.0.0.1.evil.example:PORT",
                "Host: localhost.:PORT",
                "Origin: http://evil.example",
                "Origin: null",
                "Origin: https://127.0.0.1:PORT",
                "Origin: http://127.0.0.1:1",
                "Origin: http://127.0.0.1:PORT.evil.example",
                "Sec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: same-site",
            })
    void pagesFromElsewhereHaveNoAccess(String header) throws IOException {
        var line = header.replace("PORT", Integer.toString(port));
        assertProblem(http.call("PUT", SOURCES + "/A1", SOURCE, line), 403, "");
        assertProblem(http.call("GET", "/api/v1/nothing", "", line), 403, "");
        assertThat(ids(get(SOURCES))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: localhost:PORT",
                "Host: LOCALHOST:PORT",
                "Origin: http://127.0.0.1:PORT",
                "Origin: http://localhost:PORT",
                "Sec-Fetch-Site: same-origin",
                "Sec-Fetch-Site: none",
            })
    void ourOwnPagesHave(String header) throws IOException {
        var line = header.replace("PORT", Integer.toString(port));
        assertThat(http.call("GET", SOURCES, "", line).status()).isEqualTo(200);
    }

    @Test
    void aStoppingMachineIsUnavailableAndAFaultIsNotShown() throws IOException {
        MACHINE.failure = new MachineStoppedException("the machine is stopping");
        assertProblem(put("A1", SOURCE), 503, "the machine is stopping");
        try (var _ = new LogTrap(Faults.class)) {
            MACHINE.failure = new IllegalArgumentException("a secret path /etc/x");
            var response = put("A1", SOURCE);
            assertProblem(response, 500, "the log has more");
            assertThat(response.body()).doesNotContain("/etc/x").doesNotContain("Exception");
        }
    }

    @Test
    void whatIsAnsweredWith5xxIsLoggedWithItsAddressAndItsCause() throws IOException, ControlStartException {
        try (var trap = new LogTrap(Faults.class);
                var own = endpoint(new Bind("127.0.0.1", 0))) {
            var client = new RawHttp(own.start());
            for (var failure : List.of(
                    new MachineStoppedException("the machine is stopping"),
                    new IllegalArgumentException("a secret"),
                    new IllegalArgumentException("another"),
                    new StackOverflowError("deep"))) {
                MACHINE.failure = failure;
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

    @Test
    void oneOfManyPutsOfAnIdCreates() throws InterruptedException, ExecutionException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Integer>> puts = IntStream.range(0, 20)
                    .<Callable<Integer>>mapToObj(_ -> () -> put("A1", SOURCE).status())
                    .toList();
            var statuses = new ArrayList<Integer>();
            for (var answer : threads.invokeAll(puts)) {
                statuses.add(answer.get());
            }
            assertThat(statuses).containsOnlyOnce(201).containsOnly(200, 201);
        }
    }

    @Test
    void anOrdinaryClientKeepsItsConnection() throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + SOURCES))
                    .build();
            for (int i = 0; i < 3; i++) {
                var response = client.send(request, BodyHandlers.ofString());
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.body()).isEqualTo("{\"sources\":[],\"next\":null}");
            }
        }
    }

    @Test
    void connectionsOverTheLimitWaitUntilOthersEnd() throws IOException {
        var open = new ArrayList<Socket>();
        try {
            for (int i = 0; i < Listener.MAX_CONNECTIONS; i++) {
                var socket = new Socket(InetAddress.getLoopbackAddress(), port);
                open.add(socket);
                socket.getOutputStream().write(readyz());
                assertThat(socket.getInputStream().read()).isEqualTo('H');
            }
            try (var late = new Socket(InetAddress.getLoopbackAddress(), port)) {
                late.getOutputStream().write(readyz());
                late.setSoTimeout(200);
                assertThatThrownBy(() -> late.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
                for (var socket : open) {
                    socket.close();
                }
                late.setSoTimeout(20_000);
                assertThat(late.getInputStream().read()).isEqualTo('H');
            }
        } finally {
            for (var socket : open) {
                socket.close();
            }
        }
    }

    private static byte[] readyz() {
        return ("GET /readyz HTTP/1.1\r\nHost: localhost:" + port + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void boundByNameTheAddressWillDo() throws IOException, ControlStartException {
        try (var own = endpoint(new Bind("localhost", 0))) {
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
            var second = endpoint(new Bind("127.0.0.1", taken.getLocalPort()));
            assertThatThrownBy(second::start)
                    .isInstanceOf(ControlStartException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort() + ": the address is taken")
                    .hasMessageContaining("control.bind");
            second.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
    void beyondLoopbackIsRefused(String host) {
        assertThatThrownBy(endpoint(new Bind(host, 0))::start)
                .isInstanceOf(ControlStartException.class)
                .hasMessageContaining("is not loopback")
                .hasMessageContaining("tokens");
    }

    @Test
    void stopClosesThePortAndCanBeRepeated() throws IOException, ControlStartException {
        var own = endpoint(new Bind("localhost", 0));
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
}
