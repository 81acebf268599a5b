package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.Discovery.Found;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Tls;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.StationNetwork;

/** Casters over real sockets: the simulated one, and some that are not as they should be. */
@Tag("system")
@Timeout(30)
class NtripCasterTest {
    private static final String PASSWORD = "changeit";

    /** A caster that says one thing to each request it understands, and closes; nothing to those of another version. */
    private static final class Caster implements AutoCloseable {
        final List<String> requests = new CopyOnWriteArrayList<>();
        private final ServerSocket listener;

        Caster(String understood, byte[] answer) throws IOException {
            this(understood, answer, 1, ServerSocketFactory.getDefault());
        }

        Caster(String understood, byte[] answer, int times, ServerSocketFactory sockets) throws IOException {
            listener = sockets.createServerSocket(0, 10, InetAddress.getLoopbackAddress());
            Thread.ofVirtual().start(() -> {
                while (!listener.isClosed()) {
                    try (var socket = listener.accept()) {
                        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
                        var request = new StringBuilder();
                        for (var line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                            request.append(line).append('\n');
                        }
                        requests.add(request.toString());
                        if (request.indexOf(understood) >= 0) {
                            for (int i = 0; i < times; i++) {
                                socket.getOutputStream().write(answer);
                            }
                            socket.shutdownOutput();
                            in.transferTo(new java.io.OutputStreamWriter(OutputStream.nullOutputStream(), US_ASCII));
                        }
                    } catch (IOException _) {
                        // the client, or the test, has closed it
                    }
                }
            });
        }

        int port() {
            return listener.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    private static List<Found> ask(Source.Builder server) throws IOException {
        return new Ntrip().discovery().discover(server.build());
    }

    private static Source.Builder server(int port) {
        return Source.builder("server", "ntrip", "127.0.0.1", port);
    }

    @Test
    void autoFindsACasterOfVersion1() throws Exception {
        var answer = new ByteArrayOutputStream();
        answer.writeBytes("ICY 200 OK\r\n\r\n".getBytes(US_ASCII));
        NtripContractTest.FRAMES.forEach(answer::writeBytes);
        var received = new CopyOnWriteArrayList<byte[]>();
        try (var caster = new Caster(" HTTP/1.0\n", answer.toByteArray());
                var machine = Machine.of(new ProtocolScheduler())
                        .size(new MachineSize(1, 1))
                        .onRecord((StationRecord record) -> received.add(record.bytes()))
                        .start()) {
            machine.assignator()
                    .activate(
                            server(caster.port()).option("mountpoint", "QSCO0").build());
            await().until(() -> received.size() >= NtripContractTest.FRAMES.size());
            assertThat(machine.stop(Duration.ofSeconds(20))).isEmpty();
            assertThat(received.subList(0, 4)).containsExactlyElementsOf(NtripContractTest.FRAMES);
            assertThat(caster.requests.get(0)).startsWith("GET /QSCO0 HTTP/1.1\n");
            assertThat(caster.requests.get(1)).startsWith("GET /QSCO0 HTTP/1.0\n");
        }
    }

    /** The stream is judged by what is decoded, not by being open. */
    @Test
    void aStreamOfGarbageIsSilence() throws Exception {
        try (var listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                var machine = Machine.of(new ProtocolScheduler())
                        .size(new MachineSize(1, 1))
                        .start()) {
            Thread.ofVirtual().start(() -> {
                try (var socket = listener.accept()) {
                    var out = socket.getOutputStream();
                    out.write("ICY 200 OK\r\n\r\n".getBytes(US_ASCII));
                    while (true) {
                        out.write("no frames here, only words ".repeat(100).getBytes(US_ASCII));
                    }
                } catch (IOException _) {
                    // the machine has had enough
                }
            });
            var source = server(listener.getLocalPort())
                    .option("mountpoint", "QSCO0")
                    .silenceSeconds(0.5)
                    .build();
            machine.assignator().activate(source);
            await().until(() -> machine.view().source(source.id()).orElseThrow().silences() == 1);
            assertThat(machine.view().totals().records()).isZero();
            assertThat(machine.view().totals().corruptBytes()).isPositive();
            assertThat(machine.stop(Duration.ofSeconds(20))).isEmpty();
        }
    }

    @Test
    void aCasterIsReachedByTls(@TempDir Path directory) throws Exception {
        var keys = keys(directory);
        var authority = Files.writeString(
                directory.resolve("ca.pem"),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.getCertificate("a").getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        var answer = new ByteArrayOutputStream();
        answer.writeBytes("HTTP/1.1 200 OK\r\nContent-Type: gnss/data\r\n\r\n".getBytes(US_ASCII));
        NtripContractTest.FRAMES.forEach(answer::writeBytes);
        var table = "HTTP/1.1 200 OK\r\nContent-Type: gnss/sourcetable\r\n\r\nSTR;QSCO0;x;RTCM 3\r\nENDSOURCETABLE\r\n";
        var tls = new Tls(authority, null, null, null);
        var received = new CopyOnWriteArrayList<byte[]>();
        try (var stream = new Caster("GET /QSCO0 ", answer.toByteArray(), 1, context.getServerSocketFactory());
                var list = new Caster("GET / ", table.getBytes(US_ASCII), 1, context.getServerSocketFactory());
                var machine = Machine.of(new ProtocolScheduler())
                        .size(new MachineSize(1, 1))
                        .onRecord((StationRecord record) -> received.add(record.bytes()))
                        .start()) {
            assertThat(ask(server(list.port()).tls(tls)))
                    .singleElement()
                    .satisfies(found -> assertThat(found.source().tls()).isEqualTo(tls));
            assertThatThrownBy(() -> ask(server(list.port()).tls(Tls.DEFAULT))).isInstanceOf(IOException.class);
            machine.assignator()
                    .activate(server(stream.port())
                            .tls(tls)
                            .option("mountpoint", "QSCO0")
                            .build());
            await().until(() -> received.size() >= NtripContractTest.FRAMES.size());
            assertThat(machine.stop(Duration.ofSeconds(20))).isEmpty();
        }
    }

    private static KeyStore keys(Path directory) throws Exception {
        var store = directory.resolve("store.p12");
        var command = Path.of(System.getProperty("java.home"), "bin", "keytool")
                + " -genkeypair -alias a -keyalg EC -dname CN=a -ext san=ip:127.0.0.1 -ext bc:c=ca:true -validity 3650"
                + " -storetype PKCS12 -storepass " + PASSWORD + " -keystore " + store;
        var process = new ProcessBuilder(List.of(command.split(" ")))
                .redirectErrorStream(true)
                .start();
        assertThat(process.waitFor()).isZero();
        return KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    }

    @Test
    void theMountpointsOfACasterBecomeSources() throws IOException {
        try (var network = StationNetwork.start(
                NetworkPlan.builder("ntrip").sources(300).rate(1).build())) {
            var found = ask(server(network.port()).user("ann").password(new Secret("s3cret")));
            assertThat(found).hasSize(300).isEqualTo(ask(server(network.port())));
            assertThat(found.getLast().source().options()).containsEntry("mountpoint", "SIM00299");
            for (var one : found) {
                new Ntrip().validate(one.source());
                assertThat(one.source().password()).isNull();
            }
            assertThatThrownBy(() -> ask(server(network.port()).user("ann").password(new Secret("wrong"))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("refuses the login")
                    .hasMessageNotContainingAny("ann", "wrong");
        }
    }

    @Test
    void aCasterOfVersion1IsAskedInItsWay() throws Exception {
        var table = """
                SOURCETABLE 200 OK
                Server: x

                CAS;a;b
                STR;BRUX00BEL0;Brussels;RTCM 3.3;1077(1);2;GPS+GLO;EUREF;BEL;50.80;4.36;1;0;x;none;B;N;9600;
                STR;raw\0;x;RAW
                STR;../etc;x;RTCM 3
                STR;RAW1;x;RAW;;;;;;400;4
                ENDSOURCETABLE""";
        try (var caster = new Caster(" HTTP/1.0\n", table.getBytes(US_ASCII))) {
            var found = ask(server(caster.port()));
            assertThat(caster.requests).hasSize(2);
            assertThat(found).hasSize(2);
            assertThat(found.getFirst().source())
                    .isEqualTo(Source.builder("BRUX00BEL0", "ntrip", "127.0.0.1", caster.port())
                            .option("mountpoint", "BRUX00BEL0")
                            .silenceSeconds(60)
                            .option("gga.latitude", "50.8")
                            .option("gga.longitude", "4.36")
                            .attribute("site", "BRUX00BEL")
                            .build());
            assertThat(found.getFirst().remark()).contains("with a login", "wants your position");
            assertThat(found.getLast().source().enabled()).isFalse();
        }
    }

    @Test
    void mountpointsOfOneIdAreToldApartAndTheSameOneIsOne() throws Exception {
        var table = new StringBuilder("SOURCETABLE 200 OK\r\n\r\n");
        for (var name : List.of("A-2", "A", "A!", "A", "A(", "A!", "-A")) {
            table.append("STR;").append(name).append(";x;RTCM 3\r\n");
        }
        var longName = "N".repeat(90);
        for (int i = 0; i < 20_000; i++) {
            table.append("STR;").append(longName).append(i).append(";x;RTCM 3\r\n");
        }
        var bytes = table.append("ENDSOURCETABLE\r\n").toString().getBytes(US_ASCII);
        try (var caster = new Caster("GET", bytes)) {
            var found = ask(server(caster.port()));
            assertThat(found).hasSize(5 + 20_000);
            assertThat(found.stream().map(one -> one.source().id()).distinct()).hasSize(found.size());
            assertThat(found.subList(0, 5).stream().map(one -> one.source().id().value()))
                    .containsExactly("A-2", "A", "A_", "A_-2", "M-A");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'HTTP/1.1 200 OK|Content-Type: text/html||<html>', HTML",
        "'<html>', does not speak as a caster does",
        "'SSH-2.0-OpenSSH_9.6|', does not speak as a caster does",
        "'HTTP/1.1 200 OK|Content-Type: gnss/sourcetable||STR;A;b;RTCM 3', has no end",
        "'HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|STR;A', has no end",
        "'HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|STR;A;b;RTCM 3|', longer than it says",
        "'HTTP/1.1 200 OK|Transfer-Encoding: chunked||7fffffff|STR;A;b;RTCM 3|', announced a chunk",
        "'SOURCETABLE 200 OK||ENDSOURCETABLE|', no stream",
        "'HTTP/1.1 503 Busy||', busy",
    })
    void aStrangeAnswerIsTold(String text, String words) throws Exception {
        try (var caster = new Caster("GET", text.replace("|", "\r\n").getBytes(US_ASCII))) {
            assertThatThrownBy(() -> ask(server(caster.port())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(words);
        }
    }

    @Test
    void aSourcetableOf100MegabytesIsNotRead() throws Exception {
        var lines = "SOURCETABLE 200 OK\r\n\r\n" + ("STR;A;b;RTCM 3.2;" + "x".repeat(4000) + "\r\n").repeat(16);
        try (var caster = new Caster(
                "GET", lines.getBytes(US_ASCII), (100 << 20) / lines.length(), ServerSocketFactory.getDefault())) {
            assertThatThrownBy(() -> ask(server(caster.port())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("more than " + NtripTable.MOST_BYTES + " bytes: no more is read");
        }
    }
}
