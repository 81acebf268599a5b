package org.stationmaster.server.alarm;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.stationmaster.server.inventory.ReceiverConfig;

/** Takes one message; may block for {@link #LIMIT} and a little. */
interface Receiver {
    Duration LIMIT = Duration.ofSeconds(10);

    /** @throws IOException it has not taken it; the message says why, without secrets */
    void tell(byte[] json) throws IOException, InterruptedException;

    static Receiver of(ReceiverConfig config) {
        return switch (config) {
            case ReceiverConfig.Webhook webhook -> json -> post(webhook, json);
            case ReceiverConfig.Command command -> json -> run(command, json);
        };
    }

    private static void post(ReceiverConfig.Webhook webhook, byte[] json) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(webhook.url())
                .timeout(LIMIT)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(json))
                .build();
        try (var client = HttpClient.newBuilder().connectTimeout(LIMIT).build()) { // seldom needed, so none is kept
            int status = client.send(request, BodyHandlers.discarding()).statusCode();
            if (status / 100 != 2) {
                throw new IOException(webhook + " answered " + status);
            }
        }
    }

    private static void run(ReceiverConfig.Command command, byte[] json) throws IOException, InterruptedException {
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
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException(command + " was killed: it did not end within " + LIMIT.toSeconds() + " s");
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
