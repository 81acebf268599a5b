package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.DialIn.Refusal;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;

/** The machine called by stations of each protocol that can, over real sockets. */
@Tag("system")
@Timeout(60)
class DialInCollectingTest {
    private static final SourceId QSCO = new SourceId("QSCO");

    private final List<String> received = new CopyOnWriteArrayList<>();

    private Machine machine(String protocol) throws MachineStartException {
        var dialIn = Protocols.found().byName(protocol).orElseThrow().dialIn();
        return Machine.of(new ProtocolScheduler())
                .size(new MachineSize(2, 4))
                .listen(new Listen(
                        protocol,
                        Objects.requireNonNull(dialIn),
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        null,
                        false,
                        true))
                .onRecord(record -> received.add(record.text()))
                .start();
    }

    private static Socket call(Machine machine) throws IOException {
        return new Socket(
                InetAddress.getLoopbackAddress(), machine.listening().getFirst().getPort());
    }

    private static void awaitCalled(Machine machine) {
        await().until(() -> machine.view().source(QSCO).orElseThrow().detail().equals("not called"));
    }

    private static void awaitRunning(Machine machine) {
        await().until(() -> machine.view().source(QSCO).orElseThrow().state() == SourceState.RUNNING);
    }

    @Test
    void linesBehindTheId() throws Exception {
        try (var machine = machine("tcp-lines")) {
            machine.assignator()
                    .activate(Source.dialIn("QSCO", "tcp-lines")
                            .option("duplex", "true")
                            .build());
            awaitCalled(machine);
            try (var station = call(machine)) {
                station.getOutputStream().write("QSCO\r\none\r\ntw".getBytes(US_ASCII));
                awaitRunning(machine);
                station.getOutputStream().write("o\n".getBytes(US_ASCII));
                await().until(() -> received.size() == 2);
                assertThat(received).containsExactly("one", "two");
                var answer = machine.assignator().send(QSCO, "ping".getBytes(US_ASCII), Duration.ofSeconds(10));
                assertThat(answer.outcome()).isEqualTo(CommandOutcome.ACKNOWLEDGED);
                assertThat(station.getInputStream().readNBytes(5)).isEqualTo("ping\n".getBytes(US_ASCII));
            }
        }
    }

    private static String said(Socket station) throws IOException {
        station.setSoTimeout(20_000);
        return new BufferedReader(new InputStreamReader(station.getInputStream(), US_ASCII)).readLine();
    }

    @ParameterizedTest
    @CsvSource({
        "SOURCE sesame /MP, ICY 200 OK",
        "SOURCE sesame MP, ICY 200 OK",
        "SOURCE other /MP, ERROR - Bad Password",
        "SOURCE sesame /OTHER, ERROR - Mount Point Taken or Invalid",
        "POST /MP HTTP/1.1|Authorization: Basic bWU6c2VzYW1l, HTTP/1.1 200 OK",
        "POST /MP HTTP/1.1|authorization: basic bWU6c2VzYW1l|Transfer-Encoding: chunked, HTTP/1.1 200 OK",
        "POST /MP HTTP/1.1|Authorization: Basic eW91OnNlc2FtZQ==, HTTP/1.1 401 Unauthorized",
        "POST /MP HTTP/1.1|Ntrip-Version: Ntrip/2.0, HTTP/1.1 401 Unauthorized",
        "POST /OTHER HTTP/1.1|Authorization: Basic bWU6c2VzYW1l, HTTP/1.1 404 Not Found",
    })
    void aPushToAMountpointIsAnswered(String head, String answer) throws Exception {
        try (var machine = machine("ntrip")) {
            machine.assignator()
                    .activate(Source.dialIn("QSCO", "ntrip")
                            .option("mountpoint", "MP")
                            .user("me")
                            .password(new Secret("sesame"))
                            .build());
            awaitCalled(machine);
            try (var station = call(machine)) {
                var out = station.getOutputStream();
                out.write((head.replace("|", "\r\n") + "\r\n").getBytes(US_ASCII));
                out.write("Source-Agent: NTRIP test\r\n\r\n".getBytes(US_ASCII));
                assertThat(said(station)).isEqualTo(answer);
                if (answer.contains("200 OK")) {
                    var frame = NtripContractTest.FRAMES.getFirst();
                    if (head.contains("chunked")) {
                        out.write((Integer.toHexString(frame.length) + "\r\n").getBytes(US_ASCII));
                    }
                    out.write(frame);
                    await().until(() -> received.size() == 1);
                }
            }
        }
    }

    @Test
    void framesBehindTheIdAndThePassword() throws Exception {
        try (var machine = machine("tcp-frames")) {
            machine.assignator()
                    .activate(Source.dialIn("QSCO", "tcp-frames")
                            .password(new Secret("sesame"))
                            .build());
            awaitCalled(machine);
            for (var greeting : List.of("QSCO", "QSCO sesam", "QSCO sesame")) {
                var station = call(machine);
                var frames = new ByteArrayOutputStream();
                var out = new DataOutputStream(frames);
                for (var frame : List.of(greeting, "one")) {
                    out.writeInt(frame.length());
                    out.writeBytes(frame);
                }
                station.getOutputStream().write(frames.toByteArray());
                if (greeting.equals("QSCO sesame")) {
                    await().until(() -> received.size() == 1);
                } else {
                    await().until(() -> isHungUp(station));
                }
                station.close();
            }
            assertThat(received).containsExactly("one");
            assertThat(machine.view().calls().refused()).containsEntry(Refusal.LOGIN, 2L);
        }
    }

    /** In order, or by a reset: what it has sent behind its greeting is read by nobody. */
    private static boolean isHungUp(Socket station) throws IOException {
        try {
            return station.getInputStream().read() < 0;
        } catch (SocketException e) {
            return true;
        }
    }
}
