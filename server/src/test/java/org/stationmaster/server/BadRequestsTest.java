package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.server.Endpoint.SOURCE;
import static org.stationmaster.server.Endpoint.SOURCES;
import static org.stationmaster.server.Endpoint.assertHeaders;
import static org.stationmaster.server.Endpoint.assertProblem;
import static org.stationmaster.server.Endpoint.ids;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused before it reaches the machine. */
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class BadRequestsTest {
    private final Endpoint endpoint;

    BadRequestsTest(Endpoint endpoint) {
        this.endpoint = endpoint;
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
        assertProblem(endpoint.put("A1", body), 400, "not JSON");
    }

    @Test
    void depthAndEncodingAreBounded() throws IOException {
        assertProblem(endpoint.put("A1", "[".repeat(100_000)), 400, "not JSON");
        var latin = "{\"host\":\"\u00FC\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertProblem(endpoint.http.call("PUT", SOURCES + "/A1", latin), 400, "line 1, column 10: not UTF-8");
        var wide = SOURCE.getBytes(StandardCharsets.UTF_16LE);
        assertProblem(endpoint.http.call("PUT", SOURCES + "/A1", wide), 400, "not JSON");
    }

    @Test
    void bodiesOverTheLimitAreRefused() throws IOException {
        var blanks = " ".repeat(1024 * 1024 - SOURCE.length());
        assertThat(endpoint.put("A1", SOURCE + blanks).status()).isEqualTo(201);
        assertProblem(endpoint.put("A2", SOURCE + blanks + " "), 413, "larger than 1 MiB");
        var chunk = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
        var chunked = "PUT " + SOURCES + "/A3 HTTP/1.1\r\nHost: localhost:" + endpoint.port
                + "\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(17) + "0\r\n\r\n";
        assertProblem(endpoint.http.exchange(chunked.getBytes(StandardCharsets.US_ASCII)), 413, "larger than 1 MiB");
        assertThat(endpoint.get(SOURCES + "/A2").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"..%2f..%2fetc", "%2e%2e", "..", "A%2fB", "A/B", "%00", "A%00", ".hidden", "A%20B", "%C3%BC", "%"
            })
    void pathsInPlaceOfAnIdReachNothing(String id) throws IOException {
        var read = endpoint.get(SOURCES + "/" + id);
        assertThat(read.status()).as(read.body()).isIn(400, 404);
        assertHeaders(read);
        var written = endpoint.put(id, SOURCE);
        assertThat(written.status()).as(written.body()).isIn(400, 404, 405, 422);
        assertThat(written.header("content-type")).startsWith("application/problem+json");
        assertThat(ids(endpoint.get(SOURCES))).isEmpty();
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
        var response = endpoint.http.call(method, path, "");
        assertProblem(response, 405, "not possible here");
        assertThat(response.header("allow")).isNotBlank();
    }

    @Test
    void unknownMethodsAndAddressesAreRefused() throws IOException {
        assertProblem(endpoint.get("/page/nothing.js"), 404, "there is no page/nothing.js");
        assertProblem(endpoint.get("/nothing"), 404, "nothing at this address");
        assertProblem(endpoint.get("/api/v1/nothing"), 404, "nothing at this address");
        assertThat(endpoint.http.call("BREW", "/api/v1/machine", "").status()).isIn(400, 405, 501);
        assertThat(endpoint.http
                        .exchange("hello\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
                        .status())
                .isEqualTo(400);
        var large = endpoint.http.call("GET", "/readyz", "", "X-Large: " + "x".repeat(10_000));
        assertThat(large.status()).isEqualTo(431);
        assertHeaders(large);
    }

    @Test
    void headIsGetWithoutABody() throws IOException {
        var head = endpoint.http.call("HEAD", "/api/v1/machine", "");
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
        var line = header.replace("PORT", Integer.toString(endpoint.port));
        assertProblem(endpoint.http.call("PUT", SOURCES + "/A1", SOURCE, line), 403, "");
        assertProblem(endpoint.http.call("GET", "/api/v1/nothing", "", line), 403, "");
        assertThat(ids(endpoint.get(SOURCES))).isEmpty();
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
        var line = header.replace("PORT", Integer.toString(endpoint.port));
        assertThat(endpoint.http.call("GET", SOURCES, "", line).status()).isEqualTo(200);
    }
}
