package org.stationmaster.core.worker;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.WorkerId;

/** A worker in this JVM: one thread, one event loop. */
public final class ThreadWorker implements Worker {
    private static final long BEAT_NANOS = 1_000_000_000L;

    private final WorkerId id;
    private final NettyLoop loop;
    private final WorkerCore core;

    ThreadWorker(WorkerCore.Parts parts, Resolver resolver, ThreadFactory threads) {
        this.id = parts.id();
        this.loop = new NettyLoop(threads);
        this.core = new WorkerCore(parts, loop, new NettyDialer(loop, resolver));
        loop.execute(() -> {
            parts.table()
                    .born(parts.clock().epochNanos(), ProcessHandle.current().pid());
            core.state(WorkerState.READY);
            beat();
        });
    }

    private void beat() {
        core.beat(
                ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime(),
                Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        loop.schedule(this::beat, BEAT_NANOS);
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
        loop.execute(() -> commands.forEach(core::obey));
    }

    @Override
    public void shutdown() {
        loop.execute(() -> core.state(WorkerState.STOPPING));
        var _ = loop.shutdown();
    }
}
