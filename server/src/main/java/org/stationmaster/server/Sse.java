package org.stationmaster.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.SourceId;

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

    /** An event with a number, behind which a reader may go on. */
    void event(long number, String name, Object data) throws IOException {
        write("id: " + number + "\n");
        event(name, data);
    }

    /** A number without an event: what comes is behind it. */
    void number(long number) throws IOException {
        write("id: " + number + "\n\n");
    }

    void dropped(long count) throws IOException {
        dropped(count, null);
    }

    /** @param source whose records they were; null: the stream is of one kind of event */
    void dropped(long count, @Nullable SourceId source) throws IOException {
        event("dropped", source == null ? Map.of("count", count) : Map.of("count", count, "source", source.value()));
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
