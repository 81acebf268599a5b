package org.stationmaster.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Writes one stream of server-sent events; by one thread. */
final class Sse {
    static final String CONTENT_TYPE = "text/event-stream";

    private final OutputStream out;

    Sse(OutputStream out) {
        this.out = out;
    }

    void event(String name, Object data) throws IOException {
        write("event: " + name + "\ndata: ");
        out.write(Json.bytes(data)); // JSON holds no line break
        write("\n\n");
    }

    void dropped(long count) throws IOException {
        event("dropped", Map.of("count", count));
    }

    /** Says that the stream is alive, and finds out whether the reader is. */
    void comment() throws IOException {
        write(":\n\n");
        flush();
    }

    void flush() throws IOException {
        out.flush();
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
