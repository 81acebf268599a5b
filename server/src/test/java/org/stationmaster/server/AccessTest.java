package org.stationmaster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.server.Endpoint.SOURCE;
import static org.stationmaster.server.Endpoint.SOURCES;
import static org.stationmaster.server.Endpoint.assertProblem;

import ch.qos.logback.classic.Level;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Tls;
import org.stationmaster.core.api.TlsContexts;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.Role;

/** Tokens, roles, names, TLS. */
@Tag("system")
@Timeout(60)
@ExtendWith(Endpoint.Shared.class)
class AccessTest {
    private static final String READ = "Authorization: Bearer read.read.read.read";
    private static final String OPERATE = "Authorization: bearer operate.operate.op";
    private static final String COMMAND = "Authorization: Bearer command.command.co";
    private static final List<ControlConfig.Token> TOKENS = List.of(
            new ControlConfig.Token("wall", Role.READ, new Secret("read.read.read.read")),
            new ControlConfig.Token("desk", Role.OPERATE, new Secret("operate.operate.op")),
            new ControlConfig.Token("chief", Role.COMMAND, new Secret("command.command.co")));

    private final Endpoint endpoint;

    AccessTest(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    private static ControlConfig with(String host, Set<String> names) {
        return new ControlConfig(new Bind(host, 0), TOKENS, null, names);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/machine, READ",
        "GET, /api/v1/sources, READ",
        "GET, /api/v1/sources/A1, READ",
        "HEAD, /api/v1/events, READ",
        "HEAD, /api/v1/sources/A1/records, READ",
        "GET, /api/v1/groups, READ",
        "GET, /api/v1/rolling-restart, READ",
        "POST, /api/v1/sources, OPERATE",
        "PUT, /api/v1/sources/A1, OPERATE",
        "DELETE, /api/v1/sources/A9, OPERATE",
        "POST, /api/v1/sources/A1/pause, OPERATE",
        "POST, /api/v1/sources/A1/resume, OPERATE",
        "PUT, /api/v1/groups/north, OPERATE",
        "POST, /api/v1/rolling-restart, OPERATE",
        "POST, /api/v1/sources/A1/commands, COMMAND",
    })
    void eachCallTakesItsRoleOrAHigherOne(String method, String path, Role role) throws Exception {
        endpoint.put("A1", SOURCE);
        try (var own = endpoint.another(with("127.0.0.1", Set.of()))) {
            var client = new RawHttp(own.start());
            var none = client.call(method, path, "");
            assertThat(none.status()).isEqualTo(401);
            assertThat(none.header("www-authenticate")).isEqualTo("Bearer");
            var allowed = List.of(READ, OPERATE, COMMAND);
            for (int i = 0; i < 3; i++) {
                int status = client.call(method, path, "", allowed.get(i)).status();
                if (i < role.ordinal()) {
                    assertThat(status).isEqualTo(403);
                } else {
                    assertThat(status).as("past the guard").isNotIn(401, 403, 405);
                }
            }
        }
    }

    @Test
    void aTokenIsNeededAndToldNowhere() throws Exception {
        try (var trap = new LogTrap(Faults.class);
                var own = endpoint.another(with("127.0.0.1", Set.of()))) {
            var client = new RawHttp(own.start());
            assertProblem(client.call("GET", SOURCES, ""), 401, "send Authorization: Bearer TOKEN");
            for (var header :
                    List.of("Bearer wrong.wrong.wrong.wrong", "Basic cmVhZA==", "Bearer", "read.read.read.read")) {
                var refused = client.call("GET", SOURCES, "", "Authorization: " + header);
                assertProblem(refused, 401, "the token is not known here");
                assertThat(refused.body()).doesNotContain("wrong.wrong");
            }
            assertThat(client.call("GET", SOURCES, "", READ).status()).isEqualTo(200);
            assertProblem(
                    client.call("PUT", SOURCES + "/A1", SOURCE, READ),
                    403,
                    "token 'wall' has the role read; this takes operate");
            for (var open : List.of("/readyz", "/healthz", "/openapi.json")) {
                assertThat(client.call("GET", open, "").status()).isEqualTo(200);
            }
            assertThat(client.call("DELETE", SOURCES + "/NOBODY", "", OPERATE).status())
                    .isEqualTo(404);
            var audited = Files.readString(endpoint.directory.resolve("audit.log"));
            assertThat(audited).contains("\"who\":\"desk\"").doesNotContain("operate.operate");
            assertThat(trap.lines(Level.WARN)).isEmpty();
        }
    }

    @Test
    void beyondLoopbackNamesMustBeListed() throws Exception {
        try (var trap = new LogTrap(ControlServer.class);
                var own = endpoint.another(with("0.0.0.0", Set.of("gauges.example")))) {
            int port = own.start();
            assertThat(trap.lines(Level.WARN)).singleElement().asString().contains("tokens can be read on their way");
            var client = new RawHttp(port);
            for (var host : List.of("127.0.0.1", "localhost", "gauges.example", "GAUGES.example")) {
                assertThat(client.call("GET", SOURCES, "", READ, "Host: " + host + ":" + port)
                                .status())
                        .as(host)
                        .isEqualTo(200);
            }
            assertThat(client.call("GET", SOURCES, "", READ, "Host: evil.example:" + port)
                            .status())
                    .isEqualTo(403);
        }
    }

    @Test
    void overTls(@TempDir Path directory) throws Exception {
        var files = certificate(directory);
        var config = new ControlConfig(new Bind("127.0.0.1", 0), TOKENS, files, Set.of());
        var trusting = TlsContexts.client(new Tls(files.certFile(), null, null, null));
        try (var own = endpoint.another(config);
                var client = HttpClient.newBuilder().sslContext(trusting).build()) {
            int port = own.start();
            var request = HttpRequest.newBuilder(URI.create("https://localhost:" + port + SOURCES))
                    .header("Authorization", "Bearer read.read.read.read")
                    .header("Origin", "https://localhost:" + port);
            assertThat(client.send(request.build(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
            request.setHeader("Origin", "http://localhost:" + port);
            assertThat(client.send(request.build(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(403);
        }
        Files.writeString(files.keyFile(), "no key");
        assertThatThrownBy(endpoint.another(config)::start)
                .isInstanceOf(ControlStartException.class)
                .hasMessageContaining("control.tls: no PKCS#8 key");
    }

    static ControlConfig.TlsFiles certificate(Path directory) throws Exception {
        var password = "changeit";
        var store = directory.resolve("store.p12");
        var command = Path.of(System.getProperty("java.home"), "bin", "keytool")
                + " -genkeypair -alias a -keyalg EC -dname CN=a -ext san=dns:localhost,ip:127.0.0.1 -ext bc:c=ca:true"
                + " -validity 3650 -storetype PKCS12 -storepass " + password + " -keystore " + store;
        var process = new ProcessBuilder(Arrays.asList(command.split(" ")))
                .redirectErrorStream(true)
                .start();
        assertThat(process.waitFor()).isZero();
        var keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, password.toCharArray());
        }
        return new ControlConfig.TlsFiles(
                pem(directory, "CERTIFICATE", keys.getCertificate("a").getEncoded()),
                pem(
                        directory,
                        "PRIVATE KEY",
                        keys.getKey("a", password.toCharArray()).getEncoded()));
    }

    private static Path pem(Path directory, String type, byte[] der) throws Exception {
        return Files.writeString(
                directory.resolve(type.charAt(0) + ".pem"),
                "-----BEGIN " + type + "-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + type
                        + "-----\n");
    }
}
