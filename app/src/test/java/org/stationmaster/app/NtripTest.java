package org.stationmaster.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.StationNetwork;

/** From a caster to a station file, and with the wrong password. */
@Timeout(90)
class NtripTest {
    @TempDir
    private Path directory = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... args) {
        var signals = new StopSignals(code -> {
            throw new AssertionError("ended at once with " + code);
        });
        return Cli.commandLine(signals, new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(args);
    }

    @Test
    void whatDiscoverPrintsIsAStationFile() throws Exception {
        try (var network = StationNetwork.start(
                NetworkPlan.builder("ntrip").sources(20).rate(1).build())) {
            assertThat(execute("discover", "ntrip", "127.0.0.1:" + network.port()))
                    .as(err.toString())
                    .isZero();
        }
        assertThat(out.toString())
                .startsWith("# 20 stations of 127.0.0.1:")
                .contains(
                        "- { id: SIM00019, protocol: ntrip,",
                        "mountpoint: SIM00019",
                        "silenceSeconds: 60",
                        "  # Simulated, RTCM 3.2");
        Files.writeString(directory.resolve("stations.yaml"), out.toString());
        var machine = Files.writeString(directory.resolve("machine.yaml"), "sources: stations.yaml\n");
        assertThat(execute("check", machine.toString())).as(err.toString()).isZero();
    }

    @Tag("system")
    @Test
    void aCasterThatDoesNotAnswerIsNotAwaitedForEver() throws Exception {
        try (var caster = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            int code = execute("discover", "ntrip", "127.0.0.1:" + caster.getLocalPort(), "--answer-timeout", "1");
            assertThat(code).isEqualTo(1);
            assertThat(err.toString()).contains("has not ended within 1 s", "--answer-timeout");
        }
    }

    @Test
    @Tag("system")
    void aCasterIsTrustedByItsCertificate() throws Exception {
        var store = directory.resolve("store.p12");
        var ca = directory.resolve("ca.pem");
        keytool(store, "-genkeypair -keyalg EC -dname CN=a -ext san=ip:127.0.0.1 -ext bc:c=ca:true");
        keytool(store, "-exportcert -rfc -file " + ca);
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(KeyStore.getInstance(store.toFile(), "changeit".toCharArray()), "changeit".toCharArray());
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        try (var caster =
                context.getServerSocketFactory().createServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (!caster.isClosed()) {
                    try (var socket = caster.accept()) {
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
                        socket.getOutputStream()
                                .write("SOURCETABLE 200 OK\r\n\r\nSTR;A;b;RTCM 3\r\nENDSOURCETABLE\r\n"
                                        .getBytes(US_ASCII));
                    } catch (IOException _) {
                        // a client that trusts nobody, or the test has closed it
                    }
                }
            });
            var address = "127.0.0.1:" + caster.getLocalPort();
            assertThat(execute("discover", "ntrip", address, "--tls")).isEqualTo(1);
            assertThat(execute("discover", "ntrip", address, "--ca", ca.toString()))
                    .as(err.toString())
                    .isZero();
        }
        assertThat(out.toString()).contains("tls: { caFile: \"" + ca + "\" }");
        Files.writeString(directory.resolve("stations.yaml"), out.toString());
        var machine = Files.writeString(directory.resolve("machine.yaml"), "sources: stations.yaml\n");
        assertThat(execute("check", machine.toString())).as(err.toString()).isZero();
    }

    private static void keytool(Path store, String words) throws IOException, InterruptedException {
        var command = Path.of(System.getProperty("java.home"), "bin", "keytool") + " " + words
                + " -alias a -storetype PKCS12 -storepass changeit -keystore " + store;
        var process = new ProcessBuilder(List.of(command.split(" ")))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor()).isZero();
    }

    /** As docs/protocols/rtcm3.md says it is set, but wrong. */
    @Test
    void anOffsetOfGpsThatIsNoneIsRefusedAtStart() throws Exception {
        Files.writeString(directory.resolve("stations.yaml"), """
                - { id: A, protocol: ntrip, host: h, port: 1, mountpoint: M }
                - { id: B, protocol: gsof, host: h, port: 1 }
                """);
        var machine = Files.writeString(directory.resolve("machine.yaml"), "sources: stations.yaml\n");
        System.setProperty("stationmaster.gpsMinusUtcSeconds", "eighteen");
        try {
            assertThat(execute("check", machine.toString())).isEqualTo(2);
        } finally {
            System.clearProperty("stationmaster.gpsMinusUtcSeconds");
        }
        assertThat(err.toString())
                .contains("stationmaster.gpsMinusUtcSeconds 'eighteen' is no number of seconds from 0 to 99");
        assertThat(execute("check", machine.toString())).isZero();
    }

    @Test
    void ggaStandsInAMappingOfTheStationFile() throws Exception {
        Files.writeString(directory.resolve("stations.yaml"), """
                - { id: A, protocol: ntrip, host: h, port: 1, mountpoint: M, gga: { latitude: -0.2, longitude: 181 } }
                - { id: B, protocol: ntrip, host: h, port: 1, mountpoint: M, gga: { height: 3 } }
                - { id: C, protocol: ntrip, host: h, port: 1, mountpoint: M,
                    gga: { latitude: 1, longitude: 2, intervalSeconds: 0 } }
                """);
        var machine = Files.writeString(directory.resolve("machine.yaml"), "sources: stations.yaml\n");
        assertThat(execute("check", machine.toString())).isNotZero();
        assertThat(err.toString())
                .contains("a longitude of -180 to 180", "gga needs latitude and longitude", "out of range 1 to 3600");
    }

    @Test
    @Tag("system")
    void aWrongPasswordIsToldAndNeverShown() throws Exception {
        var said = new CopyOnWriteArrayList<String>();
        try (var caster = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (!caster.isClosed()) {
                    try (var socket = caster.accept()) {
                        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
                        for (var line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                            said.add(line);
                        }
                        socket.getOutputStream().write("HTTP/1.1 401 Unauthorized\r\n\r\n".getBytes(US_ASCII));
                    } catch (IOException _) {
                        // the machine, or the test, has closed it
                    }
                }
            });
            Files.writeString(directory.resolve("secret"), "S3cret\n");
            Files.writeString(
                    directory.resolve("stations.yaml"),
                    "- { id: A, protocol: ntrip, host: 127.0.0.1, port: " + caster.getLocalPort()
                            + ", mountpoint: M, user: ann, password: \"file:secret\" }\n");
            Files.writeString(
                    directory.resolve("machine.yaml"),
                    "control: { bind: \"127.0.0.1:0\" }\nsources: stations.yaml\ndata: data\n");
            try (var run = Child.start(directory, "run", "machine.yaml")) {
                run.awaitErr("refuses the login");
                run.term();
                run.code();
                var login = Base64.getEncoder().encodeToString("ann:S3cret".getBytes(US_ASCII));
                assertThat(said).contains("Authorization: Basic " + login);
                var told = run.out() + run.err();
                assertThat(told).doesNotContain("S3cret", login);
                assertThat(told.lines().filter(line -> line.contains("refuses the login")))
                        .hasSize(1);
            }
        }
    }
}
