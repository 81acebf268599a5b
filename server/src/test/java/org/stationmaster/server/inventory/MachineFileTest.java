package org.stationmaster.server.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.server.FakeProtocol;

@Timeout(30)
class MachineFileTest {
    private static final String STATION =
            "- { id: QSCO, protocol: tcp-frames, host: 127.0.0.1, port: 7001, rate: 1.0, groups: [north] }\n";
    private static final Source QSCO = Source.builder("QSCO", "tcp-frames", "127.0.0.1", 7001)
            .rate(1)
            .group("north")
            .build();

    @TempDir
    Path directory;

    private static final Map<String, String> ENVIRONMENT =
            Map.of("OPS", "a.secret.of.the.environment", "SHORT", "too short");

    private final Inventory inventory = new Inventory(FakeProtocol.ALL, ENVIRONMENT::get, 3);

    private Path file(String text) throws IOException {
        Files.writeString(directory.resolve("stations.yaml"), STATION);
        return Files.writeString(directory.resolve("machine.yaml"), text);
    }

    private MachineConfig valid(String text) throws IOException {
        return switch (inventory.readMachine(file(text))) {
            case Reading.Valid<MachineConfig>(var config) -> config;
            case Reading.Invalid<MachineConfig> invalid -> throw new AssertionError(invalid.report());
        };
    }

    private List<String> told(Reading<?> reading) {
        return switch (reading) {
            case Reading.Valid<?> valid -> throw new AssertionError("no error in " + valid.value());
            case Reading.Invalid<?> invalid ->
                invalid.report()
                        .lines()
                        .map(line -> line.replace(directory + "/", ""))
                        .toList();
        };
    }

    @Test
    void theExampleOfTheDesign() throws IOException {
        var config = valid("""
                # machine.yaml
                machine: { workers: 4, slots: 250, isolation: threads }
                control: { bind: "127.0.0.1:8470" }
                sources: stations.yaml          # or inline
                groups: [north]                 # absent: all
                data: ./data                    # journal, archive, state
                sinks:
                  - { type: archive }
                """);
        assertThat(config)
                .isEqualTo(new MachineConfig(
                        new MachineSize(4, 250),
                        Isolation.THREADS,
                        ControlConfig.on(new Bind("127.0.0.1", 8470)),
                        List.of(QSCO),
                        directory.resolve("stations.yaml"),
                        Filter.groups("north"),
                        directory.resolve("data"),
                        List.of(new SinkConfig.Archive(512, 200)),
                        List.of(),
                        OptionalDouble.empty(),
                        20,
                        List.of(),
                        List.of()));
    }

    @Test
    void everythingHasADefault() throws IOException {
        assertThat(valid("{}"))
                .isEqualTo(new MachineConfig(
                        new MachineSize(3, 250),
                        Isolation.THREADS,
                        ControlConfig.DEFAULT,
                        List.of(),
                        null,
                        Filter.all(),
                        directory.resolve("data"),
                        List.of(SinkConfig.Archive.DEFAULT),
                        List.of(),
                        OptionalDouble.empty(),
                        20,
                        List.of(),
                        List.of()));
    }

    @Test
    void everyKeyIsRead() throws IOException {
        var config = valid("""
                {"machine": {"workers": 1, "slots": 2}, "control": {"bind": "[::1]:0"},
                 "sources": [{"id": "QSCO", "protocol": "tcp-frames", "host": "127.0.0.1", "port": 7001, "rate": 1.0, "groups": ["north"]}],
                 "data": "/var/lib/x/../stationmaster", "connectsPerSecond": 2.5, "stopSeconds": 7,
                 "sinks": [{"type": "archive", "openFiles": 5, "lingerMillis": 0}]}
                """);
        assertThat(config.size()).isEqualTo(new MachineSize(1, 2));
        assertThat(config.bind()).isEqualTo(new Bind("::1", 0));
        assertThat(config.sources()).containsExactly(QSCO);
        assertThat(config.stationFile()).isNull();
        assertThat(config.data()).isEqualTo(Path.of("/var/lib/stationmaster"));
        assertThat(config.connectsPerSecond()).hasValue(2.5);
        assertThat(config.stopSeconds()).isEqualTo(7);
        assertThat(config.sinks()).containsExactly(new SinkConfig.Archive(5, 0));
        assertThat(valid("machine: { isolation: processes }").isolation()).isEqualTo(Isolation.PROCESSES);
        assertThat(valid("sinks: [archive]").sinks()).containsExactly(SinkConfig.Archive.DEFAULT);
        assertThat(valid("sinks: []").sinks()).isEmpty();
    }

    @Test
    void whereStationsCallIn() throws IOException {
        Files.writeString(directory.resolve("cert.pem"), "");
        var cert = directory.resolve("cert.pem");
        assertThat(valid("listen: { protocol: tcp-frames, bind: '0.0.0.0:7001', secondCall: refuse }")
                        .listens())
                .containsExactly(new ListenConfig("tcp-frames", new Bind("0.0.0.0", 7001), null, false, false));
        assertThat(valid("""
                listen:
                  - { protocol: tcp-frames, bind: "127.0.0.1:0", match: greeting, secondCall: replace }
                  - protocol: tcp-lines
                    bind: "[::]:7002"
                    match: certificate
                    tls: { certFile: cert.pem, keyFile: cert.pem, caFile: cert.pem }
                sources:
                  - { id: A1, protocol: tcp-lines, dialIn: true }
                """).listens())
                .containsExactly(
                        new ListenConfig("tcp-frames", new Bind("127.0.0.1", 0), null, false, true),
                        new ListenConfig(
                                "tcp-lines", new Bind("::", 7002), new Listen.ServerTls(cert, cert, cert), true, true));
    }

    @Test
    void tokensComeFromTheEnvironmentAndFiles() throws IOException {
        Files.writeString(directory.resolve("wall.token"), "0123456789abcdef\n");
        Files.writeString(directory.resolve("cert.pem"), "");
        var control = valid("""
                control:
                  bind: 0.0.0.0:8470
                  hosts: [Gauges.Example]
                  tls: { certFile: cert.pem, keyFile: cert.pem }
                  tokens:
                    - { name: ops, role: command, token: "${OPS}" }
                    - { name: wall, role: read, token: "file:wall.token" }
                """).control();
        assertThat(control.hosts()).containsExactly("gauges.example");
        assertThat(control.tokens())
                .containsExactly(
                        new ControlConfig.Token("ops", Role.COMMAND, new Secret("a.secret.of.the.environment")),
                        new ControlConfig.Token("wall", Role.READ, new Secret("0123456789abcdef")));
        assertThat(control.tls())
                .isEqualTo(new ControlConfig.TlsFiles(directory.resolve("cert.pem"), directory.resolve("cert.pem")));
        assertThat(control.toString()).doesNotContain("secret.of");
    }

    static Stream<Arguments> badFiles() {
        return Stream.of(
                bad(
                        "[]",
                        "1:1: a machine file must be a mapping with keys such as machine, sources, data; found a list"),
                bad("", "the file is empty: write [] for a list without sources"),
                bad(
                        "listen: 7001",
                        "1:9: 'listen' must be a mapping such as { protocol: tcp-lines, bind: \"0.0.0.0:7001\" }, or a list of"
                                + " them; found '7001'"),
                bad(
                        "listen: { protocol: seedlink, bind: 7001, match: certificate, secondCall: both }",
                        "1:21: 'seedlink' is no protocol whose stations call in; those are tcp-frames, tcp-lines",
                        "1:37: 'bind' must be HOST:PORT such as 127.0.0.1:8470; found '7001'",
                        "1:50: match: certificate needs tls with caFile: who vouches for the stations",
                        "1:75: 'secondCall' must be replace or refuse; found 'both'"),
                bad(
                        "listen: [{ protocol: tcp-lines, bind: 'h:1' }, { protocol: tcp-lines, bind: 'h:2' }]",
                        "1:48: a second listener for tcp-lines: one a protocol"),
                bad(
                        "sources: [{ id: A1, protocol: tcp-lines, dialIn: true }]",
                        "1:10: A1 is called (dialIn), but nothing listens for tcp-lines: add listen: { protocol: tcp-lines,"
                                + " bind: \"0.0.0.0:7001\" }"),
                bad(
                        "{ machine: { isolation: processes }, sources: [{ id: A1, protocol: tcp-lines, dialIn: true }] }",
                        "1:47: A1 is called (dialIn), but nothing listens for tcp-lines: add listen: { protocol: tcp-lines,"
                                + " bind: \"0.0.0.0:7001\" }"),
                bad("machine: 4", "1:10: 'machine' must be a mapping; found '4'"),
                bad("machines: {}", "1:1: unknown key 'machines': did you mean 'machine'?"),
                bad(
                        "machine: { worker: 4, slots: 0, workers: 1025 }",
                        "1:12: unknown key 'worker': did you mean 'workers'?",
                        "1:30: slots 0 is out of range 1 to 1000000",
                        "1:42: workers 1025 is out of range 1 to 1024"),
                bad("machine: { isolation: fork }", "1:23: 'isolation' must be threads or processes; found 'fork'"),
                bad("control: { bind: 8470 }", "1:18: 'bind' must be HOST:PORT such as 127.0.0.1:8470; found '8470'"),
                bad(
                        "control: { bind: 'localhost:70000' }",
                        "1:18: 'bind' must be HOST:PORT such as 127.0.0.1:8470; found 'localhost:70000'"),
                bad(
                        "control: { bind: '0.0.0.0:8470' }",
                        "1:18: control.bind 0.0.0.0:8470 is not loopback, and there are no tokens: name who may come in"
                                + " with control.tokens, such as [{ name: ops, role: command, token: \"${OPS_TOKEN}\" }],"
                                + " or use 127.0.0.1:8470"),
                bad("control: { tokens: [] }", "1:20: 'tokens' is empty: name a token, or leave the key out"),
                bad("control: { tokens: x }", "1:20: 'tokens' must be a list; found 'x'"),
                bad(
                        "control: { tokens: [x] }",
                        "1:21: a token must be a mapping such as { name: ops, role: command, token: \"${OPS_TOKEN}\" };"
                                + " found 'x'"),
                bad(
                        "control: { tokens: [{ name: a, role: root, token: 'secret itself' }] }",
                        "1:38: 'role' must be read, operate or command; found 'root'",
                        "1:51: 'token' must be ${NAME}, an environment variable, or file:PATH; not the secret itself"),
                bad(
                        "control: { tokens: [{ name: a, role: read, token: '${SHORT}' }] }",
                        "1:51: the token of 'a' must be 16 to 512 letters, digits or any of -._~+/=: try 'openssl rand"
                                + " -hex 32'"),
                bad(
                        "control: { tokens: [{ name: a, role: read, token: '${OPS}' }, { name: a, role: read, token:"
                                + " '${OPS}' }] }",
                        "1:63: a second token with the name 'a'"),
                bad(
                        "control: { tls: { certFile: nothing.pem } }",
                        "1:17: 'keyFile' is missing",
                        "1:29: 'certFile': there is no readable file nothing.pem"),
                bad("groups: []", "1:9: 'groups' is empty: name a group, or leave the key out to take all sources"),
                bad("groups: north", "1:9: 'groups' must be a list such as [a, b]; found 'north'"),
                bad("data: ''", "1:7: 'data' is empty: give it a value or leave the key out"),
                bad("data: \"a\\0\"", "1:7: 'data' is no path: Nul character not allowed"),
                bad("connectsPerSecond: 0", "1:20: connectsPerSecond 0 is out of range: above 0, at most 1000000"),
                bad("stopSeconds: 0", "1:14: stopSeconds 0 is out of range 1 to 3600"),
                bad("sinks: archive", "1:8: 'sinks' must be a list such as [{ type: archive }]; found 'archive'"),
                bad("sinks: [{ type: kafka }]", "1:17: unknown sink 'kafka': known are archive"),
                bad("sinks: [{ openFiles: 1 }]", "1:9: 'type' is missing"),
                bad(
                        "sinks: [{ type: archive, openFile: 0, lingerMillis: -1 }]",
                        "1:26: unknown key 'openFile': did you mean 'openFiles'?",
                        "1:53: lingerMillis -1 is out of range 0 to 10000"),
                bad(
                        "sinks: [archive, archive]",
                        "1:18: a second archive: it would write the same files; take one away"),
                bad("sources: {}", "1:10: 'sources' must be a file or a list; found a mapping"),
                bad(
                        "sources: [{ id: A, protocol: tcp-lines, host: h, port: 0 }]",
                        "1:56: port 0 is out of range 1 to 65535"),
                bad(
                        "id: A\nprotocol: tcp-lines\n",
                        "1:5: a source outside of a list: begin each source of a station file with '- '"));
    }

    private static Arguments bad(String text, String... errors) {
        return Arguments.of(text, List.of(errors));
    }

    @ParameterizedTest
    @MethodSource("badFiles")
    void everyErrorHasItsPlaceAndAdvice(String text, List<String> errors) throws IOException {
        var file = file(text);
        var expected = errors.stream()
                .map(error -> "machine.yaml:" + (error.startsWith("1:") ? "" : " ") + error)
                .toList();
        assertThat(told(inventory.readMachine(file))).containsExactlyElementsOf(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "0", "[::]", "192.0.2.1", "10.1", "[2001:db8::1]", "[::ffff:192.0.2.1]"})
    void anAddressBeyondLoopbackIsRefused(String host) throws IOException {
        assertThat(told(inventory.readMachine(file("control: { bind: '" + host + ":0' }"))))
                .singleElement()
                .asString()
                .startsWith("machine.yaml:1:18: control.bind " + host + ":0 is not loopback");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1", "127.8.8.8", "[::1]", "[::ffff:127.0.0.1]", "localhost", "a.example"})
    void loopbackAndNamesAreLegal(String host) throws IOException {
        assertThat(valid("control: { bind: '" + host + ":1' }").bind()).hasToString(host + ":1");
    }

    @Test
    void errorsOfBothFilesAreToldTogether() throws IOException {
        var file = file("data: []\nsources: more.yaml\n");
        assertThat(told(inventory.readMachine(file)))
                .containsExactly(
                        "machine.yaml:1:7: 'data' must be text; found a list", "more.yaml: there is no such file");
        Files.writeString(directory.resolve("more.yaml"), STATION + STATION);
        assertThat(told(inventory.readMachine(file)))
                .containsExactly(
                        "machine.yaml:1:7: 'data' must be text; found a list",
                        "more.yaml:2:9: id 'QSCO' is taken: the first source with it is in line 1");
    }

    @Test
    void pathsAreRelativeToTheFileThatNamesThem() throws IOException {
        var sub = Files.createDirectories(directory.resolve("sub"));
        Files.writeString(sub.resolve("ca.pem"), "x");
        Files.writeString(
                sub.resolve("s.yaml"), "- { id: A, protocol: tcp-lines, host: h, port: 1, tls: { caFile: ca.pem } }\n");
        var tls = valid("sources: sub/s.yaml").sources().getFirst().tls();
        assertThat(tls).isNotNull();
        assertThat(tls.caFile()).isEqualTo(sub.resolve("ca.pem"));
    }

    @Test
    void checkTellsTheKindOfFile() throws IOException {
        var machine = file("sources: stations.yaml");
        assertThat(inventory.check(machine))
                .isEqualTo(new Reading.Valid<>(new Inventory.Checked.MachineFile(valid("sources: stations.yaml"))));
        assertThat(inventory.check(directory.resolve("stations.yaml")))
                .isEqualTo(new Reading.Valid<>(new Inventory.Checked.StationFile(List.of(QSCO))));
        assertThat(told(inventory.check(file("hello"))))
                .containsExactly("machine.yaml:1:1: a machine file must be a mapping with keys such as machine,"
                        + " sources, data; found 'hello'");
    }

    @Test
    void alarmsHaveReceivers() throws IOException {
        assertThat(valid("""
                        alarms:
                          - { type: webhook, url: "https://hooks.example/T0/x" }
                          - { type: command, argv: [/usr/bin/logger, -t, stations] }
                        """).alarms())
                .containsExactly(
                        new ReceiverConfig.Webhook(java.net.URI.create("https://hooks.example/T0/x")),
                        new ReceiverConfig.Command(List.of("/usr/bin/logger", "-t", "stations")));
        assertThat(new ReceiverConfig.Webhook(java.net.URI.create("https://hooks.example/T0/x")).toString())
                .isEqualTo("webhook https://hooks.example");
        assertThat(valid("{}").alarms()).isEmpty();
    }

    @Test
    void wrongReceiversAreNamed() throws IOException {
        assertThat(told(inventory.readMachine(file("""
                        alarms:
                          - { type: pigeon }
                          - { type: webhook, url: "ftp://x/secret" }
                          - { type: command, argv: [] }
                          - { type: webhook, argv: [x] }
                          - nobody
                        """))))
                .hasSizeGreaterThanOrEqualTo(5)
                .anyMatch(told -> told.contains("unknown receiver 'pigeon'"))
                .anyMatch(told -> told.contains("'argv' is empty"))
                .anyMatch(told -> told.contains("must be a mapping"))
                .noneMatch(told -> told.contains("secret\""));
    }
}
