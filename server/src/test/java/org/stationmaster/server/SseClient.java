package org.stationmaster.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Iterator;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads one stream of events. */
final class SseClient implements AutoCloseable {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpResponse<Stream<String>> response;
    private final Iterator<String> lines;

    SseClient(int port, String path) throws IOException, InterruptedException {
        response = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .build(),
                BodyHandlers.ofLines());
        lines = response.body().iterator();
    }

    int status() {
        return response.statusCode();
    }

    String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** The next line that says something: {@code :}, or {@code event: …}. */
    String nextLine() {
        while (lines.hasNext()) {
            var line = lines.next();
            if (!line.isEmpty()) {
                return line;
            }
        }
        return "END";
    }

    record Event(String name, JsonNode data) {}

    /** The next event; comments are passed over. */
    Event next() {
        var line = nextLine();
        while (line.startsWith(":")) {
            line = nextLine();
        }
        if (!line.startsWith("event: ")) {
            return new Event(line, MAPPER.nullNode());
        }
        return new Event(
                line.substring("event: ".length()), MAPPER.readTree(nextLine().substring("data: ".length())));
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
