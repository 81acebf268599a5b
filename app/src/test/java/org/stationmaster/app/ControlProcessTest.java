package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.server.inventory.ProfileFile;
import org.stationmaster.testkit.NetworkReport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A machine that runs, changed and looked at from outside: by its station file and by the command line. */
@Tag("system")
@Timeout(180)
class ControlProcessTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final Pattern NORTH = Pattern.compile("north +yes +1");
    private static final String TOKEN = "0123456789abcdef0123";

    @TempDir
    private Path directory = Path.of("");

    private String url = "";

    /** What the command line said. */
    private record Said(int code, String out, String err) {
        JsonNode json() {
            assertThat(code).as(err).isZero();
            return MAPPER.readTree(out);
        }
    }

    private Said cli(String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        var all = new ArrayList<>(List.of(args));
        all.add("--url=" + url);
        all.add("--token-file=" + directory.resolve("ops.token"));
        var signals = new StopSignals(code -> {
            throw new AssertionError("ended at once with " + code);
        });
        int code = Cli.commandLine(signals, new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
        return new Said(code, out.toString(), err.toString());
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Child.PATIENCE);
    }

    private Child simulator(String stations, int sources) throws IOException {
        var child = Child.start(
                directory,
                "simulate",
                "tcp-lines",
                "--sources=" + sources,
                "--rate=20",
                "--port=0",
                "--stations=" + stations,
                "--report=report.json");
        child.awaitOut(SimulateCommand.LISTENING);
        return child;
    }

    private Child machine(String stations, String isolation) throws IOException {
        return machine(stations, isolation, "");
    }

    private Child machine(String stations, String isolation, String more) throws IOException {
        Files.writeString(directory.resolve("ops.token"), TOKEN + "\n");
        Files.writeString(
                directory.resolve("m.yaml"),
                "machine: { workers: 2, slots: 20, isolation: " + isolation + " }\n"
                        + "control:\n  bind: \"127.0.0.1:0\"\n"
                        + "  tokens: [{ name: ops, role: command, token: \"file:ops.token\" }]\n"
                        + "sources: " + stations + "\ndata: data\n" + more);
        var child = Child.start(directory, "run", "m.yaml");
        child.awaitErr("ready: control");
        var matcher = Pattern.compile("control (http://\\S+)/").matcher(child.err());
        assertThat(matcher.find()).isTrue();
        url = matcher.group(1);
        return child;
    }

    private Map<String, Long> epochs() {
        var epochs = new TreeMap<String, Long>();
        cli("sources", "list", "--json")
                .json()
                .path("sources")
                .forEach(source -> epochs.put(
                        source.path("id").asString(), source.path("epoch").asLong()));
        return epochs;
    }

    private JsonNode show(String id) {
        return cli("sources", "show", id, "--json").json();
    }

    private void awaitRunning(String id) {
        await().until(() -> show(id).path("state").asString().equals("RUNNING"));
    }

    /** Writes beside and renames, as editors do. */
    private void replace(String name, String text) throws IOException {
        var fresh = Files.writeString(directory.resolve(name + ".new"), text);
        Files.move(fresh, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    private void assertNothingLost(Child stations, Child run) throws Exception {
        stations.term();
        assertThat(stations.code()).as(stations.err()).isZero();
        run.term();
        assertThat(run.code()).as(run.err()).isZero();
        var report = NetworkReport.read(directory.resolve("report.json"));
        var counted =
                ArchiveAudit.of(directory.resolve("data/archive"), Framing.LINES, report, id -> SourceAudit.Kills.NONE);
        assertThat(List.of(counted.lost(), counted.duplicates(), counted.foreign()))
                .containsExactly(0L, 0L, 0L);
        assertThat(counted.records()).isPositive();
    }

    @Test
    void aChangeOfTheStationFileTouchesOnlyTheSourcesThatChanged() throws Exception {
        try (var stations = simulator("stations.yaml", 6);
                var run = machine("stations.yaml", "threads")) {
            awaitRunning("SIM00005");
            var before = epochs();
            assertThat(before).hasSize(6);
            var lines = Files.readAllLines(directory.resolve("stations.yaml"));
            var five = new ArrayList<>(lines);
            five.removeIf(line -> line.contains("SIM00003"));
            replace("stations.yaml", String.join("\n", five) + "\n");
            await().until(() -> epochs().size() == 5);
            replace("stations.yaml", "- { id: SIM00000, protocol: tcp-lines }\n");
            await().until(() -> run.err().contains("the sources stay as they are"));
            assertThat(cli("sources", "list", "--format=yaml").out().lines()).hasSize(5);
            replace("stations.yaml", String.join("\n", lines).replace("rate: 20.0", "rate: 10") + "\n");
            await().until(() -> epochs().size() == 6);
            awaitRunning("SIM00003");
            var rates = epochs();
            assertThat(rates.values()).as("all have another rate").doesNotContainAnyElementsOf(before.values());
            replace("stations.yaml", String.join("\n", lines).replace("rate: 20.0", "rate: 10") + "\n# a remark\n");
            awaitRunning("SIM00000");
            assertThat(epochs()).as("the same").isEqualTo(rates);
            assertNothingLost(stations, run);
            var report = NetworkReport.read(directory.resolve("report.json"));
            assertThat(report.sources().stream().filter(one -> !one.id().equals("SIM00003")))
                    .as("one connection, and one for the other rate")
                    .allSatisfy(one -> assertThat(one.connects()).isEqualTo(2));
        }
    }

    @Test
    void aNewcomersSourcesAreAddedChangedAndSurviveARestart() throws Exception {
        try (var stations = simulator("sim.yaml", 4)) {
            try (var run = machine("[]", "threads")) {
                var first = Files.readAllLines(directory.resolve("sim.yaml")).getFirst();
                var port = Pattern.compile("port: (\\d+)").matcher(Files.readString(directory.resolve("sim.yaml")));
                assertThat(port.find()).as(first).isTrue();
                var added = cli(
                        "sources",
                        "add",
                        "SIM00000",
                        "--protocol=tcp-lines",
                        "--host=127.0.0.1",
                        "--port=" + port.group(1),
                        "--rate=20",
                        "--group=north",
                        "--set=hello=true",
                        "--set=duplex=true",
                        "--set=attributes={site: Quito}");
                assertThat(added.out()).as(added.err()).startsWith("SIM00000 added: ");
                assertThat(cli("sources", "add", "SIM00000", "--protocol=tcp-lines", "--host=h", "--port=1")
                                .err())
                        .contains("is there already: change it with 'sources update'");
                var all = cli("sources", "add", "--file=" + directory.resolve("sim.yaml"));
                assertThat(all.code()).as(all.err()).isZero();
                assertThat(all.out()).startsWith("4 sources: 3 added, 1 updated");
                for (int i = 0; i < 4; i++) {
                    awaitRunning("SIM0000" + i);
                }
                var tail = cli("sources", "tail", "SIM00001", "--count=3");
                assertThat(tail.code()).as(tail.err()).isZero();
                assertThat(tail.out().lines()).hasSize(3).allMatch(line -> line.matches("20\\S+Z \\d+ .+"));
                var sent = cli("sources", "send", "SIM00001", "position?", "--json")
                        .json();
                assertThat(sent.path("outcome").asString()).isEqualTo("ACKNOWLEDGED");
                assertThat(cli("sources", "pause", "SIM00002").out()).isEqualTo("SIM00002 paused\n");
                assertThat(cli("sources", "update", "SIM00003", "--set=silenceSeconds=30")
                                .out())
                        .startsWith("SIM00003 updated");
                assertThat(cli("sources", "remove", "SIM00000", "NOBODY").code())
                        .isEqualTo(1);
                run.term();
                assertThat(run.code()).as(run.err()).isZero();
                assertThat(Files.readString(directory.resolve("data/audit.log")))
                        .contains("\"who\":\"ops\"", "/commands\"", "\"ACKNOWLEDGED\"")
                        .doesNotContain(TOKEN);
                assertThat(run.err()).doesNotContain(TOKEN);
            }
            try (var run = machine("[]", "threads")) {
                assertThat(epochs().keySet()).containsExactly("SIM00001", "SIM00002", "SIM00003");
                awaitRunning("SIM00003");
                assertThat(show("SIM00003").path("silenceSeconds").asDouble()).isEqualTo(30);
                assertThat(show("SIM00003").path("origin").asString()).isEqualTo("rest");
                assertThat(show("SIM00002").path("state").asString()).isEqualTo("PAUSED");
                var exported = cli("sources", "list", "--format=yaml").out();
                var again = Files.writeString(directory.resolve("again.yaml"), exported);
                assertThat(cli("sources", "add", "--file=" + again).out()).startsWith("3 sources: 3 unchanged");
                assertNothingLost(stations, run);
                try (var files = Files.list(directory.resolve("data"))) {
                    assertThat(files.map(file -> file.getFileName().toString()))
                            .containsExactlyInAnyOrder(
                                    "archive", "audit.log", "ledger.db", "lock", "sources.db", "state");
                }
            }
        }
    }

    /** Out as YAML and in again: nothing has changed, no source is started anew, and secrets are the stored ones. */
    @Test
    void whatIsExportedIsTheSameWhenItIsImported() throws Exception {
        Files.writeString(directory.resolve("secret.txt"), "top secret\n");
        Files.writeString(directory.resolve("ca.pem"), "");
        Files.writeString(directory.resolve("key.pem"), "");
        var rich = Files.writeString(directory.resolve("rich.yaml"), """
                - { id: "012", protocol: ntrip, host: 127.0.0.1, port: 1, mountpoint: A-B, version: "2", rate: 0.1,
                    gga: { latitude: -0.215, longitude: -78.5, intervalSeconds: 30 }, user: "me; # {", password: "file:secret.txt",
                    tls: { caFile: ca.pem, certFile: ca.pem, keyFile: key.pem, serverName: caster }, silenceSeconds: 12.25 }
                - { id: NO, protocol: seedlink, host: "::1", port: 1, network: IU, station: ANMO, selectors: [BHZ, "00HH?"],
                    groups: ["a b", "NO", "1E5"], attributes: { site: "Quai \\"Süd\\", links", "x y": "- # : {" } }
                - { id: CALLS, protocol: tcp-lines, dialIn: true, duplex: true, password: "file:secret.txt", user: it }
                - { id: OFF, protocol: tcp-frames, host: h.example, port: 65535, enabled: false, tls: true, hello: true,
                    connectTimeoutMillis: 700, frameLimitBytes: 999 }
                """);
        try (var run = machine("[]", "threads")) {
            var added = cli("sources", "add", "--file=" + rich);
            assertThat(added.code()).as(added.err()).isZero();
            var epochs = epochs();
            assertThat(epochs.keySet()).containsExactly("012", "CALLS", "NO", "OFF");
            var exported = cli("sources", "list", "--format=yaml").out();
            assertThat(exported)
                    .contains("password: kept", "selectors: [BHZ, \"00HH?\"]", "dialIn: true", "gga: { ")
                    .doesNotContain("top secret", "secret.txt");
            var again = Files.writeString(directory.resolve("again.yaml"), exported);
            assertThat(cli("sources", "add", "--file=" + again).out())
                    .isEqualTo("4 sources: 1 filtered, 3 unchanged\n");
            assertThat(epochs()).as("none is started anew").isEqualTo(epochs);
            assertThat(cli("sources", "list", "--format=yaml").out()).isEqualTo(exported);
            run.term();
            assertThat(run.code()).as(run.err()).isZero();
        }
        try (var _ = machine("[]", "threads")) {
            assertThat(epochs()).as("stored with their secrets").hasSize(4);
            var again = directory.resolve("again.yaml");
            assertThat(cli("sources", "add", "--file=" + again).out())
                    .isEqualTo("4 sources: 1 filtered, 3 unchanged\n");
            Files.writeString(directory.resolve("secret.txt"), "another\n");
            assertThat(cli("sources", "add", "--file=" + again).out())
                    .as("kept is what the stored reference says now")
                    .isEqualTo("4 sources: 1 filtered, 1 unchanged, 2 updated\n");
        }
    }

    @Test
    void aMachineElsewhereIsLookedAtAndItsGroupsAreTurned() throws Exception {
        var elsewhere = PlanCommandTest.profile("0.0.1", Profiles.shipped().host(), "tcp-frames", "archive", 200, "");
        Files.writeString(directory.resolve("p.json"), Json.text(ProfileFile.document(elsewhere)));
        try (var stations = simulator("stations.yaml", 4);
                var run = machine("stations.yaml", "processes", "profiles: [p.json]\n")) {
            assertThat(run.err())
                    .contains("is of another version (0.0.1;", "there is no profile of tcp-lines")
                    .contains("till then its capacity may be another");
            await().until(() -> cli("status").out().contains("more at 20.0 Hz"));
            var lines = Files.readString(directory.resolve("stations.yaml"));
            replace("stations.yaml", lines.replaceFirst("groups: \\[simulated]", "groups: [north]"));
            await().until(() -> NORTH.matcher(cli("groups", "list").out()).find());
            awaitRunning("SIM00000");
            awaitRunning("SIM00003");
            var status = cli("status");
            assertThat(status.code()).as(status.err()).isZero();
            assertThat(status.out())
                    .contains("2 workers × 20 slots", url, "ready", "running 4")
                    .containsPattern("w1 +\\d+ +ready ");
            var document = cli("top", "--json").json();
            assertThat(document.path("recordsPerSecond").asDouble()).isPositive();
            assertThat(document.at("/totals/sources/RUNNING").asInt()).isEqualTo(4);
            assertThat(cli("groups", "disable", "north").out()).isEqualTo("north disabled: 1 source names it\n");
            await().until(() -> show("SIM00000").path("state").asString().equals("FILTERED"));
            assertThat(cli("groups", "enable", "north").out()).isEqualTo("north enabled: 1 source names it\n");
            awaitRunning("SIM00000");
            assertNothingLost(stations, run);
            assertThat(cli("status").err()).contains("no machine answers at " + url);
        }
    }

    @Test
    void inProcessesTooRecordsAreSeenAndWorkersRestartedOneByOne() throws Exception {
        try (var stations = simulator("stations.yaml", 4);
                var run = machine("stations.yaml", "processes")) {
            awaitRunning("SIM00002");
            assertThat(cli("sources", "tail", "SIM00002", "--count=2", "--json")
                            .out()
                            .lines())
                    .hasSize(2)
                    .allMatch(line -> line.startsWith("{\"source\":\"SIM00002\",\"epoch\":"));
            var restart = cli("rolling-restart", "--json").json();
            assertThat(restart.path("state").asString()).isEqualTo("DONE");
            assertThat(restart.path("left")).isEmpty();
            awaitRunning("SIM00002");
            assertThat(cli("sources", "tail", "SIM00002", "--count=1").code()).isZero();
            assertNothingLost(stations, run);
        }
    }

    /** Whatever is thrown at the endpoint, the records go on. */
    @Test
    void hostileClientsCostNoRecord() throws Exception {
        try (var stations = simulator("stations.yaml", 10);
                var run = machine("stations.yaml", "threads")) {
            awaitRunning("SIM00009");
            int port = Integer.parseInt(url.substring(url.lastIndexOf(':') + 1));
            var random = new Random(1);
            var held = new ArrayList<Socket>();
            try {
                for (int i = 0; i < 40; i++) {
                    var slow = new Socket(InetAddress.getLoopbackAddress(), port);
                    held.add(slow);
                    slow.getOutputStream()
                            .write("POST /api/v1/sources HTTP/1.1\r\nHo".getBytes(StandardCharsets.US_ASCII));
                }
                for (int i = 0; i < 300; i++) {
                    var bytes = new byte[random.nextInt(2_000)];
                    random.nextBytes(bytes);
                    hurl(port, bytes);
                    hurl(
                            port,
                            ("PUT /api/v1/sources/..%2f..%2f" + i + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                                            + "\r\nAuthorization: Bearer " + TOKEN
                                            + "\r\nContent-Length: 3\r\n\r\n[{\u00FF")
                                    .getBytes(StandardCharsets.ISO_8859_1));
                }
                hurlBodies(port, random);
                hurlTokens(port, random);
                hurlTooMuch(port);
                assertThat(epochs()).hasSize(10);
            } finally {
                for (var socket : held) {
                    socket.close();
                }
            }
            assertNothingLost(stations, run);
            var report = NetworkReport.read(directory.resolve("report.json"));
            assertThat(report.sources())
                    .allSatisfy(one -> assertThat(one.connects()).isEqualTo(1));
        }
    }

    /** Bodies that are no source, with a token that may. */
    private static void hurlBodies(int port, Random random) {
        var wrong = new ArrayList<byte[]>();
        wrong.add("[".repeat(200_000).getBytes(StandardCharsets.US_ASCII));
        wrong.add(("{\"attributes\":" + "{\"a\":".repeat(100_000)).getBytes(StandardCharsets.US_ASCII));
        wrong.add(new byte[2 << 20]);
        for (var text : List.of(
                "{\"protocol\":7,\"host\":[],\"port\":{}}",
                "{\"protocol\":\"tcp-lines\",\"host\":\"127.0.0.1\",\"port\":1e99}",
                "{\"protocol\":\"tcp-lines\",\"host\":\"127.0.0.1\",\"port\":1,\"rate\":\"NaN\"}",
                "{\"protocol\":\"tcp-lines\",\"host\":\"127.0.0.1\",\"port\":1,\"nonsense\":true}",
                "{\"protocol\":\"tcp-lines\",\"host\":\"127.0.0.1\",\"port\":1,\"port\":2}",
                "{\"protocol\":\"tcp-lines\",\"host\":\"\u00ff\",\"port\":1}",
                "null")) {
            wrong.add(text.getBytes(StandardCharsets.ISO_8859_1));
        }
        for (var body : wrong) {
            assertThat(told(port, "PUT /api/v1/sources/EVIL", TOKEN, body)).matches("|HTTP/1.1 4(00|13|22)");
            assertThat(bulk(port, body)).doesNotContain("\"status\":20");
        }
        for (int i = 0; i < 50; i++) {
            var garbage = new byte[20_000];
            random.nextBytes(garbage);
            assertThat(bulk(port, garbage)).doesNotContain("\"status\":20");
        }
    }

    private static void hurlTokens(int port, Random random) {
        for (int i = 0; i < 200; i++) {
            var token = TOKEN.toCharArray();
            token[random.nextInt(token.length)] ^= (char) (1 << random.nextInt(4));
            assertThat(told(port, "PUT /api/v1/sources/EVIL", new String(token), new byte[0]))
                    .matches("|HTTP/1.1 401");
        }
    }

    /** More than 64 MiB that do not say so. */
    private static void hurlTooMuch(int port) {
        var line = "x".repeat((1 << 19) - 1) + "\n";
        var chunk = (Integer.toHexString(line.length()) + "\r\n" + line + "\r\n").getBytes(StandardCharsets.US_ASCII);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            var out = socket.getOutputStream();
            out.write(("POST /api/v1/sources HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nAuthorization: Bearer " + TOKEN
                            + "\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 140; i++) {
                out.write(chunk);
            }
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("\"status\":413")
                    .doesNotContain("\"status\":20");
        } catch (IOException e) {
            // closed or reset before all was sent: as good an answer
        }
    }

    private static String bulk(int port, byte[] body) {
        return exchange(port, "POST /api/v1/sources", TOKEN, body);
    }

    /** The first words of the answer; nothing: closed. */
    private static String told(int port, String what, String token, byte[] body) {
        var answer = exchange(port, what, token, body);
        return answer.substring(0, Math.min(12, answer.length()));
    }

    private static String exchange(int port, String what, String token, byte[] body) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write((what + " HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1:" + port
                                    + "\r\nAuthorization: Bearer " + token + "\r\nContent-Length: " + body.length
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return ""; // closed or reset before all was sent: as good an answer
        }
    }

    /** Each source is looked at by readers that never read; who finds no room is told so. */
    @Test
    void aThousandIdleStreamsCostNoRecord() throws Exception {
        try (var stations = simulator("stations.yaml", 10);
                var run = machine("stations.yaml", "threads")) {
            awaitRunning("SIM00009");
            int port = Integer.parseInt(url.substring(url.lastIndexOf(':') + 1));
            var idle = new ArrayList<Socket>();
            var refusals = new TreeMap<String, Integer>();
            try {
                for (int i = 0; i < 1_000; i++) {
                    var socket = new Socket(InetAddress.getLoopbackAddress(), port);
                    idle.add(socket);
                    socket.setSoTimeout(20_000);
                    socket.getOutputStream()
                            .write(("GET /api/v1/sources/SIM0000" + i % 10
                                            + "/records HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1:" + port
                                            + "\r\nAuthorization: Bearer " + TOKEN + "\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
                    var head = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
                    if (!head.equals("HTTP/1.1 200")) {
                        socket.shutdownOutput();
                        refusals.merge(
                                head + " "
                                        + new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                                                .lines()
                                                .filter(line -> line.contains("detail"))
                                                .findFirst()
                                                .orElse("without a message"),
                                1,
                                Integer::sum);
                    }
                }
                assertThat(refusals.keySet())
                        .allMatch(told ->
                                told.matches("HTTP/1.1 (503 .*48 streams of your address are open.*|429 .*detail.*)"))
                        .anyMatch(told -> told.startsWith("HTTP/1.1 503"));
                assertThat(refusals.values().stream()
                                .mapToInt(Integer::intValue)
                                .sum())
                        .isGreaterThanOrEqualTo(1_000 - 48);
            } finally {
                for (var socket : idle) {
                    socket.close();
                }
            }
            assertNothingLost(stations, run);
            var report = NetworkReport.read(directory.resolve("report.json"));
            assertThat(report.sources())
                    .allSatisfy(one -> assertThat(one.connects()).isEqualTo(1));
        }
    }

    private static void hurl(int port, byte[] bytes) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            socket.setSoTimeout(5_000);
            var head = new String(socket.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1);
            assertThat(head).matches("|HTTP/1.1 (4..|505)");
        } catch (IOException e) {
            // closed or reset: as good an answer
        }
    }
}
