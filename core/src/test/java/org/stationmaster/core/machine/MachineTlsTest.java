package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.core.fixtures.Await.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLServerSocketFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.Tls;
import org.stationmaster.core.api.TlsContexts;
import org.stationmaster.core.fixtures.TestCertificates;
import org.stationmaster.core.fixtures.TestStation;

/** TLS towards a station, in each shape of task, against the JDK's own TLS server. */
@Tag("system")
@Timeout(60)
class MachineTlsTest {
    private static final SourceId QSCO = new SourceId("QSCO");

    @TempDir
    private static Path directory;

    private static TestCertificates own;
    private static TestCertificates other;

    private final List<String> received = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void makeCertificates() throws Exception {
        own = new TestCertificates(directory, "own");
        other = new TestCertificates(directory, "other");
    }

    private static TestStation station() throws Exception {
        return new TestStation(own.server().getServerSocketFactory(), (socket, number) -> {
            socket.getOutputStream().write("secret one\nsecret two\n".getBytes(StandardCharsets.US_ASCII));
            TestStation.untilEnd(socket);
        });
    }

    private Machine machine(MachineTasksTest.Shape shape) throws MachineStartException {
        return Machine.of(Tasks.always(shape.task()))
                .size(new MachineSize(1, 2))
                .onRecord(record -> received.add(record.text()))
                .start();
    }

    private static void awaitReason(Machine machine, EndReason reason) {
        await().until(() -> machine.view().source(QSCO).orElseThrow().reason() != EndReason.NONE);
        assertThat(machine.view().source(QSCO).orElseThrow().reason()).isEqualTo(reason);
    }

    @ParameterizedTest
    @EnumSource(MachineTasksTest.Shape.class)
    void recordsArrive(MachineTasksTest.Shape shape) throws Exception {
        try (var station = station();
                var machine = machine(shape)) {
            machine.assignator()
                    .activate(station.source("QSCO")
                            .tls(new Tls(own.certificate(), null, null, null))
                            .build());
            await().until(() -> received.size() == 2);
            assertThat(received).containsExactly("secret one", "secret two");
            assertThat(machine.stop(Tasks.DEADLINE)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(MachineTasksTest.Shape.class)
    void aCertificateOfAnotherAuthorityIsRefused(MachineTasksTest.Shape shape) throws Exception {
        try (var station = station();
                var machine = machine(shape)) {
            machine.assignator()
                    .activate(station.source("QSCO")
                            .tls(new Tls(other.certificate(), null, null, null))
                            .build());
            awaitReason(machine, EndReason.TLS);
            assertThat(received).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(MachineTasksTest.Shape.class)
    void aCertificateForAnotherNameIsRefused(MachineTasksTest.Shape shape) throws Exception {
        try (var station = station();
                var machine = machine(shape)) {
            machine.assignator()
                    .activate(station.source("QSCO")
                            .tls(new Tls(own.certificate(), null, null, "elsewhere.example"))
                            .build());
            awaitReason(machine, EndReason.TLS);
            assertThat(received).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(MachineTasksTest.Shape.class)
    void aPeerThatSpeaksNoTlsIsTls(MachineTasksTest.Shape shape) throws Exception {
        try (var station = new TestStation((socket, number) -> {
                    socket.getOutputStream().write("HTTP/1.1 400 no\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    TestStation.untilEnd(socket);
                });
                var machine = machine(shape)) {
            machine.assignator()
                    .activate(station.source("QSCO")
                            .tls(new Tls(own.certificate(), null, null, null))
                            .build());
            awaitReason(machine, EndReason.TLS);
        }
    }

    @Test
    void aPeerThatNeverAnswersTheHandshakeIsGivenUp() throws Exception {
        var hold = new CountDownLatch(1);
        try (var station = new TestStation((socket, number) -> hold.await());
                var machine = machine(MachineTasksTest.Shape.EVENTS)) {
            machine.assignator()
                    .activate(station.source("QSCO")
                            .connectTimeoutMillis(300)
                            .tls(new Tls(own.certificate(), null, null, null))
                            .build());
            awaitReason(machine, EndReason.CONNECT_TIMEOUT);
            hold.countDown();
        }
    }

    @ParameterizedTest
    @EnumSource(MachineTasksTest.Shape.class)
    void ourOwnCertificateIsShown(MachineTasksTest.Shape shape) throws Exception {
        var asking = new Asking(own.server().getServerSocketFactory());
        try (var station = new TestStation(asking, (socket, number) -> {
                    socket.getOutputStream().write("welcome\n".getBytes(StandardCharsets.US_ASCII));
                    TestStation.untilEnd(socket);
                });
                var machine = machine(shape)) {
            machine.assignator()
                    .activate(station.source("QSCO")
                            .tls(new Tls(own.certificate(), own.certificate(), own.key(), null))
                            .build());
            await().until(() -> received.size() == 1);
        }
    }

    /** Makes server sockets that require a certificate of the client. */
    private static final class Asking extends javax.net.ServerSocketFactory {
        private final SSLServerSocketFactory inner;

        private Asking(SSLServerSocketFactory inner) {
            this.inner = inner;
        }

        private static java.net.ServerSocket asking(java.net.ServerSocket socket) {
            ((SSLServerSocket) socket).setNeedClientAuth(true);
            return socket;
        }

        @Override
        public java.net.ServerSocket createServerSocket(int port) throws IOException {
            return asking(inner.createServerSocket(port));
        }

        @Override
        public java.net.ServerSocket createServerSocket(int port, int backlog) throws IOException {
            return asking(inner.createServerSocket(port, backlog));
        }

        @Override
        public java.net.ServerSocket createServerSocket(int port, int backlog, java.net.InetAddress address)
                throws IOException {
            return asking(inner.createServerSocket(port, backlog, address));
        }
    }

    @Test
    void filesThatAreNoCertificatesAreNamed() throws Exception {
        var garbage = Files.write(directory.resolve("garbage.pem"), new byte[] {1, 2, -3, 4, 5});
        var empty = Files.createFile(directory.resolve("empty.pem"));
        var missing = directory.resolve("missing.pem");
        var badKey = Files.writeString(
                directory.resolve("bad.key"), "-----BEGIN PRIVATE KEY-----\nAAA\n-----END PRIVATE KEY-----\n");
        for (var file : List.of(garbage, empty, missing)) {
            assertThatThrownBy(() -> TlsContexts.client(new Tls(file, null, null, null)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(file.getFileName().toString());
        }
        for (var file : List.of(garbage, empty, missing, badKey)) {
            assertThatThrownBy(() -> TlsContexts.client(new Tls(null, own.certificate(), file, null)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(file.getFileName().toString());
        }
    }
}
