package org.stationmaster.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.StationNetwork;

/** The examples do what their first line says, against simulated stations. */
@Tag("system")
@Timeout(30)
class ExamplesTest {
    private static NetworkPlan oneStation() {
        return NetworkPlan.builder("tcp-lines").sources(1).rate(50).hello(false).build();
    }

    @Test
    void collectPrintsWhatOneGaugeSends() throws Exception {
        var printed = new ByteArrayOutputStream();
        var stdout = System.out;
        try (var network = StationNetwork.start(oneStation());
                var out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
            System.setOut(out);
            var main = Thread.ofPlatform().start(() -> {
                try {
                    Collect.main(new String[] {"127.0.0.1", String.valueOf(network.port())});
                } catch (Exception e) {
                    // interrupted below
                }
            });
            await().until(() -> printed.toString(StandardCharsets.UTF_8).lines().count() > 10);
            main.interrupt();
            main.join();
        } finally {
            System.setOut(stdout);
        }
        var lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines.getFirst()).startsWith("Assigned[slot=w0/0, epoch=");
        assertThat(lines.get(1)).startsWith("QSCO SM1 SIM00000 0 ");
        assertThat(lines.get(10)).startsWith("QSCO SM1 SIM00000 9 ");
    }

    @Test
    void aDataLoggerTakesCommandsAndItsAnswersAreRecords() throws Exception {
        var texts = new ConcurrentLinkedQueue<String>();
        try (var network = StationNetwork.start(oneStation());
                var machine = Machine.of(new DataLoggers())
                        .onRecord(record -> texts.add(record.text()))
                        .start()) {
            var source = network.sources().getFirst();
            machine.assignator().activate(source);
            await().until(() -> !texts.isEmpty());
            var result = machine.assignator()
                    .send(source.id(), "rate 5\n".getBytes(StandardCharsets.US_ASCII), Duration.ofSeconds(5));
            assertThat(result.outcome()).isEqualTo(CommandOutcome.ACKNOWLEDGED);
            await().until(() -> texts.stream().anyMatch(text -> text.contains("re:rate 5")));
            assertThat(network.snapshot().commands()).isEqualTo(1);
        }
    }
}
