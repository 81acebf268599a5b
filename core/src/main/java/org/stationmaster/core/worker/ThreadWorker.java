package org.stationmaster.core.worker;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.ProcessIdentity;

/** A worker in this JVM: one thread, one event loop. */
final class ThreadWorker implements Worker {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.worker");
    static final long BEAT_NANOS = 1_000_000_000L;
    private static final long HAND_OFF_LIMIT_MILLIS = 200;
    /** Commands obeyed before the sockets get their turn. */
    private static final int SLICE = 64;

    private final WorkerId id;
    private final Usage usage;
    private final Runnable onBeat;
    private final NettyLoop loop;
    private final WorkerCore core;
    /** Commands not obeyed yet, in order; on the loop. At most a few for each slot. */
    private final ArrayDeque<WorkerCommand> inbox = new ArrayDeque<>();

    ThreadWorker(
            WorkerCore.Parts parts,
            long incarnation,
            Usage usage,
            Runnable onBeat,
            Resolver resolver,
            Calls calls,
            ThreadFactory threads) {
        this.id = parts.id();
        this.usage = usage;
        this.onBeat = onBeat;
        this.loop = new NettyLoop(threads);
        var buffer = new SharedReadBuffer();
        this.core = new WorkerCore(
                parts, loop, new CallDialer(new NettyDialer(loop, resolver, buffer), loop, calls, buffer));
        loop.execute(() -> {
            var process = ProcessIdentity.current();
            parts.table().born(incarnation, process.pid(), process.startMillis());
            core.state(WorkerState.READY);
            beat();
        });
    }

    private void beat() {
        core.beat(usage.cpuNanos(), usage.memoryBytes());
        loop.schedule(this::beat, core.holdsNothing() ? usage.idleBeatNanos() : BEAT_NANOS);
        onBeat.run();
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

    NettyLoop loop() {
        return loop;
    }

    /** Hands over all that was emitted so far. On the loop. */
    void handOff() {
        core.handOff();
    }

    /** The same from another thread, unless the loop hangs. */
    void handOffNow() throws InterruptedException {
        var done = new CountDownLatch(1);
        loop.execute(() -> {
            core.handOff();
            done.countDown();
        });
        boolean _ = done.await(HAND_OFF_LIMIT_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** The sinks are the machine's: there is nothing to finish here. */
    @Override
    public CompletableFuture<List<String>> finish(Duration deadline) {
        return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public void shutdown() {
        stopping();
        var _ = loop.shutdown();
    }

    /** Says in the table that it ends in order. */
    void stopping() {
        loop.execute(() -> core.state(WorkerState.STOPPING));
    }
}
