package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
                var out = new DataOutputStream(station.getOutputStream());
                for (var frame : List.of(greeting, "one")) {
                    out.writeInt(frame.length());
                    out.writeBytes(frame);
                }
                if (greeting.equals("QSCO sesame")) {
                    await().until(() -> received.size() == 1);
                } else {
                    await().until(() -> station.getInputStream().read() < 0);
                }
                station.close();
            }
            assertThat(received).containsExactly("one");
            assertThat(machine.view().calls().refused()).containsEntry(Refusal.LOGIN, 2L);
        }
    }
}
