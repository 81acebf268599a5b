package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.StationNetwork;

/** Clients of others at the simulated caster: they take a recording from it as from any. */
@Tag("system")
@Timeout(120)
class NtripClientsTest {
    private static final Pattern TYPE = Pattern.compile("\"class\":\"RTCM3\".{0,60}?\"type\":([0-9]+)");

    @TempDir
    private Path directory = Path.of("");

    private final Path recording = RecordingsTest.recording("rtcm3/GMSD7_20121014.rtcm3");

    private StationNetwork caster() throws IOException {
        return StationNetwork.start(
                NetworkPlan.builder("ntrip").rate(200).replay(recording).build());
    }

    private Process start(String... command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("peer.log").toFile())
                .start();
    }

    private static void end(Process peer) throws InterruptedException {
        peer.destroy();
        if (!peer.waitFor(10, TimeUnit.SECONDS)) {
            peer.destroyForcibly();
        }
    }

    @Test
    void str2strKeepsTheRecordingByteForByte() throws Exception {
        var str2str = PeersTest.program("str2str", "rtklib");
        var kept = directory.resolve("kept.rtcm3");
        try (var caster = caster()) {
            var peer = start(
                    str2str.toString(),
                    "-in",
                    "ntrip://127.0.0.1:" + caster.port() + "/SIM00000",
                    "-out",
                    "file://" + kept);
            try {
                await().atMost(Child.PATIENCE)
                        .until(() -> Files.exists(kept) && Files.size(kept) >= Files.size(recording));
            } finally {
                end(peer);
            }
        }
        assertThat(kept).hasSameBinaryContentAs(recording);
    }

    /**
     * Gpsd forgets what comes in one segment with the caster's answer, as the first message does when the host is busy: a try in which
     * it has missed some says nothing of the caster.
     */
    @Test
    void gpsdReadsEveryMessage() throws Exception {
        var all = Map.of(1007, 28, 1008, 28, 1019, 15, 1020, 16, 1033, 28, 1077, 257, 1087, 257, 1117, 257, 1127, 257);
        Map<Integer, Integer> counts = Map.of();
        for (int tries = 0; tries < 3 && !counts.equals(all); tries++) {
            counts = counted();
        }
        assertThat(counts).isEqualTo(all);
    }

    /** Without {@code -n} gpsd asks the caster once somebody watches: so none of its reports is missed. */
    private Map<Integer, Integer> counted() throws Exception {
        var gpsd = PeersTest.program("gpsd", "gpsd");
        int port = PeersTest.freePort();
        try (var caster = caster()) {
            var peer = start(
                    gpsd.toString(),
                    "-N",
                    "-S",
                    Integer.toString(port),
                    "ntrip://127.0.0.1:" + caster.port() + "/SIM00000");
            try (var watch = await().atMost(Child.PATIENCE)
                    .ignoreException(java.net.ConnectException.class)
                    .until(() -> new Socket(InetAddress.getLoopbackAddress(), port), Socket::isConnected)) {
                return counted(watch, 1143);
            } finally {
                end(peer);
            }
        }
    }

    /** What it reports, until it has reported so many messages or nothing for ten seconds. */
    private static Map<Integer, Integer> counted(Socket gpsd, int messages) throws IOException {
        gpsd.setSoTimeout(10_000);
        gpsd.getOutputStream().write("?WATCH={\"enable\":true,\"json\":true}\n".getBytes(StandardCharsets.US_ASCII));
        var counts = new TreeMap<Integer, Integer>();
        var reports = new BufferedReader(new InputStreamReader(gpsd.getInputStream(), StandardCharsets.US_ASCII));
        try {
            for (int left = messages; left > 0; ) {
                var line = reports.readLine();
                if (line == null) {
                    break;
                }
                var type = TYPE.matcher(line);
                if (type.find()) {
                    counts.merge(Integer.valueOf(type.group(1)), 1, Integer::sum);
                    left--;
                }
            }
        } catch (SocketTimeoutException e) {
            System.out.println("gpsd has missed some: " + counts);
        }
        return counts;
    }
}
