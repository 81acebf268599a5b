package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.DialIn.Refusal;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Listen.ServerTls;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Calls;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.TappedRecord;
import org.stationmaster.core.api.Tls;
import org.stationmaster.core.api.WorkerId;

class MessageCodecTest {
    private static final WorkerId W1 = new WorkerId(1);
    private static final SlotId SLOT = new SlotId(W1, 999_999);
    private static final Source FULL = Source.builder("QSCO", "tcp-lines", "gauge.example", 7001)
            .rate(0.1)
            .group("north")
            .group("sea")
            .attribute("name", "Quai – Süd")
            .attribute("long", "x".repeat(70_000))
            .enabled(false)
            .silenceSeconds(12.5)
            .connectTimeoutMillis(5)
            .tls(new Tls(Path.of("/ca.pem"), Path.of("cert.pem"), Path.of("key.pem"), "gauge"))
            .user("me")
            .password(new Secret("s3cret"))
            .frameLimitBytes(77)
            .option("hello", "true")
            .build();

    static Stream<WorkerCommand> commands() {
        return Stream.of(
                new WorkerCommand.Activate(3, FULL, Long.MAX_VALUE, true, -1),
                new WorkerCommand.Activate(0, Source.of("A", "p", "::1", 1), 1, false, 0),
                new WorkerCommand.Release(1, 2, true),
                new WorkerCommand.Pause(1, 2, false),
                new WorkerCommand.Tap(Set.of(new SourceId("A"), new SourceId("B"))),
                new WorkerCommand.TakeCall(Long.MAX_VALUE, "MP – 1"),
                new WorkerCommand.RefuseCall(4, Refusal.NO_SLOT, new SourceId("QSCO")),
                new WorkerCommand.RefuseCall(5, Refusal.UNKNOWN, null),
                new WorkerCommand.HangUp(),
                new WorkerCommand.Finish(20_000));
    }

    static Stream<WorkerReport> reports() {
        return Stream.of(
                new WorkerReport.Idle(SLOT, 7),
                new WorkerReport.Ended(SLOT, 7, EndReason.NO_ROOM, "no room — at all"),
                new WorkerReport.Replied(8, CommandOutcome.DEADLINE, ""),
                new WorkerReport.Ready(W1, Long.MAX_VALUE),
                new WorkerReport.Moved(new SlotEvent(
                        Instant.parse("2026-11-24T09:00:00.123456789Z"),
                        SLOT,
                        new SourceId("QSCO"),
                        9,
                        SlotState.RUNNING,
                        SlotState.BACKOFF,
                        EndReason.RESET,
                        "gone")),
                new WorkerReport.Sinks(W1, List.of(new Delivery.LaneStatus("archive", 1, 2, 3, "disk full", 4, 5))),
                new WorkerReport.Counted(W1, new Calls(3, Map.of(Refusal.LOGIN, 4L, Refusal.CROWDED, 5L))),
                new WorkerReport.Finished(W1, List.of("one", "two")),
                new WorkerReport.Lost(W1, "killed"));
    }

    private static byte[] body(ByteBuffer message) {
        var body = new byte[message.getInt()];
        message.get(body);
        assertThat(message.hasRemaining()).isFalse();
        return body;
    }

    @ParameterizedTest
    @MethodSource("commands")
    void a_command_comes_as_it_went(WorkerCommand command) throws IOException {
        assertThat(MessageCodec.command(body(MessageCodec.encode(List.of(command)))))
                .isEqualTo(command);
    }

    @ParameterizedTest
    @MethodSource("reports")
    void a_report_comes_as_it_went(WorkerReport report) throws IOException {
        assertThat(MessageCodec.report(body(MessageCodec.encode(report)))).isEqualTo(report);
    }

    @Test
    void the_bytes_of_a_send_come_as_they_went() throws IOException {
        var sent = new byte[] {0, -1, 13, 10};
        var command = MessageCodec.command(body(MessageCodec.encode(List.of(new WorkerCommand.Send(1, 2, 3, sent)))));
        assertThat(((WorkerCommand.Send) command).bytes()).containsExactly(sent);
    }

    @Test
    void a_copy_of_a_record_comes_as_it_went() throws IOException {
        var copy = new TappedRecord(new SourceId("A"), 1, 2, 3, 4, -5, new byte[] {0, -1, 10});
        var report = MessageCodec.report(body(MessageCodec.encode(new WorkerReport.Tapped(copy, 6))));
        assertThat(report).usingRecursiveComparison().isEqualTo(new WorkerReport.Tapped(copy, 6));
    }

    @Test
    void a_call_comes_as_it_went() throws IOException {
        var called = new WorkerReport.Called(W1, 6, "ntrip", new byte[] {'S', 0, -1}, List.of("a.example", "b"));
        assertThat(MessageCodec.report(body(MessageCodec.encode(called))))
                .usingRecursiveComparison()
                .isEqualTo(called);
    }

    @Test
    void several_go_as_one_piece() {
        var all = commands().toList();
        var bytes = MessageCodec.encode(all);
        int count = 0;
        while (bytes.hasRemaining()) {
            int length = bytes.getInt();
            bytes.position(bytes.position() + length);
            count++;
        }
        assertThat(count).isEqualTo(all.size());
    }

    @Test
    void what_is_no_message_is_an_error_and_nothing_worse() {
        var random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            var bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = (byte) random.nextInt(28);
            }
            try {
                MessageCodec.command(bytes);
                MessageCodec.report(bytes);
            } catch (IOException e) {
                // as it should
            }
        }
        assertThatThrownBy(() -> MessageCodec.command(new byte[] {99}))
                .isInstanceOf(IOException.class)
                .hasMessage("no command has the number 99");
    }

    @Test
    void a_setup_comes_as_it_went() throws IOException {
        var setup = new WorkerSetup(
                W1,
                5,
                new MachineSize(2, 3),
                Path.of("/data/state/table"),
                6,
                Path.of("/run/s"),
                1_703,
                "org.example.Gauges",
                List.of(new ProcessPlan.SinkSetup("org.example.Notes", Map.of("root", "/data"))),
                List.of(
                        new ListenSetup(
                                "tcp-lines",
                                "org.example.Greets",
                                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 7001),
                                new ServerTls(Path.of("/cert.pem"), Path.of("/key.pem"), Path.of("/ca.pem")),
                                true,
                                false),
                        new ListenSetup(
                                "ntrip",
                                "org.example.Heads",
                                new InetSocketAddress(InetAddress.ofLiteral("::1"), 2101),
                                null,
                                false,
                                true)),
                20,
                5_000,
                0);
        var bytes = new ByteArrayOutputStream();
        setup.write(bytes);
        assertThat(WorkerSetup.read(new ByteArrayInputStream(bytes.toByteArray())))
                .isEqualTo(setup);
    }
}
