package org.stationmaster.app;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Clock;
import picocli.CommandLine;

/** The commands that speak to a machine, with one that only says what it is told to. */
@Timeout(30)
class RemoteTest {
    @TempDir
    private Path directory = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Map<String, String> answers = new LinkedHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final StopSignals signals = new StopSignals(code -> {
        throw new AssertionError("ended at once with " + code);
    });
    private HttpServer server;
    private int status = 200;

    /** What is answered whatever is asked; null: as {@link #answers} say. */
    private @Nullable String everywhere;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        var call = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        asked.add(call + (body.isEmpty() ? "" : " " + body.strip()));
        for (var header : List.of("Authorization", "If-None-Match")) {
            var value = exchange.getRequestHeaders().getFirst(header);
            if (value != null) {
                asked.add(value);
            }
        }
        var said = everywhere == null ? answers.get(call) : everywhere;
        var bytes = (said == null ? "{\"detail\":\"source is not known\"}" : said).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(said == null ? 404 : status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private int execute(String... args) {
        return execute(commandLine(), List.of(args));
    }

    private CommandLine commandLine() {
        return Cli.commandLine(signals, new PrintWriter(out, true), new PrintWriter(err, true));
    }

    private int execute(CommandLine line, List<String> args) {
        var all = new ArrayList<>(args);
        all.add("--url=http://127.0.0.1:" + server.getAddress().getPort() + "/");
        return line.execute(all.toArray(String[]::new));
    }

    @Test
    void aTableHoldsAllPagesAndNoTextFromOutsideSteersTheTerminal() {
        answers.put(
                "GET /api/v1/sources?limit=1000&group=n%26o&state=BACKOFF",
                "{\"sources\":[{\"id\":\"A\",\"state\":\"BACKOFF\",\"failing\":true,\"protocol\":\"tcp-lines\","
                        + "\"host\":\"h\",\"port\":1,\"rate\":null,\"worker\":\"w0\",\"records\":0,"
                        + "\"lastRecordAt\":null,\"detail\":\"evil \\u001b[2J\"}],\"next\":\"A\"}");
        answers.put(
                "GET /api/v1/sources?limit=1000&group=n%26o&state=BACKOFF&after=A",
                "{\"sources\":[{\"id\":\"LONGER\",\"state\":\"BACKOFF\",\"protocol\":\"p\",\"host\":\"h\","
                        + "\"port\":2,\"rate\":2.5,\"worker\":null,\"records\":7,\"detail\":\"\"}],\"next\":null}");
        assertThat(execute("sources", "list", "--group=n&o", "--state=backoff")).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "ID      STATE     PROTOCOL   ADDRESS  RATE  WORKER  RECORDS  LAST RECORD  DETAIL",
                        "A       BACKOFF!  tcp-lines  h:1      -     w0      0        -            evil ?[2J",
                        "LONGER  BACKOFF   p          h:2      2.5   -       7        -");
    }

    @Test
    void whyAConnectionEndedIsNotToldOfOneThatRuns() {
        answers.put(
                "GET /api/v1/sources?limit=1000",
                "{\"sources\":[{\"id\":\"A\",\"state\":\"RUNNING\",\"detail\":\"it was refused\"},"
                        + "{\"id\":\"B\",\"state\":\"PAUSED\",\"detail\":\"it was refused\"}],\"next\":null}");
        assertThat(execute("sources", "list")).isZero();
        assertThat(out.toString().lines())
                .element(1, as(STRING))
                .startsWith("A ")
                .endsWith("-");
        assertThat(out.toString().lines()).element(2, as(STRING)).endsWith("it was refused");
    }

    @Test
    void onlyThoseThatFailAreListedAndNoneIsSaid() {
        answers.put(
                "GET /api/v1/sources?limit=1000",
                "{\"sources\":[{\"id\":\"A\",\"state\":\"RUNNING\"},{\"id\":\"B\",\"state\":\"RUNNING\",\"failing\":true}],"
                        + "\"next\":null}");
        answers.put("GET /api/v1/sources?limit=1000&group=nosuch&state=PAUSED", "{\"sources\":[],\"next\":null}");
        assertThat(execute("sources", "list", "--failing")).isZero();
        assertThat(out.toString().lines()).hasSize(2).element(1, as(STRING)).startsWith("B   RUNNING!");
        assertThat(err.toString()).isEmpty();
        assertThat(execute("sources", "list", "--group=nosuch", "--state=paused", "--failing"))
                .isZero();
        assertThat(err.toString().strip()).isEqualTo("there is no source in group 'nosuch' in state PAUSED that fails");
        assertThat(execute("sources", "list", "--failing", "--format=yaml")).isEqualTo(2);
    }

    @Test
    void howTheLastConnectionOfASourceThatRunsEndedIsNotTheReasonOfItsState() {
        answers.put(
                "GET /api/v1/sources/A",
                "{\"id\":\"A\",\"state\":\"RUNNING\",\"reason\":\"RESET\",\"detail\":\"it was reset\"}");
        answers.put(
                "GET /api/v1/sources/B",
                "{\"id\":\"B\",\"state\":\"BACKOFF\",\"reason\":\"RESET\",\"detail\":\"it was reset\"}");
        assertThat(execute("sources", "show", "A")).isZero();
        assertThat(out.toString()).containsPattern("(?m)^last reason +RESET$").containsPattern("(?m)^last detail +it");
        out.getBuffer().setLength(0);
        assertThat(execute("sources", "show", "B")).isZero();
        assertThat(out.toString()).containsPattern("(?m)^reason +RESET$");
    }

    @Test
    void whoFollowsASourceThatRestsIsTold() {
        answers.put("GET /api/v1/sources/A", "{\"id\":\"A\",\"state\":\"PAUSED\"}");
        answers.put(
                "GET /api/v1/sources/A/records",
                "event: record\ndata: {\"receivedAt\":\"2026-11-30T00:00:00Z\",\"seq\":1,\"payload\":\"YQ==\"}\n\n");
        assertThat(execute("sources", "tail", "A", "--count=1"))
                .as(err.toString())
                .isZero();
        assertThat(err.toString().strip()).isEqualTo("'A' is PAUSED: its records are shown when they come");
        assertThat(out.toString().strip()).isEqualTo("2026-11-30T00:00:00Z 1 a");
    }

    @Test
    void yamlIsAStationFile() throws IOException {
        answers.put(
                "GET /api/v1/sources?limit=1000&as=stations",
                "{\"sources\":[{\"id\":\"012\",\"protocol\":\"tcp-lines\",\"host\":\"::1\",\"port\":1,"
                        + "\"rate\":0.5,\"groups\":[\"a b\",\"NO\"],\"attributes\":{\"x y\":\"# : \\\" {\"},"
                        + "\"hello\":true}],\"next\":null}");
        assertThat(execute("sources", "list", "--format=yaml")).isZero();
        assertThat(out.toString())
                .isEqualTo("- { id: 012, protocol: tcp-lines, host: \"::1\", port: 1, rate: 0.5,"
                        + " groups: [\"a b\", NO], attributes: { \"x y\": \"# : \\\" {\" }, hello: true }\n");
        var file = Files.writeString(directory.resolve("s.yaml"), out.toString());
        assertThat(Cli.commandLine(new StopSignals(_ -> {}), new PrintWriter(out), new PrintWriter(err))
                        .execute("check", file.toString()))
                .isZero();
    }

    @Test
    void anUpdateLeavesTheOtherKeys() {
        answers.put(
                "GET /api/v1/sources/A?as=stations",
                "{\"id\":\"A\",\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1,\"rate\":2.0,"
                        + "\"groups\":[\"x\"],\"password\":\"kept\"}");
        var changed = "{\"id\":\"A\",\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":7,\"groups\":[\"y\"],"
                + "\"attributes\":{\"site\":\"Quito\"},\"password\":\"kept\"}";
        answers.put("PUT /api/v1/sources/A", "{\"id\":\"A\",\"state\":\"STARTING\",\"detail\":\"\"}");
        assertThat(execute(
                        "sources",
                        "update",
                        "A",
                        "--port=7",
                        "--group=y",
                        "--unset=rate",
                        "--set",
                        "attributes={site: Quito}"))
                .as(err.toString())
                .isZero();
        assertThat(asked.getLast()).isEqualTo("PUT /api/v1/sources/A " + changed);
        assertThat(out.toString()).isEqualTo("A updated: STARTING (not connected yet)\n");
    }

    @Test
    void whatIsRefusedIsToldAndTheExitCodeSaysWhoseFaultItIs() throws IOException {
        var token = Files.writeString(directory.resolve("token"), "secret-token\n");
        assertThat(execute("sources", "show", "A", "--token-file=" + token)).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("stationmaster sources show: source is not known\n");
        assertThat(asked).containsExactly("GET /api/v1/sources/A", "Bearer secret-token");
        answers.put("GET /api/v1/sources/A", "{\"detail\":\"a token is needed\"}");
        status = 401;
        assertThat(execute("sources", "show", "A")).isEqualTo(1);
        assertThat(err.toString()).contains("a token is needed; put it into $STATIONMASTER_TOKEN");
        status = 422;
        answers.put("GET /api/v1/sources/A", "{\"detail\":\"is wrong\",\"field\":\"port\"}");
        assertThat(execute("sources", "show", "A")).isEqualTo(2);
        assertThat(err.toString()).contains("port: is wrong");
        status = 500;
        answers.put("GET /api/v1/sources/A", "<html>");
        assertThat(execute("sources", "show", "A")).isEqualTo(1);
        assertThat(err.toString()).contains("what answers is no machine: it said '<html>'");
    }

    @Test
    void whatIsAddedMustBeNewAndNobodyLooksBefore() {
        answers.put("PUT /api/v1/sources/A", "{\"detail\":\"source 'A' is there already\",\"field\":\"id\"}");
        status = 412;
        assertThat(execute("sources", "add", "A", "--protocol=tcp-lines", "--host=h", "--port=1"))
                .isEqualTo(1);
        assertThat(err.toString()).isEqualTo("stationmaster sources add: source 'A' is there already\n");
        assertThat(asked)
                .containsExactly(
                        "PUT /api/v1/sources/A {\"id\":\"A\",\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":1}",
                        "*");
    }

    @Test
    void whatIsSaidOfANewSourceIsTrue() {
        for (var told : Map.of(
                        "\"state\":\"RUNNING\",\"lastRecordAt\":null", "RUNNING (connected, no record yet)",
                        "\"state\":\"RUNNING\",\"lastRecordAt\":\"T\"", "RUNNING",
                        "\"state\":\"STARTING\"", "STARTING (not connected yet)",
                        "\"state\":\"WAITING\",\"detail\":\"no slot is idle\"", "WAITING (no slot is idle)")
                .entrySet()) {
            out.getBuffer().setLength(0);
            answers.put("PUT /api/v1/sources/A", "{\"id\":\"A\"," + told.getKey() + "}");
            assertThat(execute("sources", "add", "A", "--protocol=tcp-lines", "--host=h", "--port=1"))
                    .isZero();
            assertThat(out.toString()).isEqualTo("A added: " + told.getValue() + "\n");
        }
    }

    @Test
    void aTimeIsToldInMilliseconds() {
        assertThat(SourcesListCommand.millis("2026-11-29T01:02:03.123456789Z")).isEqualTo("2026-11-29T01:02:03.123Z");
        assertThat(SourcesListCommand.millis("2026-11-29T01:02:03.120Z")).isEqualTo("2026-11-29T01:02:03.120Z");
        assertThat(SourcesListCommand.millis("2026-11-29T01:02:03Z")).isEqualTo("2026-11-29T01:02:03Z");
        assertThat(SourcesListCommand.millis("-")).isEqualTo("-");
    }

    @Test
    void groupsAreListedAndTurnedOnAndOff() {
        answers.put(
                "GET /api/v1/groups",
                "{\"groups\":[{\"name\":\"north\",\"enabled\":true,\"sources\":12},"
                        + "{\"name\":\"a b\",\"enabled\":false,\"sources\":1}]}");
        assertThat(execute("groups", "list")).isZero();
        assertThat(out.toString().lines())
                .containsExactly("GROUP  ENABLED  SOURCES", "north  yes      12", "a b    no       1");
        answers.put("PUT /api/v1/groups/a%20b", "{\"name\":\"a b\",\"enabled\":true,\"sources\":2}");
        assertThat(execute("groups", "enable", "a b")).isZero();
        assertThat(asked.getLast()).isEqualTo("PUT /api/v1/groups/a%20b {\"enabled\":true}");
        assertThat(execute("groups", "disable", "a b", "--json")).isZero();
        assertThat(asked.getLast()).isEqualTo("PUT /api/v1/groups/a%20b {\"enabled\":false}");
        assertThat(out.toString()).contains("a b enabled: 2 sources name it\n");
        assertThat(err.toString()).isEmpty();
        answers.put("PUT /api/v1/groups/typo", "{\"name\":\"typo\",\"enabled\":false,\"sources\":0}");
        assertThat(execute("groups", "disable", "typo")).isZero();
        assertThat(out.toString()).endsWith("typo disabled: no source names it yet\n");
        assertThat(err.toString())
                .isEqualTo("note: no source is in group 'typo'; there are north, a b. It stays disabled for sources to"
                        + " come: 'groups enable typo' ends that\n");
        err.getBuffer().setLength(0);
        assertThat(execute("groups", "disable", "typo", "--json")).isZero();
        assertThat(err.toString()).startsWith("note: no source is in group 'typo'");
    }

    @Test
    void aFileIsAddedInPartsAndItsRefusalsAreNamed() throws IOException {
        var file = Files.writeString(
                directory.resolve("s.csv"),
                "id,protocol,host,port\nA,tcp-lines,h,1\nB,tcp-lines,h,2\nC,tcp-lines,h,3\n");
        answers.put("POST /api/v1/sources", """
                {"line":1,"id":"A","status":201,"state":"STARTING"}
                {"line":2,"status":422,"error":"not that port"}
                {"line":3,"id":"C","status":200}
                """);
        assertThat(execute("sources", "add", "--file=" + file)).isEqualTo(1);
        assertThat(out.toString()).isEqualTo("3 sources: 1 added, 1 refused, 1 unchanged\n");
        assertThat(err.toString()).isEqualTo("B: not that port\n");
        assertThat(asked.getFirst().lines()).hasSize(3);
    }

    @Test
    void aTailShowsRecordsAndTellsWhatIsLeftOut() {
        answers.put("GET /api/v1/sources/A", "{\"id\":\"A\",\"state\":\"RUNNING\"}");
        answers.put(
                "GET /api/v1/sources/A/records",
                ":\n\nevent: record\ndata: {\"source\":\"A\",\"epoch\":1,\"seq\":4,\"receivedAt\":\"T\","
                        + "\"payload\":\"MS4yG1sySg0K\"}\n\nevent: dropped\ndata: {\"count\":3}\n\n");
        assertThat(execute("sources", "tail", "A")).isEqualTo(1);
        assertThat(out.toString()).isEqualTo("T 4 1.2?[2J\n");
        assertThat(err.toString()).contains("left out: 3\n", "the machine has ended the stream");
        assertThat(execute("sources", "tail", "A", "--count=1", "--hex")).isZero();
        assertThat(out.toString()).endsWith("T 4 312e321b5b324a0d0a\n");
    }

    private static final String MACHINE = """
            {"size":{"workers":2,"slots":8},"ready":true,"workers":[
             {"id":"w0","kind":"process","pid":11,"state":"READY","slots":{"IDLE":5,"RUNNING":3},"load":0.1,"cpu":0.125},
             {"id":"w1","kind":"process","pid":12,"state":"LOST","slots":{"IDLE":8},"load":0,"cpu":null}],
             "totals":{"sources":{"RUNNING":3,"WAITING":1,"NEWER":2},"failing":1,"records":1234,"bytes":99,
              "reconnects":7,"ends":{"RESET":6,"NEWER":1}},
             "headroom":412,"headroomRate":1.0,"costRatio":null,
             "alarms":[{"kind":"FAILING","subject":"h:1","since":"2026-11-29T01:00:00Z","sources":2,"message":"evil \\u001b[2J"},
              {"kind":"DISK","subject":"data","since":"2026-11-29T02:00:00Z","sources":0,"message":"full"}],
             "wakeMillis":{"count":3,"p50":0.1,"p99":0.2,"max":0.3},
             "latencyMillis":{"count":3,"p50":10,"p99":20,"max":30},"deliveryMillis":{}}
            """;

    @Test
    void aMachineElsewhereIsLookedAt() {
        signals.ask(); // no second of waiting
        answers.put("GET /api/v1/machine", MACHINE);
        assertThat(execute("status")).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("2 workers × 8 slots", "ready", "1,234 in all", "running 3  waiting 1", "failing 1")
                .contains("room for 412 more at 1.00 Hz", "7 reconnects  reset 6", "p50 10.0", "event to receipt")
                .containsPattern("w0 +11 +ready +12.5% +10.0% +3/8")
                .containsPattern("w1 +12 +lost +– +0.0% +0/8")
                .contains("FAILING  h:1  since 2026-11-29T01:00:00Z  evil ?[2J", "DISK  data")
                .doesNotContain("\u001b");
        out.getBuffer().setLength(0);
        assertThat(execute("status", "--rows=1")).isZero();
        assertThat(out.toString()).contains("ALARMS  the first 1 of 2").doesNotContain("DISK");
        out.getBuffer().setLength(0);
        assertThat(execute("top")).as("no terminal: a line").isZero();
        assertThat(out.toString()).contains("  ready  running 3/4  ", "records 1,234  failing 1  alarms 2");
        for (var command : List.of("status", "top")) {
            out.getBuffer().setLength(0);
            assertThat(execute(command, "--json")).isZero();
            var document = Remote.MAPPER.readTree(out.toString());
            assertThat(document.path("url").asString()).startsWith("http://127.0.0.1:");
            assertThat(document.path("recordsPerSecond").isNumber()).isTrue();
            assertThat(document.path("headroom").asInt()).isEqualTo(412);
            assertThat(document.path("alarms")).hasSize(2);
        }
    }

    @Test
    void whatIsNoMachineIsToldAsThat() throws IOException {
        signals.ask();
        var file = Files.writeString(directory.resolve("s.csv"), "id,protocol,host,port\nA,tcp-lines,h,1\n");
        var commands = List.of(
                List.of("status"),
                List.of("top"),
                List.of("alarms"),
                List.of("groups", "list"),
                List.of("groups", "enable", "A"),
                List.of("rolling-restart"),
                List.of("sources", "list"),
                List.of("sources", "show", "A"),
                List.of("sources", "add", "A", "--protocol=tcp-lines", "--host=h", "--port=1"),
                List.of("sources", "add", "--file=" + file),
                List.of("sources", "update", "A", "--rate=2"),
                List.of("sources", "remove", "A"),
                List.of("sources", "pause", "A"),
                List.of("sources", "send", "A", "x"));
        var line = commandLine(); // to make one takes longer than what it does here
        for (var command : commands) {
            for (var told : List.of(" 302", "<html> 200", " 200", "{} 200", "{\"size\":5} 200", "[] 200", "7 301")) {
                int space = told.lastIndexOf(' ');
                everywhere = told.substring(0, space);
                status = Integer.parseInt(told.substring(space + 1));
                out.getBuffer().setLength(0);
                err.getBuffer().setLength(0);
                assertThat(execute(line, command)).as(command + " with " + told).isEqualTo(1);
                assertThat(out.toString()).as(command + " with " + told).isEmpty();
                assertThat(err.toString())
                        .as(command + " with " + told)
                        .contains("what answers is no machine: it said '" + everywhere + "' with status " + status);
            }
        }
    }

    @Test
    void aMachineThatIsNoMoreEndsALookAndIsToldOnAScreen() throws Exception {
        var look = new Look(100, 30, Look.Colours.NONE, true);
        answers.put("GET /api/v1/machine", MACHINE);
        var base = "http://127.0.0.1:" + server.getAddress().getPort();
        var sight = new RemoteSight(new Remote(_ -> base), Clock.SYSTEM, 10);
        sight.look();
        assertThat(sight.isAlive()).isTrue();
        answers.clear();
        sight.look();
        assertThat(sight.isAlive()).isFalse();
        assertThat(sight.screen(Instant.EPOCH, look))
                .as("as it was, and that it is gone")
                .anyMatch(line -> line.contains("source is not known"))
                .anyMatch(line -> line.contains("1,234 in all"));
        assertThat(sight.line(Instant.EPOCH)).isEqualTo("1970-01-01 00:00:00 UTC  source is not known");
        signals.ask();
        assertThat(execute("top")).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("stationmaster top: source is not known\n");
        assertThat(execute("status", "--data=x")).isEqualTo(2);
        assertThat(err.toString()).contains("give one of them");
    }

    @Test
    void aScreenOfAMachineElsewhereIsNeverOverfull() {
        var told = Remote.MAPPER.readTree(MACHINE);
        var seen = new RemoteView.Seen("http://h", told, RemoteView.snapshot(told, 0), Trend.Rates.NONE, null);
        for (int height = 1; height <= 40; height++) {
            for (int width : new int[] {1, 40, 120}) {
                var lines = new RemoteView(seen, Instant.EPOCH, new Look(width, height, Look.Colours.NONE, true), 10)
                        .screen();
                assertThat(lines).as(width + " × " + height).hasSizeLessThanOrEqualTo(height);
                assertThat(lines).allMatch(line -> line.length() <= width);
            }
        }
        var ordinary = new RemoteView(seen, Instant.EPOCH, new Look(120, 24, Look.Colours.NONE, true), 10).screen();
        assertThat(String.join("\n", ordinary)).contains("w1", "ALARMS", "DISK", "q or Ctrl-C ends");
    }

    @Test
    void theLedgerIsATableOfGaps() {
        var told = "{\"from\":\"T1\",\"to\":\"T2\",\"sources\":[{\"source\":\"A\",\"gaps\":["
                + "{\"from\":\"T3\",\"to\":\"T4\",\"seconds\":12.5,\"cause\":\"NETWORK\",\"detail\":\"reset\"},"
                + "{\"from\":\"T5\",\"to\":null,\"seconds\":3.0,\"cause\":\"SOURCE_SILENT\",\"detail\":\"\"},"
                + "{\"from\":\"T6\",\"to\":\"T7\",\"seconds\":0.4,\"cause\":\"NETWORK\",\"detail\":\"\"},"
                + "{\"from\":\"T8\",\"to\":\"T9\",\"seconds\":0.4,\"cause\":\"MACHINE_DOWN\",\"detail\":\"\"}]}],"
                + "\"since\":\"T2\",\"causes\":["
                + "{\"cause\":\"MACHINE_DOWN\",\"sources\":1,\"gaps\":1,\"seconds\":0.4},"
                + "{\"cause\":\"NETWORK\",\"sources\":1200,\"gaps\":2000,\"seconds\":13.4}],\"complete\":19,\"completeness\":0.99999,\"more\":true,\"dropped\":2,\"trouble\":\"disk\"}";
        var ofOne = "GET /api/v1/ledger?source=A&from=2026-11-28T00%3A00%3A00Z&limit=5";
        answers.put("GET /api/v1/ledger", told);
        answers.put(ofOne, told);
        assertThat(execute("ledger")).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "T1 to T2, known since T2: 19 sources complete, 1 with gaps; 99.999 % of the time that was wanted",
                        "CAUSE         SOURCES  GAPS   SECONDS",
                        "MACHINE_DOWN  1        1      <1",
                        "NETWORK       1,200    2,000  13",
                        "SOURCE  FROM  TO     SECONDS  CAUSE          DETAIL",
                        "A       T3    T4     13       NETWORK        reset",
                        "A       T5    still  3        SOURCE_SILENT",
                        "A       T6    T7     <1       NETWORK");
        assertThat(err.toString()).contains("there are more", "2 gaps could not be written; disk");
        assertThat(asked.getLast()).isEqualTo("GET /api/v1/ledger");
        answers.put("GET /api/v1/ledger?source=A", told);
        out.getBuffer().setLength(0);
        assertThat(execute("ledger", "A")).isZero();
        assertThat(out.toString())
                .startsWith("T1 to T2, known since T2: 99.999 % of the time that was wanted\nSOURCE ")
                .contains("MACHINE_DOWN");
        assertThat(execute("ledger", "A", "--from=2026-11-28T00:00:00Z", "--limit=5", "--json"))
                .isZero();
        assertThat(asked.getLast()).isEqualTo(ofOne);
    }

    @Test
    void alarmsAreATableAndReceiversThatFailAreNamed() {
        answers.put("GET /api/v1/alarms", "{\"alarms\":[],\"more\":0,\"receivers\":[]}");
        assertThat(execute("alarms")).isZero();
        assertThat(out.toString()).isEqualTo("no alarms\n");
        out.getBuffer().setLength(0);
        answers.put(
                "GET /api/v1/alarms",
                "{\"alarms\":[{\"kind\":\"FAILING\",\"subject\":\"192.0.2.17\",\"since\":\"T1\",\"raisedAt\":\"T2\","
                        + "\"sources\":12,\"message\":\"12 of its 12 \\u001b[2J\"},{\"kind\":\"DISK\",\"subject\":\"/data\","
                        + "\"since\":\"T3\",\"raisedAt\":\"T3\",\"sources\":0,\"message\":\"free some\"}],\"more\":0,"
                        + "\"receivers\":[{\"receiver\":\"webhook https://h\",\"waiting\":2,\"delivered\":1,\"dropped\":3,"
                        + "\"lastError\":\"answered 500\"},{\"receiver\":\"command /bin/tell\",\"waiting\":0,"
                        + "\"delivered\":1,\"dropped\":0,\"lastError\":\"\"}]}");
        assertThat(execute("alarms")).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "KIND     SUBJECT     SINCE  SOURCES  MESSAGE",
                        "FAILING  192.0.2.17  T1     12       12 of its 12 ?[2J",
                        "DISK     /data       T3              free some");
        assertThat(err.toString()).isEqualTo("webhook https://h: 2 wait, 3 lost: answered 500\n");
        out.getBuffer().setLength(0);
        assertThat(execute("alarms", "--json")).isZero();
        assertThat(out.toString()).startsWith("{").contains("\"raisedAt\"", "\"receivers\"");
    }

    @Test
    void aBarGrowsInOneLine() {
        var text = new StringWriter();
        try (var bar = new Progress.Bar(new PrintWriter(text), 4_000)) {
            bar.show(1_000);
            bar.show(4_000);
        }
        assertThat(text.toString())
                .isEqualTo("\r[##########------------------------------] 1,000 of 4,000"
                        + "\r[########################################] 4,000 of 4,000\r\u001b[K");
    }
}
