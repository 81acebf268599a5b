package org.stationmaster.core.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.core.fixtures.Await.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.DialIn.Refusal;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.Listen.ServerTls;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.fixtures.TestCertificates;

/** Stations that call in at worker processes: all of them listen on one port, and the kernel deals the calls out. */
@Tag("system")
@Timeout(120)
class CalledProcessTest extends ProcessMachineFixture {
    private static final SourceId QSCO = new SourceId("QSCO");

    private final List<Socket> callers = new ArrayList<>();

    /** Reads lines on the worker's loop. */
    public static final class Lines extends TaskScheduler {
        @Override
        protected Task taskFor(Source source) {
            return Task.events(Tasks::lines);
        }
    }

    private static Listen listen(int port, @Nullable ServerTls tls, boolean secondReplaces) {
        return new Listen(
                "lines",
                new Greets(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                tls,
                tls != null && tls.caFile() != null,
                secondReplaces);
    }

    private Machine start(int workers, int slots, Listen listen) throws MachineStartException {
        return Machine.of(new Lines())
                .size(new MachineSize(workers, slots))
                .isolation(Isolation.PROCESSES)
                .stateFile(directory.resolve("table"))
                .sink(new Notes(), Map.of("directory", directory.toString()))
                .listen(listen)
                .start();
    }

    @AfterEach
    void hangUp() throws IOException {
        for (var caller : callers) {
            caller.close();
        }
    }

    private Socket call(Machine machine, String text) throws IOException {
        var socket = new Socket(
                InetAddress.getLoopbackAddress(), machine.listening().getFirst().getPort());
        callers.add(socket);
        send(socket, text);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(US_ASCII));
    }

    private static String said(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        try {
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        } catch (SocketException e) {
            return "";
        }
    }

    private static SourceStatus status(Machine machine, String id) {
        return machine.view().source(new SourceId(id)).orElseThrow();
    }

    private static int worker(Machine machine, String id) {
        return requireNonNull(status(machine, id).slot()).worker().index();
    }

    private static void awaitRunning(Machine machine, String id) {
        await().until(() -> status(machine, id).state() == SourceState.RUNNING);
    }

    private static Source source(String id, double rate) {
        return Source.dialIn(id, "lines").rate(rate).build();
    }

    /** What the sinks of all workers have, without the epochs. */
    private List<String> records(int workers) throws IOException {
        var all = new ArrayList<String>();
        for (int i = 0; i < workers; i++) {
            notes(i).forEach(note -> all.add(note.replaceFirst(" [0-9]+ ", " ")));
        }
        return all;
    }

    @Test
    void whereverTheyCallTheyAreServedAndNothingIsLost() throws Exception {
        try (var machine = start(2, 20, listen(0, null, true))) {
            var expected = new ArrayList<String>();
            for (int i = 0; i < 20; i++) {
                machine.assignator().activate(source("S" + i, 1));
                assertThat(status(machine, "S" + i).state()).isEqualTo(SourceState.WAITING);
                assertThat(status(machine, "S" + i).reason()).isEqualTo(EndReason.NOT_CALLED);
            }
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 20; i++) {
                    call(machine, "S" + i + "\nhello " + round + "\nagain " + round + "\n")
                            .shutdownOutput();
                    expected.add("S" + i + " hello " + round);
                    expected.add("S" + i + " again " + round);
                }
                await().until(() -> records(2).size() >= expected.size());
            }
            assertThat(records(2)).containsExactlyInAnyOrderElementsOf(expected);
            await().until(() -> Stream.of("S0", "S19")
                    .allMatch(id -> status(machine, id).detail().startsWith("not called; the last call: ENDED")));
            await().until(() -> machine.view().calls().taken() == 60);
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void aKilledWorkersStationsCallAgainAndAreServedElsewhere() throws Exception {
        try (var machine = start(2, 16, listen(0, null, true))) {
            var connected = new ArrayList<Socket>();
            for (int i = 0; i < 8; i++) {
                machine.assignator().activate(source("S" + i, 1));
                connected.add(call(machine, "S" + i + "\none\n"));
                awaitRunning(machine, "S" + i);
            }
            var holder = new WorkerId(worker(machine, "S0"));
            long pid = pid(machine, holder);
            var orphans = Stream.iterate(0, i -> i < 8, i -> i + 1)
                    .filter(i -> worker(machine, "S" + i) == holder.index())
                    .toList();
            signal("KILL", pid);
            await().until(() ->
                    orphans.stream().allMatch(i -> status(machine, "S" + i).reason() == EndReason.NOT_CALLED));
            for (int i : orphans) {
                assertThat(said(connected.get(i))).isEmpty();
                call(machine, "S" + i + "\ntwo\n");
                awaitRunning(machine, "S" + i);
            }
            await().until(() ->
                    machine.view().workers().stream().allMatch(worker -> worker.state() == WorkerState.READY));
            awaitServedBy(machine, holder);
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
            assertThat(records(2)).contains("S" + orphans.getFirst() + " two");
        }
    }

    /** The fresh process has joined the port: one of the calls comes to it. */
    private void awaitServedBy(Machine machine, WorkerId holder) throws Exception {
        machine.assignator().activate(source("NEXT", 1));
        await().until(() -> {
            call(machine, "NEXT\nhello\n");
            awaitRunning(machine, "NEXT");
            var slot = status(machine, "NEXT").slot();
            return slot != null && slot.worker().equals(holder);
        });
    }

    @Test
    void aSecondCallReplacesTheFirstWhereverItComes() throws Exception {
        try (var machine = start(2, 4, listen(0, null, true))) {
            machine.assignator().activate(source("QSCO", 1));
            var expected = new ArrayList<String>();
            var last = call(machine, "QSCO\nfirst\n");
            awaitRunning(machine, "QSCO");
            expected.add("QSCO first");
            for (int i = 0; i < 10; i++) {
                send(last, "before " + i + "\n");
                var next = call(machine, "QSCO\nbehind " + i + "\n");
                assertThat(said(last)).isEmpty();
                expected.add("QSCO before " + i);
                expected.add("QSCO behind " + i);
                await().until(() -> records(2).size() >= expected.size());
                last = next;
            }
            assertThat(records(2)).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(notes(0)).isNotEmpty();
            assertThat(notes(1)).isNotEmpty();
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void orItIsRefusedWhereverItComes() throws Exception {
        try (var machine = start(2, 4, listen(0, null, false))) {
            machine.assignator().activate(source("QSCO", 1));
            var first = call(machine, "QSCO\none\n");
            awaitRunning(machine, "QSCO");
            for (int i = 0; i < 8; i++) {
                assertThat(said(call(machine, "QSCO\nno\n"))).isEqualTo("SECOND");
            }
            assertThat(said(call(machine, "NOBODY\n"))).isEqualTo("UNKNOWN");
            send(first, "two\n");
            await().until(() -> records(2).equals(List.of("QSCO one", "QSCO two")));
            machine.assignator().pause(QSCO);
            await().until(() -> status(machine, "QSCO").state() == SourceState.PAUSED);
            assertThat(said(call(machine, "QSCO\nno\n"))).isEqualTo("PAUSED");
            machine.assignator().resume(QSCO);
            await().until(() -> status(machine, "QSCO").state() == SourceState.WAITING);
            call(machine, "QSCO\nthree\n");
            await().until(() -> records(2).size() == 3);
            await().until(() -> machine.view().calls().refused().getOrDefault(Refusal.SECOND, 0L) == 8
                    && machine.view().calls().refused().getOrDefault(Refusal.UNKNOWN, 0L) == 1);
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void behindTlsByGreetingOrCertificate(boolean byCertificate) throws Exception {
        var own = new TestCertificates(directory, "QSCO");
        var tls = new ServerTls(own.certificate(), own.key(), byCertificate ? own.certificate() : null);
        try (var machine = start(2, 4, listen(0, tls, true))) {
            machine.assignator().activate(source("QSCO", 1));
            var lines = "one\n".repeat(5_000); // many TLS records in one write, while it changes over
            for (int i = 1; i <= 4; i++) {
                int count = i * 5_000;
                try (var caller = own.server()
                        .getSocketFactory()
                        .createSocket(
                                InetAddress.getLoopbackAddress(),
                                machine.listening().getFirst().getPort())) {
                    send(caller, byCertificate ? lines : "QSCO\n" + lines);
                    await().until(() -> records(2).size() == count);
                }
            }
            assertThat(machine.stop(Duration.ofSeconds(10))).isEmpty();
        }
    }

    @Test
    void whatCannotListenDoesNotStart() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> start(2, 1, listen(taken.getLocalPort(), null, true)))
                    .isInstanceOf(MachineStartException.class)
                    .hasMessageContaining("cannot listen for lines on")
                    .hasMessageContaining(":" + taken.getLocalPort());
        }
        var noFile = new ServerTls(Path.of("none.pem"), Path.of("none.key"), null);
        assertThatThrownBy(() -> start(2, 1, listen(0, noFile, true)))
                .isInstanceOf(MachineStartException.class)
                .hasMessageContaining("cannot listen for lines with its certificate")
                .hasMessageContaining("none.key");
    }
}
