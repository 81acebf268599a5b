package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** The description says what there is: nothing more, and nothing less. */
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class OpenApiTest {
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete");

    private final Endpoint endpoint;
    private final JsonNode document;

    OpenApiTest(Endpoint endpoint) throws Exception {
        this.endpoint = endpoint;
        this.document = endpoint.get("/openapi.json").json();
    }

    @Test
    void everyRouteIsDescribedWithItsRoleAndNothingElseIs() {
        var routes = new TreeMap<String, String>();
        for (var route : endpoint.server.routes()) {
            var role = route.role() == null ? "" : route.role().name().toLowerCase(Locale.ROOT);
            routes.put(route.method().name().toLowerCase(Locale.ROOT) + " " + route.path(), role);
        }
        var described = new TreeMap<String, String>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(operation -> {
                    if (METHODS.contains(operation.getKey())) {
                        described.put(
                                operation.getKey() + " " + path.getKey(),
                                operation.getValue().path("x-role").asString(""));
                    }
                }));
        assertThat(described).isEqualTo(routes).hasSizeGreaterThan(15);
    }

    @Test
    void everyParameterOfAPathIsDescribed() {
        for (var path : document.path("paths").properties()) {
            var named = new ArrayList<String>();
            path.getValue()
                    .path("parameters")
                    .forEach(parameter -> named.add("{" + parameter.path("name").asString() + "}"));
            var inPath = java.util.regex.Pattern.compile("\\{[^}]+}")
                    .matcher(path.getKey())
                    .results()
                    .map(match -> match.group())
                    .toList();
            assertThat(named).as(path.getKey()).isEqualTo(inPath);
        }
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        var references = new ArrayList<String>();
        collect(document, references);
        assertThat(references).hasSizeGreaterThan(20).allSatisfy(reference -> {
            assertThat(reference).startsWith("#/");
            assertThat(document.at(reference.substring(1)).isMissingNode())
                    .as(reference)
                    .isFalse();
        });
    }

    private static void collect(JsonNode node, List<String> references) {
        if (node.path("$ref").isString()) {
            references.add(node.path("$ref").asString());
        }
        node.forEach(child -> collect(child, references));
    }

    @Test
    void whatIsToldOfASourceAndOfTheMachineIsDescribed() throws Exception {
        endpoint.put("A1", Endpoint.SOURCE);
        var source = endpoint.get(Endpoint.SOURCES + "/A1").json();
        var schemas = document.path("components").path("schemas");
        var known = new ArrayList<>(schemas.path("Station").path("properties").propertyNames());
        known.addAll(
                schemas.path("Source").path("allOf").path(1).path("properties").propertyNames());
        assertThat(known).containsAll(source.propertyNames());
        assertThat(schemas.path("Machine").path("properties").propertyNames())
                .containsExactlyInAnyOrderElementsOf(
                        endpoint.get("/api/v1/machine").json().propertyNames());
    }
}
