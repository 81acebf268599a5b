package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.sinks.ArchiveReader;
import org.stationmaster.sinks.ArchiveSinkFactory;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.stations.Protocols;

/**
 * The machine among programs of others: RTKLIB's {@code str2str} sends, gpsd's {@code gpsdecode} counts what is in the archive. A
 * test is skipped where the program is not installed, and fails there when {@code CI_PEERS} is set.
 */
@Tag("system")
@Timeout(120)
class PeersTest {
    private static final int CHUNK_BYTES = 4096;
    private static final int MAX_FRAME_BYTES = 1029;
    private static final Pattern TYPE = Pattern.compile("\"class\":\"RTCM3\".{0,40}?\"type\":([0-9]+)");

    @TempDir
    private Path directory = Path.of("");

    /** @param debian the package that brings it */
    static Path program(String name, String debian) {
        var found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(
                found.isPresent() || System.getenv("CI_PEERS") != null,
                () -> name + " is not installed (Debian: apt install " + debian + ")");
        return found.orElseThrow();
    }

    /**
     * A program of ours in C that is built on a library of others.
     *
     * @param debian the package that brings the library
     */
    static Path compiled(String name, String library, String debian, Path directory)
            throws IOException, InterruptedException {
        var compiler = program("cc", "gcc");
        boolean isThere = Files.exists(Path.of("/usr/include/lib" + library + ".h"));
        assumeTrue(isThere || System.getenv("CI_PEERS") != null, "not installed (Debian: apt install " + debian + ")");
        var source =
                Path.of(System.getProperty("stationmaster.root", ".")).resolve("app/src/test/resources/" + name + ".c");
        var binary = directory.resolve(name);
        output(compiler, Path.of("-o"), binary, source, Path.of("-l" + library));
        return binary;
    }

    /** What a program says on stdout; it must end well. */
    static String output(Path program, Path... arguments) throws IOException, InterruptedException {
        var command = Stream.concat(Stream.of(program), Stream.of(arguments))
                .map(Path::toString)
                .toList();
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(command.toString()).isZero();
        return said;
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /**
     * The recording goes into one TCP server of str2str; from its other one, or its NTRIP caster, the machine reads, or str2str
     * pushes it to the machine as an NTRIP server does.
     */
    @ParameterizedTest
    @CsvSource({
        "rtcm3, tcpsvr://:%d, THREADS",
        "ntrip, ntripc://:%d/GMSD0, THREADS",
        "ntrip, ntrips://:sesame@127.0.0.1:%d/GMSD0, THREADS",
        "ntrip, ntrips://:sesame@127.0.0.1:%d/GMSD0, PROCESSES"
    })
    void framesFromStr2strAreCountedByGpsdecode(String protocol, String output, Isolation isolation) throws Exception {
        var gpsdecode = program("gpsdecode", "gpsd-clients");
        var archive = archivedFromStr2str(program("str2str", "rtklib"), protocol, output, isolation);
        assertThat(countedBy(gpsdecode, archive))
                .isEqualTo(Map.of(
                        1007, 28, 1008, 28, 1019, 15, 1020, 16, 1033, 28, 1077, 257, 1087, 257, 1117, 257, 1127, 257));
    }

    private Path archivedFromStr2str(Path str2str, String protocol, String output, Isolation isolation)
            throws Exception {
        boolean pushes = output.startsWith("ntrips");
        var recording = Files.readAllBytes(RecordingsTest.recording("rtcm3/GMSD7_20121014.rtcm3"));
        int into = freePort();
        var root = directory.resolve("archive");
        try (var machine = machine(root, isolation)) {
            int outOf = pushes ? machine.listening().getFirst().getPort() : freePort();
            var source = pushes
                    ? Source.dialIn("GMSD00JPN", protocol)
                            .password(new Secret("sesame"))
                            .silenceSeconds(120) // while it waits for str2str to say that it is connected
                    : Source.builder("GMSD00JPN", protocol, "127.0.0.1", outOf);
            var asked = protocol.equals("ntrip")
                    ? source.option("mountpoint", "GMSD0").build()
                    : source.build();
            machine.assignator().activate(asked);
            var relay = new ProcessBuilder(
                            str2str.toString(),
                            "-s", // it hangs up on who has nothing to say for so many ms
                            "120000",
                            "-in",
                            "tcpsvr://:" + into,
                            "-out",
                            String.format(output, outOf))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("str2str.log").toFile())
                    .start();
            try {
                awaitRunning(machine, asked);
                if (pushes) {
                    awaitPushing();
                }
                send(recording, into, machine, asked);
                assertThat(machine.stop(Duration.ofSeconds(20))).isEqualTo(List.of());
            } finally {
                end(relay);
            }
            assertThat(machine.view().totals().records()).isEqualTo(1143);
            assertThat(machine.view().totals().corruptBytes()).isEqualTo(302);
        }
        var all = archived(root);
        assertThat(all).hasBinaryContent(Arrays.copyOf(recording, recording.length - 302));
        return all;
    }

    private static Machine machine(Path root, Isolation isolation) throws MachineStartException {
        var protocols = Protocols.found();
        return Machine.of(new ProtocolScheduler())
                .size(new MachineSize(isolation == Isolation.THREADS ? 1 : 2, 1))
                .isolation(isolation)
                .listen(new Listen(
                        "ntrip",
                        Objects.requireNonNull(
                                protocols.byName("ntrip").orElseThrow().dialIn()),
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        null,
                        false,
                        true))
                .sink(new ArchiveSinkFactory(), ArchiveSinkFactory.settings(root, 16, 10))
                .start();
    }

    /** It drops what comes before it has our answer; each five seconds it says how its output is: {@code C} is connected. */
    private void awaitPushing() {
        await().atMost(Child.PATIENCE)
                .until(() -> Files.readString(directory.resolve("str2str.log")).split(" \\[.C---\\]", -1).length > 2);
    }

    private static void awaitRunning(Machine machine, Source source) {
        await().atMost(Child.PATIENCE)
                .until(() -> machine.view()
                        .source(source.id())
                        .orElseThrow()
                        .state()
                        .name()
                        .equals("RUNNING"));
    }

    private static void end(Process relay) throws InterruptedException {
        relay.destroy();
        if (!relay.waitFor(10, TimeUnit.SECONDS)) {
            relay.destroyForcibly();
        }
    }

    /** The files of the archive's only source, one behind the other. */
    private Path archived(Path root) throws IOException {
        var all = directory.resolve("all.rtcm3");
        for (var file : new ArchiveReader(root).sources().getFirst().files()) {
            assertThat(file.getFileName().toString()).matches("GMSD00JPN_S_[0-9]{9}00_01H_01S_MO\\.rtcm3");
            Files.write(
                    all,
                    Files.readAllBytes(file),
                    java.nio.file.StandardOpenOption.CREATE,
                    java.nio.file.StandardOpenOption.APPEND);
        }
        return all;
    }

    /** No faster than the machine reads: str2str drops what its clients do not take. */
    private static void send(byte[] recording, int port, Machine machine, Source source) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            for (int from = 0; from < recording.length; from += CHUNK_BYTES) {
                int to = Math.min(recording.length, from + CHUNK_BYTES);
                socket.getOutputStream().write(recording, from, to - from);
                await().atMost(Child.PATIENCE)
                        .pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() ->
                                machine.view().source(source.id()).orElseThrow().bytes() > to - MAX_FRAME_BYTES);
            }
        }
    }

    private Map<Integer, Integer> countedBy(Path gpsdecode, Path file) throws Exception {
        var json = directory.resolve("gpsdecode.json");
        var decoding = new ProcessBuilder(gpsdecode.toString())
                .redirectInput(file.toFile())
                .redirectOutput(json.toFile())
                .redirectError(directory.resolve("gpsdecode.log").toFile())
                .start();
        assertThat(decoding.waitFor()).isZero();
        var counts = new TreeMap<Integer, Integer>();
        try (var lines = Files.lines(json)) {
            lines.map(TYPE::matcher)
                    .filter(java.util.regex.Matcher::find)
                    .forEach(found -> counts.merge(Integer.valueOf(found.group(1)), 1, Integer::sum));
        }
        return counts;
    }
}
