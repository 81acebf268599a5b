package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;

/** Reads a request's body within the limit. */
final class Body {
    static final int MAX_BYTES = 1024 * 1024;

    private Body() {}

    static byte[] bytes(Context context) throws IOException {
        if (context.req().getContentLengthLong() > MAX_BYTES) {
            throw tooLarge();
        }
        var bytes = context.req().getInputStream().readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw tooLarge();
        }
        return bytes;
    }

    private static ProblemException tooLarge() {
        return new ProblemException(413, "the body is larger than 1 MiB: one source needs far less");
    }
}
