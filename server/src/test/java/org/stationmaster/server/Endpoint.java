package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.Source;
import org.stationmaster.server.RawHttp.Response;
import org.stationmaster.server.alarm.AlarmWatch;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.Inventory;
import org.stationmaster.server.inventory.SourceBook;
import org.stationmaster.server.inventory.StoreException;
import org.stationmaster.server.ledger.Ledger;

/** A fake machine with a real endpoint. One for all tests of a run: to start it takes longer than any test. */
final class Endpoint implements AutoCloseable {
    static final String SOURCE = "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":7001,\"rate\":2}";
    static final String SOURCES = "/api/v1/sources";
    private static final AlarmWatch.Told ALARMS = new AlarmWatch.Told(
            List.of(new AlarmWatch.Raised(
                    "SINK", "archive", "2026-11-24T00:00:00Z", "2026-11-24T00:00:10Z", 0, "disk full")),
            0,
            List.of(new AlarmWatch.ReceiverState("webhook https://h", 1, 2, 3, "answered 500")));

    final FakeMachine machine = new FakeMachine(250);
    final Path directory;
    final SourceBook book;
    final Ledger ledger;
    final Streams streams = new Streams(Streams.COMMENT_MILLIS);
    final ControlServer server;
    final int port;
    final RawHttp http;

    Endpoint() throws IOException, ControlStartException {
        directory = Files.createTempDirectory("endpoint-");
        book = new SourceBook(
                new Inventory(FakeProtocol.ALL),
                machine,
                machine,
                directory.resolve("sources.db"),
                directory,
                directory.resolve("stations.yaml"),
                Clock.SYSTEM);
        ledger = Ledger.open(machine, directory.resolve("ledger.db"), Clock.SYSTEM);
        server = another(ControlConfig.on(new Bind("127.0.0.1", 0)), streams);
        port = server.start();
        http = new RawHttp(port);
    }

    /** Another endpoint of the same machine, not started. */
    ControlServer another(ControlConfig config) {
        return another(config, new Streams(Streams.COMMENT_MILLIS));
    }

    private ControlServer another(ControlConfig config, Streams streams) {
        var parts = parts(config, RollingRestart.IMPOSSIBLE);
        return new ControlServer(
                parts,
                streams,
                new AuditLog(parts.auditLog(), Clock.SYSTEM, AuditLog.MAX_BYTES),
                new RequestBudget(1e9, System::nanoTime)); // all tests are one client
    }

    ControlServer.Parts parts(ControlConfig config, RollingRestart restart) {
        return new ControlServer.Parts(
                config,
                machine,
                machine,
                restart,
                book,
                FakeProtocol.ALL,
                directory.resolve("audit.log"),
                () -> ALARMS,
                ledger);
    }

    Response get(String path) throws IOException {
        return http.call("GET", path, "");
    }

    Response put(String id, String body) throws IOException {
        return http.call("PUT", SOURCES + "/" + id, body);
    }

    Response post(String path, String body) throws IOException {
        return http.call("POST", path, body);
    }

    static Source source(String id) {
        return Source.of(id, "tcp-lines", "h", 1);
    }

    static void assertProblem(Response response, int status, String detail) {
        assertThat(response.status()).as(response.body()).isEqualTo(status);
        assertThat(response.header("content-type")).startsWith("application/problem+json");
        var json = response.json();
        assertThat(json.path("type").asString()).isEqualTo("about:blank");
        assertThat(json.path("status").asInt()).isEqualTo(status);
        assertThat(json.path("title").asString()).isNotBlank();
        assertThat(json.path("detail").asString()).contains(detail);
        assertHeaders(response);
    }

    static void assertHeaders(Response response) {
        assertThat(response.headers())
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
                .containsEntry("referrer-policy", "no-referrer")
                .containsEntry("cross-origin-resource-policy", "same-origin")
                .containsEntry("cache-control", "no-store")
                .doesNotContainKeys("server", "x-powered-by", "access-control-allow-origin");
    }

    static List<String> ids(Response response) {
        return StreamSupport.stream(response.json().path("sources").spliterator(), false)
                .map(source -> source.path("id").asString())
                .toList();
    }

    /** As new. */
    void forget() throws Exception {
        machine.failure = null;
        book.stationFile(List.of());
        for (var status : machine.sources(new SourceQuery(null, null, null, SourceQuery.MAX_LIMIT))
                .sources()) {
            book.release(status.source().id());
        }
        machine.forget();
    }

    @Override
    public void close() throws IOException, StoreException {
        server.close();
        ledger.close();
        book.close();
        try (var files = Files.list(directory)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    /** Gives a test the endpoint, and makes it as new behind it. */
    static final class Shared implements ParameterResolver, AfterEachCallback {
        private static final Map<String, String> KEY = Map.of("the", "endpoint");

        private static Endpoint endpoint(ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(Shared.class))
                    .computeIfAbsent(
                            KEY,
                            _ -> {
                                try {
                                    return new Endpoint();
                                } catch (IOException | ControlStartException e) {
                                    throw new IllegalStateException(e);
                                }
                            },
                            Endpoint.class);
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Endpoint.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return endpoint(context);
        }

        @Override
        public void afterEach(ExtensionContext context) throws Exception {
            endpoint(context).forget();
        }
    }
}
