package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;
import tools.jackson.databind.json.JsonMapper;

/** Writes answers. */
final class Json {
    static final String CONTENT_TYPE = "application/json";

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    static byte[] bytes(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    static void answer(Context context, int status, Object value) {
        context.status(status).contentType(CONTENT_TYPE).result(bytes(value));
    }

    static void answer(Context context, Problem problem) {
        context.status(problem.status()).contentType(Problem.CONTENT_TYPE).result(bytes(problem));
    }

    /** Writes an answer that may be large without holding its text in memory. */
    static void stream(Context context, Object value) throws IOException {
        context.status(200).contentType(CONTENT_TYPE);
        try (var out = context.res().getOutputStream()) {
            MAPPER.writeValue(out, value);
        }
    }
}
