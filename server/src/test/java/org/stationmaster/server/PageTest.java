package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.server.Endpoint.SOURCE;
import static org.stationmaster.server.Endpoint.assertProblem;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Secret;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.Role;

/** The dashboard's files and the route that is made for it; what it does is tested in a browser. */
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class PageTest {
    private static final Pattern LINK = Pattern.compile("(?:src|href|from) ?=? ?['\"]([^'\"#]+)['\"]");

    private final Endpoint endpoint;

    PageTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Test
    void everythingThePageNamesIsThereAndNothingIsFromElsewhere() throws IOException {
        var seen = new TreeSet<String>();
        var toRead = new ArrayDeque<>(List.of("/"));
        while (!toRead.isEmpty()) {
            var path = toRead.remove();
            if (!seen.add(path)) {
                continue;
            }
            var file = endpoint.get(path);
            assertThat(file.status()).as(path).isEqualTo(200);
            assertThat(file.header("content-security-policy")).isEqualTo(Page.POLICY);
            assertThat(file.header("x-content-type-options")).isEqualTo("nosniff");
            assertThat(file.header("content-type")).as(path).isEqualTo(type(path));
            assertThat(file.body()).doesNotContain("https:", "innerHTML", "<style", " style=", "eval(", "localStorage");
            LINK.matcher(file.body())
                    .results()
                    .map(link -> link.group(1).replaceFirst("^\\./", "/page/"))
                    .forEach(toRead::add);
        }
        assertThat(seen).hasSize(18).contains("/", "/page/main.js", "/page/page.css", "/page/icon.svg", "/page/map.js");
    }

    private static String type(String path) {
        return switch (path.substring(path.lastIndexOf('.') + 1)) {
            case "js" -> "text/javascript;charset=utf-8";
            case "css" -> "text/css;charset=utf-8";
            case "svg" -> "image/svg+xml;charset=utf-8";
            default -> "text/html;charset=utf-8";
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"none.js", "main.js.", "openapi.json", "..%2fopenapi.json", "%2e%2e", "MAIN.JS", "main.js%00"})
    void nothingElseIs(String file) throws IOException {
        assertThat(endpoint.get("/page/" + file).status()).isBetween(400, 404);
    }

    @Test
    void itIsOpenWhereTokensAreNeededAndWhatItShowsIsNot() throws Exception {
        var tokens = List.of(new ControlConfig.Token("wall", Role.READ, new Secret("0123456789abcdef0123")));
        try (var guarded = endpoint.another(new ControlConfig(new Bind("127.0.0.1", 0), tokens, null, Set.of()))) {
            var http = new RawHttp(guarded.start());
            assertThat(http.call("GET", "/", "").status()).isEqualTo(200);
            assertThat(http.call("GET", "/page/main.js", "").status()).isEqualTo(200);
            assertProblem(http.call("GET", "/api/v1/slots", ""), 401, "a token is needed");
        }
    }

    @Test
    void theKeysOfEveryProtocolAreTold() throws IOException {
        var protocols = endpoint.get("/api/v1/protocols").json().path("protocols");
        assertThat(protocols.findValuesAsString("name")).containsExactly("seedlink", "tcp-frames", "tcp-lines");
        assertThat(protocols.path(0).path("dialIn").asBoolean()).isFalse();
        assertThat(protocols.path(0).path("keys").path(3).toString())
                .isEqualTo("{\"key\":\"place.latitude\",\"type\":\"NUMBER\",\"meaning\":\"where\"}");
        assertThat(protocols.path(2).path("dialIn").asBoolean()).isTrue();
        assertProblem(endpoint.get("/api/v1/protocols?x=1"), 400, "unknown parameter 'x'");
    }

    @Test
    void everySlotIsALetterAndAnId() throws IOException {
        endpoint.put("A1", SOURCE);
        endpoint.put("S1", SOURCE.replace("\"rate\"", "\"groups\":[\"south\"],\"rate\""));
        var slots = endpoint.get("/api/v1/slots").json();
        var worker = slots.path("workers").path(0);
        assertThat(worker.path("id").asString()).isEqualTo("w0");
        assertThat(worker.path("state").asString()).isEqualTo("READY");
        assertThat(worker.path("states").asString()).isEqualTo("R" + "I".repeat(249));
        assertThat(worker.path("sources").path(0).asString()).isEqualTo("A1");
        assertThat(worker.path("sources").path(1).isNull()).isTrue();
        assertThat(worker.path("sources")).hasSize(250);
        assertThat(worker.path("failing")).isEmpty();
        assertThat(slots.path("waiting")).isEmpty();
        assertThat(slots.path("filtered").toString()).isEqualTo("[\"S1\"]");
        assertProblem(endpoint.get("/api/v1/slots?x=1"), 400, "unknown parameter 'x'");
    }
}
