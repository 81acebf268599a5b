package org.stationmaster.core.machine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.Link;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;

/** The tasks that the tests of the machine run: lines, in each of the three shapes. */
final class Tasks {
    static final Duration DEADLINE = Duration.ofSeconds(10);

    private Tasks() {}

    static TaskScheduler always(Task task) {
        return new TaskScheduler() {
            @Override
            protected Task taskFor(Source source) {
                return task;
            }
        };
    }

    /** The task of the manual: reads like a script. */
    static Task blockingLines() {
        return Task.blocking(slot -> {
            try (var link = Link.open(slot.source())) {
                while (slot.isActive()) {
                    slot.emit(link.readLine());
                }
            }
        });
    }

    static Task bothWays() {
        return Task.bidirectional(new Task.Bidirectional<Link>() {
            @Override
            public Link runTask(Slot slot) throws Exception {
                return Link.open(slot.source());
            }

            @Override
            public void networkToService(Slot slot, Link link) throws Exception {
                while (slot.isActive()) {
                    slot.emit(link.readLine());
                }
            }

            @Override
            public void serviceToNetwork(Slot slot, Link link, byte[] command) throws Exception {
                var text = new String(command, StandardCharsets.UTF_8);
                if (text.equals("nonsense")) {
                    throw new IllegalArgumentException("the station knows no such command");
                }
                link.writeLine(text);
            }
        });
    }

    static Task eventLines() {
        return Task.events(Tasks::lines);
    }

    /** Emits each line, and writes commands as lines. */
    static Session lines(Slot slot, Connection connection) {
        return new Lines(slot, connection);
    }

    private static final class Lines implements Session {
        private final Slot slot;
        private final Connection connection;

        private Lines(Slot slot, Connection connection) {
            this.slot = slot;
            this.connection = connection;
        }

        @Override
        public void onBytes(ByteBuffer bytes) {
            int from = bytes.position();
            for (int i = from; i < bytes.limit(); i++) {
                if (bytes.get(i) == '\n') {
                    slot.emit(bytes.duplicate().position(from).limit(i));
                    from = i + 1;
                }
            }
            bytes.position(from);
        }

        @Override
        public void onCommand(byte[] command, CommandReply reply) {
            connection.write(
                    ByteBuffer.wrap(
                            (new String(command, StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8)),
                    reply);
        }
    }
}
