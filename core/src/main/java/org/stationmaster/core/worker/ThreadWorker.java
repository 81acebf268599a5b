package org.stationmaster.core.worker;

import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.ProcessIdentity;

/** A worker in this JVM: one thread, one event loop. */
public final class ThreadWorker implements Worker {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.worker");
    private static final long BEAT_NANOS = 1_000_000_000L;
    /** A worker that holds nothing beats slowly: an idle machine costs nothing. */
    private static final long IDLE_BEAT_NANOS = 5_000_000_000L;
    /** Commands obeyed before the sockets get their turn. */
    private static final int SLICE = 64;

    private final WorkerId id;
    private final NettyLoop loop;
    private final WorkerCore core;
    /** Commands not obeyed yet, in order; on the loop. At most a few for each slot. */
    private final ArrayDeque<WorkerCommand> inbox = new ArrayDeque<>();

    ThreadWorker(WorkerCore.Parts parts, Resolver resolver, ThreadFactory threads) {
        this.id = parts.id();
        this.loop = new NettyLoop(threads);
        this.core = new WorkerCore(parts, loop, new NettyDialer(loop, resolver));
        loop.execute(() -> {
            var process = ProcessIdentity.current();
            parts.table().born(parts.clock().epochNanos(), process.pid(), process.startMillis());
            core.state(WorkerState.READY);
            beat();
        });
    }

    private void beat() {
        core.beat(
                ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime(),
                Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        loop.schedule(this::beat, core.holdsNothing() ? IDLE_BEAT_NANOS : BEAT_NANOS);
    }

    @Override
    public WorkerId id() {
        return id;
    }

    @Override
    public String kind() {
        return "thread";
    }

    @Override
    public void tell(List<WorkerCommand> commands) {
        loop.execute(() -> {
            boolean idle = inbox.isEmpty();
            inbox.addAll(commands);
            if (idle) {
                obey();
            }
        });
    }

    /** Obeys a slice of what has come; the rest after the sockets had their turn. */
    private void obey() {
        for (int i = 0; i < SLICE && !inbox.isEmpty(); i++) {
            var command = inbox.removeFirst();
            try {
                core.obey(command);
            } catch (RuntimeException | Error e) { // one command must not make the worker deaf to the next
                LOG.error("worker {} failed to obey {}", id, command, e);
            }
        }
        if (!inbox.isEmpty()) {
            loop.schedule(this::obey, 0);
        }
    }

    @Override
    public void shutdown() {
        loop.execute(() -> core.state(WorkerState.STOPPING));
        var _ = loop.shutdown();
    }
}
