package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.http.HttpException;
import org.jspecify.annotations.Nullable;

/** Reads a request's body: within its limit, and no slower than a client that means it would send. */
final class Body {
    static final int MAX_BYTES = 1024 * 1024;
    static final long MAX_BULK_BYTES = 64L * 1024 * 1024;
    private static final int MIB = 1024 * 1024;
    /** After a time to begin with, the least that must come. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final double LEAST_BYTES_PER_SECOND = 1_024;

    private final InputStream in;
    private final long limitBytes;
    private final LongSupplier nanoTime;
    private final long startNanos;
    private final byte[] buffer = new byte[8192];
    private int from;
    private int to;
    private long count;

    Body(InputStream in, long limitBytes, LongSupplier nanoTime) {
        this.in = in;
        this.limitBytes = limitBytes;
        this.nanoTime = nanoTime;
        this.startNanos = nanoTime.getAsLong();
    }

    private static Body of(Context context, long limitBytes) throws IOException {
        if (context.req().getContentLengthLong() > limitBytes) {
            throw tooLarge(limitBytes);
        }
        return new Body(context.req().getInputStream(), limitBytes, System::nanoTime);
    }

    /** The whole body. */
    static byte[] bytes(Context context) throws IOException {
        var body = of(context, MAX_BYTES);
        var all = new ByteArrayOutputStream();
        while (body.fill()) {
            all.write(body.buffer, body.from, body.to - body.from);
            body.from = body.to;
        }
        return all.toByteArray();
    }

    /** The body line by line; each may have as much as another body. */
    static Body lines(Context context) throws IOException {
        return of(context, MAX_BULK_BYTES);
    }

    /** The next line without its end; null behind the last. */
    byte @Nullable [] line() {
        var line = new ByteArrayOutputStream(256);
        boolean any = false;
        while (fill()) {
            any = true;
            int end = from;
            while (end < to && buffer[end] != '\n') {
                end++;
            }
            line.write(buffer, from, end - from);
            if (line.size() > MAX_BYTES) {
                throw new ProblemException(413, "a line is larger than 1 MiB: one source needs far less");
            }
            from = end;
            if (end < to) {
                from++;
                break;
            }
        }
        return any ? line.toByteArray() : null;
    }

    /** Sees to it that there is something to take; false at the end. */
    private boolean fill() {
        if (from < to) {
            return true;
        }
        int n = read();
        if (n < 0) {
            return false;
        }
        from = 0;
        to = n;
        count += n;
        if (count > limitBytes) {
            throw tooLarge(limitBytes);
        }
        long nanos = nanoTime.getAsLong() - startNanos - PATIENCE_NANOS;
        if (nanos > 0 && count < nanos / 1e9 * LEAST_BYTES_PER_SECOND) {
            throw new ProblemException(408, "the body comes too slowly");
        }
        return true;
    }

    /** A body that breaks off, stands still or is badly chunked is its sender's fault. */
    private int read() {
        try {
            return in.read(buffer, 0, buffer.length);
        } catch (IOException | HttpException.RuntimeException e) {
            throw new ProblemException(400, "the body broke off: " + e.getMessage());
        }
    }

    private static ProblemException tooLarge(long limitBytes) {
        return new ProblemException(
                413,
                "the body is larger than " + limitBytes / MIB + " MiB"
                        + (limitBytes == MAX_BYTES ? ": one source needs far less" : ": send the sources in parts"));
    }
}
