package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.testkit.NetworkReport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The program as its users meet it: processes, signals, exit codes. */
@Tag("system")
@Timeout(180)
class ProcessTest {
    @TempDir
    private Path directory = Path.of("");

    private static JsonNode json(Child child) throws IOException {
        return new JsonMapper().readTree(child.out());
    }

    /** A machine file over the stations, with a control port of its own. */
    private Path machineFile(String name, String data, int port) throws IOException {
        if (!Files.exists(directory.resolve("stations.yaml"))) {
            Files.writeString(directory.resolve("stations.yaml"), "[]");
        }
        return Files.writeString(
                directory.resolve(name),
                "machine: { workers: 2, slots: 20 }\ncontrol: { bind: \"127.0.0.1:" + port
                        + "\" }\nsources: stations.yaml\ndata: " + data + "\n");
    }

    private Child simulator(String... more) throws IOException {
        var args = new ArrayList<>(List.of(
                "simulate",
                "tcp-lines",
                "--sources",
                "10",
                "--rate",
                "100",
                "--port",
                "0",
                "--stations",
                "stations.yaml",
                "--report",
                "report.json"));
        args.addAll(List.of(more));
        var child = Child.start(directory, args.toArray(String[]::new));
        child.awaitOut(SimulateCommand.LISTENING);
        return child;
    }

    private static URI control(Child run) throws IOException {
        var matcher = Pattern.compile("control (http://\\S+)/").matcher(run.err());
        assertThat(matcher.find()).isTrue();
        return URI.create(matcher.group(1));
    }

    @Test
    void theDemoLosesNothing() throws Exception {
        try (var demo = Child.start(
                directory, "demo", "--sources", "40", "--rate", "5", "--seconds", "3", "--json", "--data", "d")) {
            assertThat(demo.code()).as(demo.err()).isZero();
            var summary = json(demo);
            assertThat(summary.propertyNames())
                    .contains(
                            "sources",
                            "workers",
                            "slots",
                            "isolation",
                            "seconds",
                            "sent",
                            "cut",
                            "records",
                            "lost",
                            "duplicates",
                            "latency_ms",
                            "wake_ms",
                            "reconnects",
                            "archive");
            assertThat(summary.get("lost").longValue()).isZero();
            assertThat(summary.get("duplicates").longValue()).isZero();
            assertThat(summary.get("foreign").longValue()).isZero();
            assertThat(summary.get("records").longValue())
                    .isPositive()
                    .isEqualTo(summary.get("sent").longValue());
            assertThat(summary.get("wake_ms").get("p99").doubleValue()).isPositive();
            assertThat(summary.get("latency_ms").get("p50").doubleValue()).isPositive();
            assertThat(Path.of(summary.get("archive").stringValue()))
                    .isAbsolute()
                    .isDirectory();
            assertThat(demo.err()).contains("00:01").doesNotContain("\u001b");
        }
    }

    @Test
    void aDemoBesideAnotherSaysWhereItIs() throws Exception {
        try (var taken = new ServerSocket()) {
            try {
                taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 8470), 1);
            } catch (BindException e) {
                // as well: somebody else has it
            }
            try (var demo = Child.start(directory, "demo", "--sources=1", "--seconds=1", "--data=d")) {
                assertThat(demo.code()).as(demo.err()).isZero();
                assertThat(demo.err())
                        .contains("starting 1 simulated station and ")
                        .containsPattern("the page: http://127.0.0.1:[0-9]+/ \\(port 8470 is taken\\)")
                        .containsPattern("in another terminal: stationmaster status --url http://127.0.0.1:[0-9]+\n")
                        .doesNotContain("control.bind");
            }
        }
    }

    @Test
    void aDemoWithFaultsAndLinesLosesNothingEither() throws Exception {
        try (var demo = Child.start(
                directory,
                "demo",
                "--protocol=tcp-lines",
                "--sources=60",
                "--rate=5",
                "--seconds=5",
                "--faults=reset=0.05/s,cut=0.05/s,refuse=0.02/s:1",
                "--json")) {
            assertThat(demo.code()).as(demo.err()).isZero();
            var summary = json(demo);
            assertThat(summary.get("lost").longValue()).isZero();
            assertThat(summary.get("duplicates").longValue()).isZero();
            assertThat(summary.get("reconnects").longValue())
                    .as("faults struck")
                    .isPositive();
            assertThat(directory.resolve("demo-data")).isDirectory();
        }
    }

    /** What a worker that is killed had in hand is cut, nothing else; its sources run elsewhere, and no process stays. */
    @Test
    void aDemoWhoseWorkersAreKilledLosesNothingElse() throws Exception {
        try (var demo = Child.start(
                directory,
                "demo",
                "--sources=40",
                "--rate=5",
                "--isolation=processes",
                "--seconds=14",
                "--kill-every=5",
                "--json",
                "--data=d")) {
            demo.awaitErr("machine worker w1 is up");
            var processes = demo.handle().descendants().collect(Collectors.toList());
            assertThat(processes).as("a simulator and two workers").hasSizeGreaterThanOrEqualTo(3);
            assertThat(demo.code()).as(demo.err()).isZero();
            var summary = json(demo);
            assertThat(summary.get("isolation").stringValue()).isEqualTo("processes");
            assertThat(summary.get("lost").longValue()).isZero();
            assertThat(summary.get("duplicates").longValue()).isZero();
            assertThat(summary.get("in_air").get("max_seconds").doubleValue())
                    .as("what one kill cost one source")
                    .isLessThanOrEqualTo(1);
            assertThat(summary.get("sent").longValue()
                            + summary.get("in_air").get("records").longValue())
                    .as("each record but those in the air is archived")
                    .isEqualTo(summary.get("records").longValue()
                            + summary.get("cut").longValue());
            assertThat(summary.get("kills").intValue()).isEqualTo(2);
            long back = 0;
            for (var kill : summary.get("killed")) {
                assertThat(kill.get("back").longValue())
                        .isEqualTo(kill.get("sources").longValue());
                back += kill.get("back").longValue();
            }
            assertThat(back).as("sources that moved").isPositive();
            assertThat(summary.get("reconnects").longValue())
                    .as("only those of a killed worker")
                    .isEqualTo(back);
            assertThat(demo.err()).as("one time stamp a line").doesNotContainPattern("Z +[A-Z]+ +worker w\\d: \\d{4}-");
            assertNoneIsLeft(processes, workersIn("d"));
        }
    }

    /** The processes that the table names last. */
    private List<ProcessHandle> workersIn(String data) throws Exception {
        return StateTable.open(directory.resolve(data).resolve("state").resolve("table"))
                .look(table -> IntStream.range(0, table.size().workers())
                        .mapToObj(index -> table.pid(new WorkerId(index)))
                        .flatMap(pid -> ProcessHandle.of(pid).stream())
                        .toList());
    }

    private static void assertNoneIsLeft(List<ProcessHandle> seen, List<ProcessHandle> named) {
        assertThat(Stream.concat(seen.stream(), named.stream()))
                .as("processes that outlive the program")
                .noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void runWithProcessesEndsWithZeroAtSigtermAndLeavesNoProcess() throws Exception {
        var file = machineFile("m.yaml", "data", 0);
        Files.writeString(file, Files.readString(file).replace("slots: 20 }", "slots: 20, isolation: processes }"));
        try (var stations = simulator();
                var run = Child.start(directory, "run", file.toString())) {
            run.awaitErr("ready: control");
            var archive = directory.resolve("data").resolve("archive");
            Awaitility.await()
                    .atMost(Child.PATIENCE)
                    .ignoreExceptions()
                    .until(() -> Files.size(first(archive)) > 1_000);
            var workers = workersIn("data");
            assertThat(workers).hasSize(2).allMatch(ProcessHandle::isAlive);
            stations.term();
            assertThat(stations.code()).as(stations.err()).isZero();
            run.term();
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.err()).contains("everything delivered and flushed");
            assertNoneIsLeft(workers, List.of());
            var report = NetworkReport.read(directory.resolve("report.json"));
            var counted = ArchiveAudit.of(archive, Framing.LINES, report, id -> SourceAudit.Kills.NONE);
            assertThat(List.of(counted.lost(), counted.duplicates(), counted.foreign()))
                    .containsExactly(0L, 0L, 0L);
        }
    }

    /** Every worker listens on the port: whichever a station comes to, its source gets a slot there. */
    @Test
    void whatStationsSendThatCallAtWorkerProcessesIsArchivedWhole() throws Exception {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var file = machineFile("m.yaml", "data", 0);
        Files.writeString(
                file,
                Files.readString(file).replace("slots: 20 }", "slots: 20, isolation: processes }")
                        + "listen: { protocol: tcp-lines, bind: \"127.0.0.1:" + port + "\" }\n");
        var dial = new String[] {
            "simulate",
            "tcp-lines",
            "--sources=20",
            "--rate=50",
            "--dial=127.0.0.1:" + port,
            "--stations=stations.yaml",
            "--report=report.json"
        };
        try (var stations = Child.start(directory, dial)) {
            stations.awaitOut("calling tcp-lines");
            try (var run = Child.start(directory, "run", file.toString())) {
                run.awaitErr("may call 127.0.0.1:" + port);
                var archive = directory.resolve("data").resolve("archive");
                Awaitility.await().atMost(Child.PATIENCE).until(() -> filesBelow(archive) == 20);
                stations.term();
                assertThat(stations.code()).as(stations.err()).isZero();
                run.term();
                assertThat(run.code()).as(run.err()).isZero();
                var report = NetworkReport.read(directory.resolve("report.json"));
                var counted = ArchiveAudit.of(archive, Framing.LINES, report, id -> SourceAudit.Kills.NONE);
                assertThat(List.of(counted.lost(), counted.duplicates(), counted.foreign()))
                        .containsExactly(0L, 0L, 0L);
                assertThat(counted.records()).isPositive();
            }
        }
    }

    /** The simulator must not outlive a demo that is killed. */
    @Test
    void aKilledDemoLeavesNoSimulator() throws Exception {
        try (var demo = Child.start(directory, "demo", "--sources", "5", "--rate", "5", "--data", "d")) {
            demo.awaitErr("00:01");
            var simulators = demo.handle().descendants().collect(Collectors.toList());
            assertThat(simulators).hasSize(1);
            demo.handle().destroyForcibly();
            Awaitility.await()
                    .atMost(Child.PATIENCE)
                    .until(() -> !simulators.getFirst().isAlive());
        }
    }

    @Test
    void aDemoEndsInOrderAtASignal() throws Exception {
        try (var demo = Child.start(directory, "demo", "--sources", "5", "--rate", "5", "--data", "d")) {
            demo.awaitErr("00:01");
            demo.term();
            assertThat(demo.code()).as(demo.err()).isZero();
            assertThat(demo.out()).contains("Nothing lost, nothing twice.");
        }
    }

    @Test
    void runCollectsAnswersAndEndsWithZeroAtSigterm() throws Exception {
        try (var stations = simulator();
                var http = HttpClient.newHttpClient();
                var run = Child.start(
                        directory, "run", machineFile("m.yaml", "data", 0).toString())) {
            run.awaitErr("ready: control");
            var address = control(run);
            assertThat(http.send(
                                    HttpRequest.newBuilder(address.resolve("/readyz"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
            var archive = directory.resolve("data").resolve("archive");
            Awaitility.await()
                    .atMost(Child.PATIENCE)
                    .ignoreExceptions()
                    .until(() -> Files.size(first(archive)) > 1_000);
            stations.term();
            assertThat(stations.code()).as(stations.err()).isZero();
            run.term();
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.err()).contains("everything delivered and flushed");
            var report = NetworkReport.read(directory.resolve("report.json"));
            var counted = ArchiveAudit.of(archive, Framing.LINES, report, id -> SourceAudit.Kills.NONE);
            assertThat(List.of(counted.lost(), counted.duplicates(), counted.foreign()))
                    .containsExactly(0L, 0L, 0L);
            assertThat(counted.records()).isPositive();
        }
    }

    private static Path first(Path archive) throws IOException {
        try (var files = Files.walk(archive)) {
            return files.filter(file -> file.toString().endsWith(".lines"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** The disk is full for good: a drain cannot end, a second signal must end it. */
    @Test
    void aSecondSignalEndsAtOnce() throws Exception {
        var file = machineFile("m.yaml", "data", 0);
        try (var _ = simulator();
                var run = Child.start(directory, "run", file.toString())) {
            run.awaitErr("ready: control");
            var archive = directory.resolve("data").resolve("archive");
            Awaitility.await().atMost(Child.PATIENCE).until(() -> Files.isDirectory(archive.resolve("tcp-lines")));
            blockForGood(archive);
            Awaitility.await().atMost(Child.PATIENCE).until(() -> run.err().contains("archive"));
            run.term();
            run.awaitErr("once more ends at once");
            assertThat(run.isAlive()).isTrue();
            run.term();
            assertThat(run.code()).isEqualTo(143);
        }
    }

    /** Puts files where the archive wants directories, until it holds. */
    private static void blockForGood(Path archive) {
        Awaitility.await().atMost(Child.PATIENCE).ignoreExceptions().until(() -> {
            var protocol = archive.resolve("tcp-lines");
            if (Files.isDirectory(protocol)) {
                Files.move(protocol, archive.resolveSibling("aside" + System.nanoTime()));
            }
            Files.createFile(protocol);
            return Files.isRegularFile(protocol);
        });
    }

    @Test
    void pastTheDeadlineWhatIsLeftIsNamed() throws Exception {
        var file = machineFile("m.yaml", "data", 0);
        Files.writeString(file, Files.readString(file) + "stopSeconds: 1\n");
        try (var _ = simulator();
                var run = Child.start(directory, "run", file.toString())) {
            run.awaitErr("ready: control");
            var archive = directory.resolve("data").resolve("archive");
            Awaitility.await().atMost(Child.PATIENCE).until(() -> Files.isDirectory(archive.resolve("tcp-lines")));
            blockForGood(archive);
            Awaitility.await().atMost(Child.PATIENCE).until(() -> run.err().contains("archive"));
            run.term();
            assertThat(run.code()).as(run.err()).isEqualTo(1);
            assertThat(run.err()).contains("not stopped within 1 s");
        }
    }

    /** Its pipe is full before the first line. */
    @Test
    void aLogThatNobodyReadsHoldsNothingUp() throws Exception {
        try (var _ = simulator()) {
            var command = new ArrayList<>(List.of(
                    "sh",
                    "-c",
                    "mkfifo log && exec 3<>log && { timeout 1 cat /dev/zero >&3; exec \"$@\" 2>&3; }",
                    "deaf"));
            command.addAll(
                    Child.command("run", machineFile("machine.yaml", "d", 0).toString()));
            try (var run = Child.start(directory, new ProcessBuilder(command))) {
                Awaitility.await().atMost(Child.PATIENCE).until(() -> filesBelow(directory.resolve("d/archive")) == 10);
                run.term();
                assertThat(run.code()).isZero();
            }
        }
    }

    private static long filesBelow(Path archive) throws IOException {
        if (!Files.exists(archive)) {
            return 0;
        }
        try (var files = Files.walk(archive)) {
            return files.filter(file -> file.toString().endsWith(".lines")).count();
        }
    }

    @Test
    void aTakenPortIsOneClearSentence() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var run = Child.start(
                        directory,
                        "run",
                        machineFile("m.yaml", "data", taken.getLocalPort()).toString())) {
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err())
                    .contains("stationmaster run: ", "127.0.0.1:" + taken.getLocalPort(), "taken")
                    .doesNotContain("Javalin")
                    .doesNotContain("\tat ");
            assertThat(directory.resolve("data"))
                    .as("nothing is made for nothing")
                    .doesNotExist();
        }
    }

    @Test
    void aTakenPortForCallsLeavesNoDirectoryEither() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var file = machineFile("m.yaml", "data", 0);
            Files.writeString(
                    file,
                    "listen: { protocol: tcp-lines, bind: \"127.0.0.1:" + taken.getLocalPort() + "\" }\n",
                    StandardOpenOption.APPEND);
            try (var run = Child.start(directory, "run", file.toString())) {
                assertThat(run.code()).isEqualTo(1);
                assertThat(run.err()).contains("cannot listen for tcp-lines on ", ":" + taken.getLocalPort());
            }
            assertThat(directory.resolve("data")).doesNotExist();
        }
    }

    @Test
    void aSecondMachineOnTheSameDataIsRefusedAndTheFirstGoesOn() throws Exception {
        try (var first =
                Child.start(directory, "run", machineFile("one.yaml", "data", 0).toString())) {
            first.awaitErr("ready: control");
            try (var second = Child.start(
                    directory, "run", machineFile("two.yaml", "data", 0).toString())) {
                assertThat(second.code()).isEqualTo(1);
                assertThat(second.err())
                        .contains("another machine uses the data directory")
                        .doesNotContain("\tat ");
            }
            assertThat(first.isAlive()).isTrue();
            first.term();
            assertThat(first.code()).as(first.err()).isZero();
        }
    }

    /** Its limit is lowered while it runs, to what it has open. */
    @Test
    void withoutADescriptorTheControlEndpointPausesAndSaysSoOnce() throws Exception {
        var prlimit = Path.of("/usr/bin/prlimit");
        assumeTrue(Files.isExecutable(prlimit), "no prlimit here");
        try (var http = HttpClient.newHttpClient();
                var run = Child.start(
                        directory, "run", machineFile("m.yaml", "data", 0).toString())) {
            run.awaitErr("ready: control");
            var address = control(run);
            limitFiles(prlimit, run, 0);
            try (var _ = new Socket(address.getHost(), address.getPort())) {
                run.awaitErr("cannot accept a connection");
            }
            limitFiles(prlimit, run, 4096);
            assertThat(http.send(
                                    HttpRequest.newBuilder(address.resolve("/readyz"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
            run.term();
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.err().lines().filter(line -> line.contains("accept")))
                    .hasSize(1);
            assertThat(run.err().lines()).hasSizeLessThan(30);
        }
    }

    private static void limitFiles(Path prlimit, Child child, int files) throws Exception {
        var command = List.of(prlimit.toString(), "--pid=" + child.handle().pid(), "--nofile=" + files + ":");
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    @Test
    void checkEndsWithTwo() throws Exception {
        Files.writeString(directory.resolve("bad.yaml"), "- { id: A, protocol: tcp-lines, host: h, port: 0 }\n");
        try (var check = Child.start(directory, "check", "bad.yaml")) {
            assertThat(check.code()).isEqualTo(2);
            assertThat(check.err()).startsWith("bad.yaml:1:");
        }
    }

    /** What the launcher's JVMs learn from: machines of both isolations, stopped in order, with all stations archived. */
    @Test
    void theRehearsalIsAnOrdinaryDay() throws Exception {
        try (var rehearsal = Child.start(directory, "rehearse", "--data", "day")) {
            assertThat(rehearsal.code()).as(rehearsal.err()).isZero();
        }
        for (var isolation : List.of("threads", "processes")) {
            try (var stations = Files.list(directory.resolve("day/" + isolation + "/archive/tcp-frames"))) {
                assertThat(stations).hasSize(200);
            }
        }
    }

    /** Recordings of real receivers, when they are beside the checkout. */
    @Test
    void aReplayArrivesByteForByte() throws Exception {
        Path recording;
        try (var files = Files.list(Recordings.path("nmea"))) {
            recording = files.filter(file -> file.toString().endsWith(".log"))
                    .min(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
        }
        var expected = Files.readAllBytes(recording);
        try (var _ = simulator("--replay", recording.toString());
                var run = Child.start(
                        directory, "run", machineFile("m.yaml", "data", 0).toString())) {
            run.awaitErr("ready: control");
            var archive = directory.resolve("data").resolve("archive");
            Awaitility.await()
                    .atMost(Child.PATIENCE)
                    .ignoreExceptions()
                    .until(() -> Files.size(first(archive)) >= expected.length);
            run.term();
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(first(archive)).hasBinaryContent(expected);
        }
    }
}
