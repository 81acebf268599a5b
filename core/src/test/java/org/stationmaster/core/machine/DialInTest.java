package org.stationmaster.core.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.core.fixtures.Await.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.DialIn.Refusal;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.Listen.ServerTls;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.fixtures.TestCertificates;
import org.stationmaster.core.fixtures.TestSink;

/** Stations that call in, with real sockets: who is let in, on which thread its bytes arrive, and what a second call does. */
@Tag("system")
@Timeout(60)
class DialInTest {
    private static final SourceId QSCO = new SourceId("QSCO");

    /** On which threads sessions were given bytes. */
    private final List<String> threads = new CopyOnWriteArrayList<>();

    private final List<String> received = new CopyOnWriteArrayList<>();
    private final List<Socket> callers = new ArrayList<>();
    private final AtomicReference<@Nullable Machine> machine = new AtomicReference<>();

    private Session lines(Slot slot, Connection connection) {
        var lines = Tasks.lines(slot, connection);
        return bytes -> {
            threads.add(Thread.currentThread().getName());
            lines.onBytes(bytes);
        };
    }

    private Listen listen(@Nullable ServerTls tls, boolean byCertificate, boolean secondReplaces) {
        return new Listen(
                "lines",
                new Greets(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                tls,
                byCertificate,
                secondReplaces);
    }

    private Machine start(Listen listen) throws MachineStartException {
        var made = Machine.of(Tasks.always(Task.events(this::lines)))
                .size(new MachineSize(3, 4))
                .listen(listen)
                .onRecord(record -> received.add(record.source().id() + " " + record.text()))
                .start();
        machine.set(made);
        return made;
    }

    private Machine running() {
        return Objects.requireNonNull(machine.get());
    }

    private Machine start() throws MachineStartException {
        return start(listen(null, false, true));
    }

    @AfterEach
    void stop() throws Exception {
        for (var caller : callers) {
            caller.close();
        }
        var started = machine.get();
        if (started != null) {
            assertThat(started.stop(Tasks.DEADLINE)).isEmpty();
        }
        assertThat(threads).allMatch(name -> name.startsWith("worker-"), "on a worker's loop");
    }

    private static Source.Builder source(String id) {
        return Source.dialIn(id, "lines").rate(1);
    }

    private void activate(Source.Builder source) throws InterruptedException {
        running().assignator().activate(source.build());
    }

    private void awaitWaiting() {
        await().until(() -> status().reason() == EndReason.NOT_CALLED);
    }

    private SourceStatus status() {
        return running().view().source(QSCO).orElseThrow();
    }

    private Socket call(String text) throws IOException {
        var socket = new Socket(
                InetAddress.getLoopbackAddress(),
                running().listening().getFirst().getPort());
        callers.add(socket);
        send(socket, text);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(US_ASCII));
    }

    /** Reads until the machine closes; a reset is an end, too. */
    private static String said(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        try {
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        } catch (SocketException e) {
            return "";
        }
    }

    private long refused(Refusal why) {
        return running().view().calls().refused().getOrDefault(why, -1L);
    }

    @Test
    void itWaitsUntilItIsCalledAndRunsThen() throws Exception {
        start();
        activate(source("QSCO"));
        awaitWaiting();
        assertThat(status().state()).isEqualTo(SourceState.STARTING);
        assertThat(status().detail()).isEqualTo("not called");
        var caller = call("QSCO\none\ntwo\n");
        await().until(() -> received.size() == 2);
        assertThat(status().state()).isEqualTo(SourceState.RUNNING);
        assertThat(status().reason()).isEqualTo(EndReason.NONE);
        assertThat(status().detail()).isEmpty();
        send(caller, "three\n");
        await().until(() -> received.size() == 3);
        assertThat(received).containsExactly("QSCO one", "QSCO two", "QSCO three");
        assertThat(running().view().calls().taken()).isEqualTo(1);
    }

    @Test
    void whatItSaidBeforeItHungUpIsRead() throws Exception {
        start();
        activate(source("QSCO"));
        awaitWaiting();
        call("QSCO\none\ntwo\n").shutdownOutput();
        await().until(() -> received.size() == 2 && status().reason() != EndReason.NONE);
        call("QSCO\nthree\n").close(); // while the slot rests
        await().until(() -> received.size() == 3);
        long epoch = status().epoch();
        await().until(() -> status().reason() == EndReason.NOT_CALLED);
        assertThat(status().detail()).startsWith("not called; the last call: ");
        assertThat(status().epoch()).isEqualTo(epoch);
    }

    /** A peer that hangs up makes its channel read, whether it may or not: what comes so is behind what came before. */
    @Test
    void whatComesWhileNothingIsReadKeepsItsPlace() throws Exception {
        var sink = new TestSink("held").hold();
        var made = Machine.of(Tasks.always(Task.events(this::lines)))
                .size(new MachineSize(1, 4))
                .listen(listen(null, false, true))
                .sink(sink)
                .onTheWayLimitBytes(2_000)
                .start();
        machine.set(made);
        activate(source("FULL"));
        await().until(() ->
                made.view().source(new SourceId("FULL")).orElseThrow().reason() == EndReason.NOT_CALLED);
        var flood = call("FULL\n" + ("x".repeat(99) + "\n").repeat(200));
        await().until(() -> !sink.given.isEmpty());
        activate(source("QSCO"));
        awaitWaiting();
        var caller = call("QSCO\none\n");
        await().until(() -> status().state() == SourceState.RUNNING);
        for (int i = 0; i < 200; i++) {
            send(caller, "line " + i + "\n");
        }
        caller.shutdownOutput();
        flood.shutdownOutput();
        activate(source("LAST")); // by the time that it runs, the loop has seen the others hang up
        var last = new SourceId("LAST");
        await().until(() -> made.view().source(last).orElseThrow().reason() == EndReason.NOT_CALLED);
        call("LAST\n");
        await().until(() -> made.view().source(last).orElseThrow().state() == SourceState.RUNNING);
        sink.release();
        var expected = Stream.concat(Stream.of("one"), IntStream.range(0, 200).mapToObj(i -> "line " + i))
                .toList();
        await().untilAsserted(() -> assertThat(sink.taken.stream()
                        .filter(line -> line.startsWith("QSCO/"))
                        .map(line -> line.substring(line.indexOf(' ') + 1))
                        .toList())
                .isEqualTo(expected));
    }

    @Test
    void manyCallsFindTheirSourcesWhateverTheWorker() throws Exception {
        start();
        for (int i = 0; i < 12; i++) {
            activate(source("S" + i));
        }
        for (int i = 0; i < 12; i++) {
            var id = "S" + i;
            await().until(() ->
                    running().view().source(new SourceId(id)).orElseThrow().reason() == EndReason.NOT_CALLED);
            call(id + "\nhello\n");
        }
        await().until(() -> received.size() == 12);
        assertThat(received).doesNotHaveDuplicates();
        assertThat(threads).contains("worker-0", "worker-1", "worker-2");
    }

    @Test
    void strangersAreToldAndCounted() throws Exception {
        start();
        activate(source("QSCO").password(new Secret("sesame")));
        awaitWaiting();
        assertThat(said(call("NOBODY\n"))).isEqualTo("UNKNOWN");
        assertThat(said(call("QSCO\n"))).isEqualTo("LOGIN");
        assertThat(said(call("QSCO wrong\n"))).isEqualTo("LOGIN");
        assertThat(said(call("\n"))).isEmpty();
        assertThat(said(call("x".repeat(1_000)))).isEmpty();
        call("QSC").shutdownOutput();
        await().until(() -> refused(Refusal.GARBAGE) == 3);
        assertThat(refused(Refusal.UNKNOWN)).isEqualTo(1);
        assertThat(refused(Refusal.LOGIN)).isEqualTo(2);
        call("QSCO sesame\none\n");
        await().until(() -> received.size() == 1);
    }

    @Test
    void whoDoesNotGreetInTimeIsClosedAndDisturbsNobody() throws Exception {
        start();
        activate(source("QSCO"));
        awaitWaiting();
        var slow = call("QS");
        call("QSCO\none\n");
        await().until(() -> received.size() == 1);
        assertThat(said(slow)).isEmpty();
        assertThat(refused(Refusal.SLOW)).isEqualTo(1);
    }

    @Test
    void amongTooManyThatDoNotGreetTheEldestGoes() throws Exception {
        start();
        activate(source("QSCO"));
        awaitWaiting();
        var eldest = call("QS");
        for (int i = 0; i < 256; i++) {
            call("");
        }
        assertThat(said(eldest)).isEmpty();
        assertThat(refused(Refusal.CROWDED)).isPositive();
        call("QSCO\none\n");
        await().until(() -> received.size() == 1);
    }

    @Test
    void aSecondCallReplacesTheFirstAndLosesNothing() throws Exception {
        start();
        activate(source("QSCO"));
        awaitWaiting();
        var first = call("QSCO\none\n");
        await().until(() -> received.size() == 1);
        send(first, "two\n");
        call("QSCO\nthree\n");
        assertThat(said(first)).isEmpty();
        await().until(() -> received.size() == 3);
        assertThat(received).containsExactly("QSCO one", "QSCO two", "QSCO three");
        assertThat(status().detail()).isEqualTo("replaced by a second call");
        assertThat(status().reconnects()).isEqualTo(1);
    }

    @Test
    void orItIsRefused() throws Exception {
        start(listen(null, false, false));
        activate(source("QSCO"));
        awaitWaiting();
        var first = call("QSCO\none\n");
        await().until(() -> received.size() == 1);
        assertThat(said(call("QSCO\nthree\n"))).isEqualTo("SECOND");
        send(first, "two\n");
        await().until(() -> received.size() == 2);
        assertThat(refused(Refusal.SECOND)).isEqualTo(1);
    }

    @Test
    void aPausedSourceSaysSo() throws Exception {
        start();
        activate(source("QSCO"));
        awaitWaiting();
        running().assignator().pause(QSCO);
        await().until(() -> status().state() == SourceState.PAUSED);
        var early = call("QSCO\none\n");
        assertThat(said(early)).isEqualTo("PAUSED");
        assertThat(refused(Refusal.PAUSED)).isEqualTo(1);
        running().assignator().resume(QSCO);
        awaitWaiting();
        call("QSCO\ntwo\n");
        await().until(() -> received.size() == 1);
    }

    @Test
    void soDoesOneThatIsPausedFromTheStart() throws Exception {
        start();
        running().assignator().activateAll(List.of(source("QSCO").build()), java.util.Set.of(QSCO));
        await().until(() -> status().state() == SourceState.PAUSED);
        assertThat(said(call("QSCO\none\n"))).isEqualTo("PAUSED");
        running().assignator().resume(QSCO);
        awaitWaiting();
        call("QSCO\ntwo\n");
        await().until(() -> received.size() == 1);
    }

    /** What it goes on to send would make a reset of our end, which overtakes what it was told. */
    @Test
    void whoIsRefusedHearsWhyWhateverItSends() throws Exception {
        start();
        var text = "x".repeat(30_000);
        for (int i = 0; i < 20; i++) {
            var stranger = call("NOBODY\n" + text);
            send(stranger, text);
            assertThat(said(stranger)).isEqualTo("UNKNOWN");
        }
        assertThat(refused(Refusal.UNKNOWN)).isEqualTo(20);
    }

    @Test
    void aSilentOneIsGivenUpAndMayCallAgain() throws Exception {
        start();
        activate(source("QSCO").silenceSeconds(1.5));
        awaitWaiting();
        var first = call("QSCO\none\n");
        assertThat(said(first)).isEmpty();
        await().until(() -> status().reason() == EndReason.NOT_CALLED);
        assertThat(status().detail()).startsWith("not called; the last call: SILENT");
        call("QSCO\ntwo\n");
        await().until(() -> received.size() == 2);
        assertThat(status().silences()).isEqualTo(1);
    }

    @Test
    void aReleasedOneIsReadToItsEndAndAStrangerThen() throws Exception {
        start();
        activate(source("QSCO"));
        awaitWaiting();
        var caller = call("QSCO\none\n");
        await().until(() -> received.size() == 1);
        send(caller, "two\n");
        running().assignator().release(QSCO);
        assertThat(said(caller)).isEmpty();
        await().until(() -> running().view().source(QSCO).isEmpty());
        assertThat(received).containsExactly("QSCO one", "QSCO two");
        assertThat(said(call("QSCO\n"))).isEqualTo("UNKNOWN");
    }

    @Test
    void aCallThatIsKeptWhenItIsReleasedIsReadToItsEnd() throws Exception {
        start();
        activate(source("QSCO"));
        awaitWaiting();
        call("QSCO\none\n").shutdownOutput();
        await().until(() -> received.size() == 1 && status().state() == SourceState.BACKOFF);
        var kept = call("QSCO\ntwo\nthree\n");
        assertThat(said(call("NOBODY\n"))).isEqualTo("UNKNOWN"); // so the call before it was looked at
        running().assignator().release(QSCO);
        assertThat(said(kept)).isEmpty();
        await().until(() -> running().view().source(QSCO).isEmpty());
        assertThat(received).containsExactly("QSCO one", "QSCO two", "QSCO three");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void behindTlsByGreetingOrCertificate(boolean byCertificate, @TempDir Path directory) throws Exception {
        var own = new TestCertificates(directory, "QSCO");
        start(listen(
                new ServerTls(own.certificate(), own.key(), byCertificate ? own.certificate() : null),
                byCertificate,
                true));
        activate(source("QSCO"));
        awaitWaiting();
        try (var plain = call("QSCO\none\n")) {
            said(plain);
        }
        await().until(() -> refused(Refusal.TLS) == 1);
        int port = running().listening().getFirst().getPort();
        try (var caller = own.server().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            var text = "one\n".repeat(20_000); // many TLS records in one write, while it changes over
            send(caller, byCertificate ? text : "QSCO\n" + text);
            await().until(() -> received.size() == 20_000);
            send(caller, "two\n");
            await().until(() -> received.size() == 20_001);
        }
    }

    @Test
    void aCertificateThatNamesNoSourceIsRefused(@TempDir Path directory) throws Exception {
        var own = new TestCertificates(directory, "other");
        start(listen(new ServerTls(own.certificate(), own.key(), own.certificate()), true, true));
        activate(source("QSCO"));
        awaitWaiting();
        int port = running().listening().getFirst().getPort();
        try (var caller = own.server().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            try {
                send(caller, "one\n");
            } catch (SocketException e) {
                // the reset was there first
            }
            await().until(() -> refused(Refusal.UNKNOWN) == 1);
        }
        assertThat(received).isEmpty();
    }

    /** A close in order would say that the records behind its greeting were taken. */
    @Test
    void whoIsRefusedWithoutAWordIsReset() throws Exception {
        start(new Listen(
                "lines",
                new GreetsSilently(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                null,
                false,
                true));
        activate(source("QSCO").password(new Secret("right")));
        awaitWaiting();
        for (var words : List.of("NOBODY\none\n", "QSCO wrong\none\n", "\none\n")) {
            var caller = call(words);
            caller.setSoTimeout(20_000);
            assertThatThrownBy(() -> caller.getInputStream().readAllBytes())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
        assertThat(refused(Refusal.UNKNOWN)).isEqualTo(1);
        assertThat(refused(Refusal.LOGIN)).isEqualTo(1);
        assertThat(refused(Refusal.GARBAGE)).isEqualTo(1);
    }

    /** As plain lines: there is no word for a refusal. */
    private static final class GreetsSilently implements DialIn {
        private final Greets greets = new Greets();

        @Override
        public String name(Source source) {
            return greets.name(source);
        }

        @Override
        public int limitBytes() {
            return greets.limitBytes();
        }

        @Override
        public boolean goesByCertificate() {
            return false;
        }

        @Override
        public @Nullable Greeting read(ByteBuffer bytes) throws ProtocolException {
            var read = greets.read(bytes);
            return read == null
                    ? null
                    : new Greeting() {
                        @Override
                        public String name() {
                            return read.name();
                        }

                        @Override
                        public boolean isFrom(Source source) {
                            return read.isFrom(source);
                        }
                    };
        }
    }

    @Test
    void aMachineThatDoesNotListenSaysSo() throws Exception {
        var made = Machine.of(Tasks.always(Task.events(this::lines)))
                .size(new MachineSize(1, 1))
                .start();
        machine.set(made);
        activate(source("QSCO"));
        await().untilAsserted(() -> {
            assertThat(status().state()).isEqualTo(SourceState.BACKOFF);
            assertThat(status().detail()).contains("nothing listens for lines", "'listen'");
        });
    }

    @Test
    void whatCannotListenDoesNotStart() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var listen = new Listen(
                    "lines",
                    new Greets(),
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), taken.getLocalPort()),
                    null,
                    false,
                    true);
            assertThatThrownBy(() -> start(listen))
                    .isInstanceOf(MachineStartException.class)
                    .hasMessageContaining("cannot listen for lines on")
                    .hasMessageContaining(":" + taken.getLocalPort());
        }
    }
}
