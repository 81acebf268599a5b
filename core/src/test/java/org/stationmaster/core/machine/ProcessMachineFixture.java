package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.Link;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.SinkFactory;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;

/** Machines whose workers are real processes, and the stations of their sources. */
abstract class ProcessMachineFixture {
    @TempDir
    Path directory;

    final ConcurrentLinkedQueue<Socket> stations = new ConcurrentLinkedQueue<>();
    ServerSocket server;

    /** Reads lines. */
    public static final class Gauges extends TaskScheduler {
        @Override
        protected Task taskFor(Source source) {
            return Task.blocking(slot -> {
                try (var link = Link.open(source)) {
                    while (slot.isActive()) {
                        slot.emit(link.readLine());
                    }
                }
            });
        }
    }

    /** Writes "SOURCE EPOCH LINE" to a file for each worker. */
    public static final class Notes implements SinkFactory {
        @Override
        public Sink create(Map<String, String> settings, int part) {
            var file = Path.of(settings.get("directory")).resolve("notes-" + part);
            return new Sink() {
                @Override
                public String name() {
                    return "notes";
                }

                @Override
                public Acknowledgement deliver(RecordBatch batch) throws SinkException {
                    var text = new StringBuilder();
                    batch.forEach(line -> text.append(line.source().id())
                            .append(' ')
                            .append(line.epoch())
                            .append(' ')
                            .append(StandardCharsets.UTF_8.decode(line.payload()))
                            .append('\n'));
                    try {
                        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                    } catch (IOException e) {
                        throw new SinkException(e.toString(), e);
                    }
                    return new Acknowledgement(batch.size(), 0);
                }
            };
        }
    }

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 1000, InetAddress.ofLiteral("127.0.0.1"));
        Thread.ofVirtual().start(() -> {
            while (true) {
                try {
                    stations.add(server.accept());
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    @AfterEach
    void leaveNothing() throws IOException {
        server.close();
        for (var station : stations) {
            station.close();
        }
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .as("a machine that has stopped has no process")
                .isEmpty();
    }

    Machine start(int workers, int slots) throws MachineStartException {
        return Machine.of(new Gauges())
                .size(new MachineSize(workers, slots))
                .isolation(Isolation.PROCESSES)
                .stateFile(directory.resolve("table"))
                .sink(new Notes(), Map.of("directory", directory.toString()))
                .start();
    }

    Source source(String id) {
        return Source.of(id, "gauge", "127.0.0.1", server.getLocalPort());
    }

    List<String> notes(int part) throws IOException {
        var file = directory.resolve("notes-" + part);
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    void say(int station, String line) throws IOException {
        await().until(() -> stations.size() > station);
        var out = List.copyOf(stations).get(station).getOutputStream();
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    static long pid(Machine machine, WorkerId worker) {
        return machine.view().workers().get(worker.index()).pid();
    }

    static void signal(String name, long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }
}
