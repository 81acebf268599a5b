package org.stationmaster.server.alarm;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.stationmaster.server.inventory.ReceiverConfig;

/** Takes one message; may block for {@link #LIMIT} and a little. */
interface Receiver {
    Duration LIMIT = Duration.ofSeconds(10);

    /** @throws IOException it has not taken it; the message says why, without secrets */
    void tell(byte[] json) throws IOException, InterruptedException;

    static Receiver of(ReceiverConfig config) {
        return of(config, LIMIT);
    }

    static Receiver of(ReceiverConfig config, Duration limit) {
        return switch (config) {
            case ReceiverConfig.Webhook webhook -> json -> post(webhook, json, limit);
            case ReceiverConfig.Command command -> json -> run(command, json, limit);
        };
    }

    /** The limit is for all of it: a timeout of the request alone would end with the head of the answer. */
    private static void post(ReceiverConfig.Webhook webhook, byte[] json, Duration limit)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(webhook.url())
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(json))
                .build();
        var client = HttpClient.newBuilder().connectTimeout(limit).build(); // seldom needed, so none is kept
        try {
            int status = client.sendAsync(request, BodyHandlers.discarding())
                    .get(limit.toMillis(), TimeUnit.MILLISECONDS)
                    .statusCode();
            if (status / 100 != 2) {
                throw new IOException(webhook + " answered " + status);
            }
        } catch (TimeoutException e) {
            throw new IOException(webhook + " had not answered whole after " + limit.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(webhook + ": " + (cause.getMessage() == null ? cause : cause.getMessage()), cause);
        } finally {
            client.shutdownNow(); // ends what is under way; to close it would wait for that
        }
    }

    private static void run(ReceiverConfig.Command command, byte[] json, Duration limit)
            throws IOException, InterruptedException {
        var process = new ProcessBuilder(command.argv())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            try (var in = process.getOutputStream()) {
                in.write(json); // a pipe holds as much: a message is small
            } catch (IOException e) {
                // it ended without reading: its exit code counts
            }
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(command + " was killed: it did not end within " + limit.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException(command + " ended with " + process.exitValue());
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
