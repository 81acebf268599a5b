package org.stationmaster.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Text;

/**
 * Who wanted what, when, and what became of it: a JSON object a line for each request that could change something and whose
 * sender is known. Past 16 MiB the file becomes {@code audit.log.1}, that one {@code audit.log.2}; four old ones are kept. Safe from
 * any thread.
 */
final class AuditLog implements AutoCloseable {
    static final long MAX_BYTES = 16L * 1024 * 1024;
    private static final int KEPT = 4;
    private static final int PATH_SHOWN = 200;
    private static final String MORE = "stationmaster.audit";
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);

    private final Path file;
    private final Clock clock;
    private final LimitedLog failures;
    private final long maxBytes;
    private @Nullable OutputStream out;
    private long bytes;

    AuditLog(Path file, Clock clock, long maxBytes) {
        this.file = file;
        this.clock = clock;
        this.maxBytes = maxBytes;
        this.failures = new LimitedLog(LOG, 1, 60, clock::nanoTime);
    }

    /** Adds what the request's line will say beside its address and status. */
    static void note(Context context, Map<String, ?> more) {
        context.attribute(MORE, more);
    }

    /** When a request has been answered. */
    void request(Context context) {
        var caller = Access.of(context);
        if (caller == null || READING.contains(context.req().getMethod())) {
            return;
        }
        var line = new LinkedHashMap<String, @Nullable Object>();
        line.put("at", Instant.ofEpochSecond(0, clock.epochNanos()).toString());
        line.put("who", caller.name());
        line.put("from", context.req().getRemoteAddr());
        line.put("method", context.req().getMethod());
        line.put("path", Text.shorten(context.path(), PATH_SHOWN));
        line.put("status", context.statusCode());
        Map<String, ?> more = context.attribute(MORE);
        if (more != null) {
            line.putAll(more);
        }
        write(Json.bytes(line));
    }

    private synchronized void write(byte[] json) {
        try {
            var to = out;
            if (to == null || bytes + json.length + 1 > maxBytes) {
                to = reopen(json.length + 1);
            }
            var line = Arrays.copyOf(json, json.length + 1);
            line[json.length] = '\n';
            to.write(line);
            bytes += line.length;
        } catch (IOException e) {
            closeQuietly();
            failures.warn("the audit log " + file + " cannot be written, what was done is not in it: " + e);
        }
    }

    private OutputStream reopen(int needed) throws IOException {
        closeQuietly();
        long present = Files.exists(file) ? Files.size(file) : 0;
        if (present > 0 && present + needed > maxBytes) {
            for (int i = KEPT - 1; i > 0; i--) {
                moveIfThere(numbered(i), numbered(i + 1));
            }
            moveIfThere(file, numbered(1));
            present = 0;
        }
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        var opened = Files.newOutputStream(file, StandardOpenOption.APPEND);
        out = opened;
        bytes = present;
        return opened;
    }

    private Path numbered(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    private static void moveIfThere(Path from, Path to) throws IOException {
        if (Files.exists(from)) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private void closeQuietly() {
        var open = out;
        out = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                LOG.debug("closing {}", file, e);
            }
        }
    }

    @Override
    public synchronized void close() {
        closeQuietly();
        failures.close();
    }
}
