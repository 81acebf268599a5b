package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import org.eclipse.jetty.io.EofException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes answers. */
final class Json {
    static final String CONTENT_TYPE = "application/json";

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

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

    /** The one switch of a request's body. */
    static boolean flag(byte[] body, String key) {
        try {
            var json = STRICT.readTree(body);
            if (json.isObject() && json.size() == 1 && json.path(key).isBoolean()) {
                return json.path(key).booleanValue();
            }
        } catch (JacksonException e) {
            throw new ProblemException(400, "not JSON");
        }
        throw new ProblemException(
                Problem.of(422, "the body must be {\"" + key + "\": true} or {\"" + key + "\": false}", key, null));
    }

    /** Writes an answer that may be large without holding its text in memory. */
    static void stream(Context context, Object value) throws IOException {
        context.status(200).contentType(CONTENT_TYPE);
        try (var out = context.res().getOutputStream()) {
            write(out, value);
        }
    }

    /** @throws EofException the connection has ended, wherever in the value that was: as a rule the client has gone */
    static void write(OutputStream out, Object value) throws EofException {
        try {
            MAPPER.writeValue(out, value);
        } catch (JacksonException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof EofException gone) {
                    throw gone;
                }
            }
            throw e;
        }
    }
}
