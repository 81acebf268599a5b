package org.stationmaster.core.machine;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;

/**
 * Wakes the slots of a small machine for sources on loopback, before the first real one is, once in the life of a JVM:
 * classes are loaded, the native library is there and the first compilers have run, so that idle slots are warm from
 * the first activation on. Some tenths of a second.
 */
final class Rehearsal {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.machine");
    private static final AtomicBoolean DONE = new AtomicBoolean();
    private static final int SOURCES = 8;
    private static final int LIMIT_MILLIS = 2_000;

    private Rehearsal() {}

    /**
     * Runs it unless this JVM has had it; a failure is told in the log and costs nothing but cold first wakes.
     *
     * @param wakes how many
     */
    static void once(int wakes) {
        if (!DONE.compareAndSet(false, true)) {
            return;
        }
        var extras = new Extras();
        var open = new @Nullable
                Socket[SOURCES]; // closed when the machine's side is: earlier it would be an end to be logged
        try (var station = new ServerSocket(0, SOURCES, InetAddress.ofLiteral("127.0.0.1"));
                var machine =
                        Machine.of(extras).size(new MachineSize(1, SOURCES)).start()) {
            station.setSoTimeout(LIMIT_MILLIS);
            for (int i = 0; i < wakes; i++) {
                var source = Source.of("R" + i % SOURCES, "rehearsal", "127.0.0.1", station.getLocalPort());
                machine.assignator().activate(source);
                var connection = station.accept();
                close(open[i % SOURCES]);
                open[i % SOURCES] = connection;
                connection.getOutputStream().write('\n');
                if (!extras.heard.tryAcquire(LIMIT_MILLIS, TimeUnit.MILLISECONDS)) {
                    return;
                }
                machine.assignator().cancel(source.id());
            }
            var left = machine.stop(Duration.ofMillis(LIMIT_MILLIS));
            LOG.debug("the rehearsal is over; left: {}", left);
        } catch (IOException | MachineStartException | RuntimeException e) {
            LOG.debug("the rehearsal failed; the first wakes are cold", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Arrays.stream(open).forEach(Rehearsal::close);
        }
    }

    private static void close(@Nullable Socket socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            LOG.debug("a socket of the rehearsal", e);
        }
    }

    /** Emits what comes, and says so. */
    private static final class Extras extends TaskScheduler {
        private final Semaphore heard = new Semaphore(0);

        @Override
        protected Task taskFor(Source source) {
            return Task.events(this::open);
        }

        private Session open(Slot slot, Connection connection) {
            connection.write(ByteBuffer.wrap(new byte[] {'\n'}));
            return bytes -> {
                slot.emit(bytes);
                bytes.position(bytes.limit());
                heard.release();
            };
        }
    }
}
