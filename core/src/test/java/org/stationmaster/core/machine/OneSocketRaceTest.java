package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stationmaster.core.fixtures.Await.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.Task;

/**
 * Stops, starts and reconnects of one source against a real socket: when the station accepts a connection, every older
 * one has been closed by the machine; and what a connection sent is delivered under one epoch alone.
 */
@Tag("race")
@Timeout(120)
class OneSocketRaceTest {
    private final ServerSocketChannel server = ServerSocketChannel.open();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final List<SocketChannel> older = new ArrayList<>();
    private volatile int accepted;

    OneSocketRaceTest() throws IOException {
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        Thread.ofPlatform().daemon().name("station").start(this::serve);
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private void serve() {
        try {
            for (int number = 0; ; number++) {
                var next = server.accept();
                older.removeIf(this::isClosed);
                if (!older.isEmpty()) {
                    violations.add("connection " + number + " beside " + older.size() + " open ones");
                }
                next.write(ByteBuffer.wrap((number + "\n").repeat(20).getBytes(StandardCharsets.US_ASCII)));
                next.configureBlocking(false);
                older.add(next);
                accepted = number + 1;
                if (number % 5 == 4) {
                    next.shutdownOutput(); // the station ends this one: it is called again
                }
            }
        } catch (IOException e) {
            // closed: the test is over
        }
    }

    /** Whether the machine has closed it: on loopback its FIN is here before a later SYN. */
    private boolean isClosed(SocketChannel channel) {
        try {
            if (channel.read(ByteBuffer.allocate(64)) < 0) {
                channel.close();
                return true;
            }
            return false;
        } catch (IOException e) {
            return true; // reset
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = MachineTasksTest.Shape.class,
            names = {"BLOCKING", "EVENTS"})
    void neverTwoSocketsOfOneSource(MachineTasksTest.Shape shape) throws Exception {
        race(shape.task());
        assertThat(violations).isEmpty();
    }

    /** Says that it has ended while its socket is open; the next one closes it. */
    private static Task endsBeforeItCloses(List<Socket> open) {
        return Task.blocking(slot -> {
            var socket = new Socket(slot.source().host(), slot.source().port()); // the machine knows nothing of it
            var left = List.copyOf(open);
            open.add(socket);
            for (var older : left) {
                older.close();
                open.remove(older);
            }
            var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            for (var line = reader.readLine(); line != null && slot.isActive(); line = reader.readLine()) {
                slot.emit(line);
            }
        });
    }

    @Test
    void anEndThatIsToldBeforeTheSocketIsClosedIsCaught() throws Exception {
        var open = new CopyOnWriteArrayList<Socket>();
        try {
            race(endsBeforeItCloses(open));
        } finally {
            for (var socket : open) {
                socket.close();
            }
        }
        assertThat(violations).anyMatch(what -> what.contains("beside"));
    }

    private void race(Task task) throws Exception {
        var id = new SourceId("QSCO");
        Map<String, Long> epochs = new ConcurrentHashMap<>();
        List<Long> order = new CopyOnWriteArrayList<>();
        int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        try (var machine = Machine.of(Tasks.always(task))
                .size(new MachineSize(2, 2))
                .onRecord(record -> {
                    var before = epochs.putIfAbsent(record.text(), record.epoch());
                    if (before != null && before != record.epoch()) {
                        violations.add(
                                "connection " + record.text() + " in epochs " + before + " and " + record.epoch());
                    }
                    order.add(record.epoch());
                })
                .start()) {
            var random = new SplittableRandom(11);
            var assignator = machine.assignator();
            for (int i = 0; i < 600; i++) {
                switch (random.nextInt(6)) {
                    case 0, 1 -> assignator.activate(Source.of("QSCO", "test", "127.0.0.1", port));
                    case 2 ->
                        assignator.activate(Source.builder("QSCO", "test", "127.0.0.1", port)
                                .attribute("n", String.valueOf(i))
                                .build());
                    case 3 -> assignator.release(id);
                    case 4 -> assignator.cancel(id);
                    default -> {
                        assignator.pause(id);
                        assignator.resume(id);
                    }
                }
                if (i % 30 == 0) { // calls are faster than connections: let one of them come through
                    assignator.activate(Source.of("QSCO", "test", "127.0.0.1", port));
                    await().pollDelay(Duration.ZERO)
                            .pollInterval(Duration.ofMillis(1))
                            .until(() -> machine.view()
                                    .source(id)
                                    .filter(status -> status.records() > 0)
                                    .isPresent());
                }
            }
            assertThat(machine.stop(Tasks.DEADLINE)).isEmpty();
        }
        assertThat(accepted).isGreaterThan(10);
        assertThat(order).as("an old epoch never comes behind a new one").isSorted();
    }
}
