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
    private String lastId = "";

    SseClient(int port, String path) throws IOException, InterruptedException {
        this(port, path, "");
    }

    /** @param lastId goes on behind this number; empty: from now on */
    SseClient(int port, String path, String lastId) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        if (!lastId.isEmpty()) {
            request.header("Last-Event-ID", lastId);
        }
        response = client.send(request.build(), BodyHandlers.ofLines());
        lines = response.body().iterator();
    }

    int status() {
        return response.statusCode();
    }

    String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** The next line that says something: {@code :}, or {@code event: …}; a number is kept. */
    String nextLine() {
        while (lines.hasNext()) {
            var line = lines.next();
            if (line.startsWith("id: ")) {
                lastId = line.substring("id: ".length());
            } else if (!line.isEmpty()) {
                return line;
            }
        }
        return "END";
    }

    /** The number that was told last; empty: none was. */
    String lastId() {
        return lastId;
    }

    /** The next event of a kind. */
    Event next(String name) {
        var event = next();
        while (!event.name().equals(name) && !event.name().equals("END")) {
            event = next();
        }
        return event;
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
