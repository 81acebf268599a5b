package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.server.Endpoint.SOURCE;
import static org.stationmaster.server.Endpoint.SOURCES;
import static org.stationmaster.server.Endpoint.assertHeaders;
import static org.stationmaster.server.Endpoint.assertProblem;
import static org.stationmaster.server.Endpoint.ids;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Source;

/** Sources one at a time: what is told of them, and how they are changed. */
@Tag("system")
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class SourceRoutesTest {
    private final Endpoint endpoint;

    SourceRoutesTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Test
    void aSourceIsPutChangedAndReleased() throws IOException {
        var created = endpoint.put("A1", SOURCE);
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.json().path("state").asString()).isEqualTo("RUNNING");
        long epoch = created.json().path("epoch").asLong();

        var same = endpoint.put("A1", "{\"id\":\"A1\"," + SOURCE.substring(1));
        assertThat(same.status()).isEqualTo(200);
        assertThat(same.json().path("epoch").asLong()).isEqualTo(epoch);

        var changed = endpoint.put("A1", SOURCE.replace("7001", "7002"));
        assertThat(changed.status()).isEqualTo(200);
        assertThat(changed.json().path("epoch").asLong()).isGreaterThan(epoch);
        assertThat(changed.json().path("port").asInt()).isEqualTo(7002);

        var gone = endpoint.http.call("DELETE", SOURCES + "/A1", "");
        assertThat(gone.status()).isEqualTo(204);
        assertThat(gone.body()).isEmpty();
        assertHeaders(gone);
        assertProblem(endpoint.http.call("DELETE", SOURCES + "/A1", ""), 404, "source 'A1' is not known");
        assertProblem(endpoint.get(SOURCES + "/A1"), 404, "source 'A1' is not known");
    }

    /** However the path is written: the few platform threads serve short requests alone. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "//",
                "/.",
                "/./",
                "/x/..",
                "/;x",
                ";x",
                "/;",
                "/%2F",
                "/%2f/",
                "/%2e",
                "/x/%2e%2e",
                "/%20"
            })
    void aListIsNeverServedByAPlatformThread(String tail) throws IOException {
        endpoint.machine.listedBy = null;
        int status = endpoint.get(SOURCES + tail + "?limit=10000").status();
        var by = endpoint.machine.listedBy;
        assertThat(by == null || by.isVirtual())
                .as(tail + ": " + status + " by " + by)
                .isTrue();
        if (tail.equals("/")) {
            assertThat(by).as("the path with a slash is the list").isNotNull();
        }
    }

    @Test
    void oneSourceIsToldWithoutItsSecret() throws IOException {
        Files.writeString(endpoint.directory.resolve("secret"), "hunter2");
        endpoint.put(
                "A1",
                "{\"protocol\":\"seedlink\",\"host\":\"h\",\"port\":7001,\"groups\":[\"b\",\"a\"],\"batch\":5,"
                        + "\"streams\":\"BH?\",\"selectors\":[\"BHZ\",\"BHN\"],\"user\":\"me\",\"password\":\"file:secret\",\"tls\":true,"
                        + "\"attributes\":{\"site\":\"Quito\"},\"silenceSeconds\":9}");
        assertThat(endpoint.get(SOURCES + "/A1").body())
                .isEqualTo("{\"id\":\"A1\",\"protocol\":\"seedlink\",\"host\":\"h\",\"port\":7001,\"rate\":null,"
                        + "\"groups\":[\"a\",\"b\"],\"attributes\":{\"site\":\"Quito\"},\"enabled\":true,"
                        + "\"silenceSeconds\":9.0,\"connectTimeoutMillis\":10000,\"tls\":true,\"user\":\"me\",\"password\":\"kept\","
                        + "\"batch\":5,\"selectors\":[\"BHZ\",\"BHN\"],\"streams\":\"BH?\",\"origin\":\"rest\",\"state\":\"RUNNING\",\"worker\":\"w0\",\"slot\":0,"
                        + "\"epoch\":1001,\"initialised\":true,\"failing\":false,\"reason\":\"NONE\",\"detail\":\"\","
                        + "\"lastRecordAt\":\"2026-11-24T01:02:03Z\",\"latencyMillis\":null,\"records\":7,"
                        + "\"bytes\":700,\"reconnects\":0,\"corrupt\":0,\"corruptBytes\":0,\"late\":0,"
                        + "\"silences\":0,\"gaps\":0,\"overlaps\":0,\"foreign\":0,\"clockOff\":0}");
    }

    @Test
    void waitingAndFilteredAreAccepted() throws IOException {
        for (int i = 0; i < 250; i++) {
            endpoint.machine.activate(Source.of("S" + i, "tcp-lines", "h", 1));
        }
        var waiting = endpoint.put("Z1", SOURCE);
        assertThat(waiting.status()).isEqualTo(202);
        assertThat(waiting.json().path("state").asString()).isEqualTo("WAITING");
        var filtered = endpoint.put("Z2", SOURCE.replace("}", ",\"groups\":[\"south\"]}"));
        assertThat(filtered.status()).isEqualTo(202);
        assertThat(filtered.json().path("state").asString()).isEqualTo("FILTERED");
        assertThat(filtered.json().path("worker").isNull()).isTrue();
    }

    @Test
    void pauseAndResume() throws IOException {
        endpoint.put("A1", SOURCE);
        var paused = endpoint.http.call("POST", SOURCES + "/A1/pause", "");
        assertThat(paused.status()).isEqualTo(200);
        assertThat(paused.json().path("state").asString()).isEqualTo("PAUSED");
        assertThat(endpoint.http
                        .call("POST", SOURCES + "/A1/resume", "")
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("STARTING");
        assertProblem(endpoint.http.call("POST", SOURCES + "/B/pause", ""), 404, "not known");
        assertProblem(endpoint.http.call("POST", SOURCES + "/B/resume", ""), 404, "not known");
    }

    @Test
    void whatTheStationFileOwnsIsNeitherPutNorDeleted() throws Exception {
        endpoint.book.stationFile(List.of(Endpoint.source("FILE1")));
        var where = "source 'FILE1' belongs to the station file " + endpoint.directory.resolve("stations.yaml")
                + ": change it there";
        assertProblem(endpoint.put("FILE1", SOURCE), 409, where);
        assertProblem(
                endpoint.http.call("PUT", SOURCES + "/FILE1", SOURCE, "If-None-Match: *"),
                412,
                "it is there already: " + where);
        assertProblem(endpoint.http.call("DELETE", SOURCES + "/FILE1", ""), 409, "belongs to the station file");
        assertThat(endpoint.get(SOURCES + "/FILE1").json().path("origin").asString())
                .isEqualTo("file");
        assertThat(endpoint.post(SOURCES + "/FILE1/pause", "").status()).isEqualTo(200);
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
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"password\":\"${PATH}\"} | password | only in a station file",
                "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"password\":\"file:/etc/passwd\"} | password | below",
                "[] | `` | must be an object",
                "7 | `` | must be an object",
            })
    void wrongMetadataNamesTheField(String body, String field, String detail) throws IOException {
        var response = endpoint.put("A1", body);
        assertProblem(response, 422, detail);
        assertThat(response.json().path("field").asString()).isEqualTo(field);
        assertThat(endpoint.get(SOURCES + "/A1").status()).isEqualTo(404);
    }

    @Test
    void severalErrorsAreAllTold() throws IOException {
        var response = endpoint.put("A1", "{\"protocol\":\"tcp-lines\",\n\"host\":\"\",\"port\":0}");
        assertProblem(response, 422, "2 errors; the first: 'host' is empty");
        assertThat(response.json().path("errors").toString())
                .isEqualTo("[{\"field\":\"host\",\"detail\":\"'host' is empty: give it a value or leave the key out\","
                        + "\"line\":2,\"column\":8},{\"field\":\"port\",\"detail\":\"port 0 is out of range 1 to 65535\","
                        + "\"line\":2,\"column\":18}]");
    }

    @Test
    void oneOfManyPutsOfAnIdCreates() throws InterruptedException, ExecutionException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Integer>> puts = IntStream.range(0, 20)
                    .<Callable<Integer>>mapToObj(
                            _ -> () -> endpoint.put("A1", SOURCE).status())
                    .toList();
            var statuses = new ArrayList<Integer>();
            for (var answer : threads.invokeAll(puts)) {
                statuses.add(answer.get());
            }
            assertThat(statuses).containsOnlyOnce(201).containsOnly(200, 201);
        }
    }

    @Test
    void whatIsOnlyToBeAddedChangesNothing() throws IOException {
        assertThat(add(SOURCE, "*").status()).isEqualTo(201);
        var again = add(SOURCE.replace("7001", "7002"), "*");
        assertProblem(again, 412, "source 'A1' is there already");
        assertThat(again.json().path("field").asString()).isEqualTo("id");
        assertThat(endpoint.get(SOURCES + "/A1").json().path("port").asInt()).isEqualTo(7001);
        assertProblem(add(SOURCE, "\"a\""), 400, "only * can be asked for");
    }

    @Test
    void ofManyThatAddAnIdOneDoes() throws InterruptedException, ExecutionException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Integer>> adds = IntStream.range(0, 20)
                    .<Callable<Integer>>mapToObj(_ -> () -> add(SOURCE, "*").status())
                    .toList();
            var statuses = new ArrayList<Integer>();
            for (var answer : threads.invokeAll(adds)) {
                statuses.add(answer.get());
            }
            assertThat(statuses).containsOnlyOnce(201).containsOnly(201, 412);
        }
    }

    private RawHttp.Response add(String body, String condition) throws IOException {
        return endpoint.http.call("PUT", SOURCES + "/A1", body, "If-None-Match: " + condition);
    }

    @Test
    void theListIsWalkedPageByPageEachSourceOnce() throws IOException {
        for (int i = 0; i < 250; i++) {
            endpoint.machine.activate(Source.builder("S" + i, "tcp-lines", "h", 1)
                    .group(i % 2 == 0 ? "even" : "odd")
                    .build());
        }
        var seen = new ArrayList<String>();
        var after = "";
        while (!after.equals("null")) {
            var page = endpoint.get(SOURCES + (after.isEmpty() ? "" : "?after=" + after));
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
        assertThat(ids(endpoint.get(SOURCES + "?limit=3&group=odd"))).containsExactly("S1", "S101", "S103");
        assertThat(ids(endpoint.get(SOURCES + "?limit=10000&state=RUNNING"))).hasSize(250);
        assertThat(ids(endpoint.get(SOURCES + "?state=PAUSED"))).isEmpty();
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
        assertProblem(endpoint.get(SOURCES + "?" + query), 400, detail);
    }

    @Test
    void anEncodedIdIsTheId() throws IOException {
        assertThat(endpoint.put("A%31", SOURCE).status()).isEqualTo(201);
        assertThat(endpoint.get(SOURCES + "/A1").status()).isEqualTo(200);
        assertProblem(endpoint.put("x".repeat(65), SOURCE), 422, "is no id");
    }
}
