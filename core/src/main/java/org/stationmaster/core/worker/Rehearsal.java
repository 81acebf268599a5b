package org.stationmaster.core.worker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.SynchronizedHistogram;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.StateTable;

/**
 * Wakes one slot of a worker of its own for a source on loopback, before the first real one is: classes are loaded and
 * the native library is there, so that idle slots are warm from the first activation on. A tenth of a second, once.
 */
public final class Rehearsal {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.worker");
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private Rehearsal() {}

    /** Runs it; a failure is told in the log and costs nothing but a cold first wake. */
    public static void run(WorkerPlan plan) {
        var done = new CountDownLatch(1);
        var size = new MachineSize(1, 1);
        var id = new WorkerId(0);
        var table = StateTable.onHeap(size, plan.clock().epochNanos());
        var stage = new WorkerPlan(
                size,
                new Extras(done),
                new Delivery(List.of(), plan.clock(), plan.threads()),
                new EventLog(),
                new SynchronizedHistogram(3),
                report -> {},
                plan.resolver(),
                plan.connectsPerSecond(),
                plan.loopbackConnectsPerSecond(),
                plan.outletLimitBytes(),
                plan.clock(),
                plan.random(),
                plan.threads());
        try (var station = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            var source = Source.of("rehearsal", "none", "127.0.0.1", station.getLocalPort());
            var worker = stage.startThread(id, table.observedWriter(id));
            try {
                worker.tell(List.of(new WorkerCommand.Activate(
                        0, source, 1, false, plan.clock().nanoTime())));
                station.setSoTimeout((int) LIMIT.toMillis());
                try (var connection = station.accept()) {
                    connection.getOutputStream().write('\n');
                    if (!done.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                        LOG.debug("the rehearsal did not end within {}", LIMIT);
                    }
                }
            } finally {
                worker.tell(List.of(new WorkerCommand.Release(0, 1, true)));
                worker.shutdown();
            }
        } catch (IOException e) {
            LOG.debug("the rehearsal failed; the first wakes are cold", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Emits what comes, and says so. */
    private static final class Extras extends TaskScheduler {
        private final CountDownLatch done;

        private Extras(CountDownLatch done) {
            this.done = done;
        }

        @Override
        protected Task taskFor(Source source) {
            return Task.events(this::open);
        }

        private Session open(Slot slot, Connection connection) {
            return (ByteBuffer bytes) -> {
                slot.emit(bytes);
                bytes.position(bytes.limit());
                done.countDown();
            };
        }
    }
}
