package org.stationmaster.server;

import static java.util.Objects.requireNonNull;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.IOException;

/** {@code /openapi.json}: the description of the calls, kept beside this class; a test holds it against the routes. */
final class OpenApi implements Handler {
    private static final String FILE = "openapi.json";

    static byte[] bytes() throws IOException {
        try (var in = requireNonNull(OpenApi.class.getResourceAsStream(FILE), FILE)) {
            return in.readAllBytes();
        }
    }

    @Override
    public void handle(Context context) throws IOException {
        context.contentType(Json.CONTENT_TYPE).result(bytes());
    }
}
