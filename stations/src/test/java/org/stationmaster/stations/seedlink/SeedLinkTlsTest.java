package org.stationmaster.stations.seedlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Tls;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.stations.ProtocolScheduler;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.StationNetwork;

/** Stations that share a connection with TLS and a login. The simulator speaks plainly: a relay stands before it. */
@Tag("system")
@Timeout(60)
class SeedLinkTlsTest {
    private static final String PASSWORD = "changeit";

    @TempDir
    private Path directory;

    /** Takes TLS and passes on what is in it, until it is closed. */
    private static final class Relay implements AutoCloseable {
        private final ServerSocket server;
        private final int to;
        private final Queue<Socket> open = new ConcurrentLinkedQueue<>();

        Relay(SSLContext context, int to) throws IOException {
            this.to = to;
            server = context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
            Thread.ofVirtual().start(this::accept);
        }

        int port() {
            return server.getLocalPort();
        }

        private void accept() {
            try {
                while (true) {
                    var near = server.accept();
                    var far = new Socket(InetAddress.getLoopbackAddress(), to);
                    open.add(near);
                    open.add(far);
                    Thread.ofVirtual().start(() -> pump(near, far));
                    Thread.ofVirtual().start(() -> pump(far, near));
                }
            } catch (IOException e) {
                // closed
            }
        }

        private static void pump(Socket from, Socket into) {
            try (from;
                    into) {
                from.getInputStream().transferTo(into.getOutputStream());
            } catch (IOException e) {
                // the other side has ended
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (var socket : open) {
                socket.close();
            }
        }
    }

    private KeyStore keys() throws Exception {
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

    private static SSLContext context(KeyStore keys) throws Exception {
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private Tls trusting(KeyStore keys) throws Exception {
        var pem = "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(keys.getCertificate("a").getEncoded())
                + "\n-----END CERTIFICATE-----\n";
        return new Tls(Files.writeString(directory.resolve("authority.pem"), pem), null, null, null);
    }

    private static Source secured(Source source, int port, Tls tls, String password) {
        var builder = Source.builder(source.id().value(), source.protocol(), source.host(), port)
                .rate(source.ratePerSecond().orElseThrow())
                .tls(tls)
                .user("ann")
                .password(new Secret(password));
        source.options().forEach(builder::option);
        return builder.build();
    }

    @Test
    void stationsShareAConnectionWithTlsAndALogin() throws Exception {
        var keys = keys();
        var commands = new CopyOnWriteArrayList<String>();
        var received = new CopyOnWriteArrayList<String>();
        try (var network = StationNetwork.start(
                        NetworkPlan.builder("seedlink").sources(3).rate(20).build());
                var relay = new Relay(context(keys), network.port());
                var machine = Machine.of(new ProtocolScheduler())
                        .size(new MachineSize(1, 4))
                        .onRecord((StationRecord record) ->
                                received.add(record.source().id().value()))
                        .start()) {
            network.onSeedLinkCommand(commands::add);
            var sources = new ArrayList<Source>();
            for (int i = 0; i < 3; i++) {
                sources.add(
                        secured(network.sources().get(i), relay.port(), trusting(keys), i < 2 ? "s3cret" : "wrong"));
            }
            machine.assignator().activateAll(sources);
            await().until(() -> status(machine, sources.get(2)).reason() == EndReason.REFUSED);
            for (var source : sources.subList(0, 2)) {
                await().until(() -> received.contains(source.id().value()));
                assertThat(status(machine, source).state()).isEqualTo(SourceState.RUNNING);
            }
            assertThat(received).doesNotContain(sources.get(2).id().value());
            assertThat(commands).containsOnlyOnce("AUTH USERPASS ann s3cret").contains("AUTH USERPASS ann wrong");
            assertThat(status(machine, sources.get(2)).detail())
                    .contains("the login")
                    .doesNotContain("wrong");
            network.stop();
            assertThat(machine.stop(Duration.ofSeconds(20))).isEmpty();
        }
    }

    private static SourceStatus status(Machine machine, Source source) {
        return machine.view().source(source.id()).orElseThrow();
    }
}
