package org.stationmaster.core.worker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.StateReader;

/**
 * A worker in a JVM of its own, as the machine sees it: one place, in which a process lives after the other. A process is
 * given up when its socket ends, when it exits, or when its beat stands still, whichever comes first; it is
 * killed and awaited, what it had said is heard to the end, and only then {@link WorkerReport.Lost} is reported and the next
 * one started.
 *
 * <p>All of it on the keeper's thread, except {@link #tell}, which writes to the socket from the machine's turn, so that a
 * message wakes the worker without another thread in between.
 */
public final class ProcessWorker implements Worker {
    /** The start of a JVM would take the processors from those who connect its sources again. */
    private static final long SOURCES_FIRST_NANOS = 500_000_000L;

    /** Without a beat for so long the process is lost. It beats once a second. */
    static final long STALLED_NANOS = 5_000_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.machine");
    /** A busy host may take long to start a JVM; its sources run elsewhere or wait meanwhile. */
    private static final long START_LIMIT_NANOS = 120_000_000_000L;

    private static final long START_SLOW_NANOS = 20_000_000_000L;
    /** What a process that does not read may leave unread; beyond it, it is as good as dead. */
    private static final long UNSENT_LIMIT_BYTES = 256L << 20;

    private enum Phase {
        /** The process is on its way. */
        STARTING,
        UP,
        /** Killed, to be awaited. */
        DYING,
        /** No process; the next one comes in its time. */
        RESTING,
        /** No process, and none will come. */
        GONE
    }

    private final WorkerId id;
    private final ProcessKeeper keeper;
    private final ProcessPlan plan;
    private final StateReader table;
    private final Consumer<WorkerReport> reports;
    private final Taps taps;
    private final Clock clock;
    private final CompletableFuture<Void> firstStart = new CompletableFuture<>();

    private Phase phase = Phase.RESTING;
    private long incarnation;
    /** Written on the keeper's thread. */
    private volatile @Nullable WorkerJvm jvm;

    private long spawnedNanos;
    private boolean slowTold;
    private long beat;
    private long beatNanos;
    /** The rest before the next process, should this one die young. */
    private long restNanos;

    private long dueNanos;
    private String cause = "";
    private long finishByNanos;
    private @Nullable CompletableFuture<List<String>> finish;
    /** Whether another process follows the one that finishes. */
    private boolean comesBack;

    private @Nullable List<String> left;
    private ByteBuffer incoming = ByteBuffer.allocate(64 * 1024);

    private final ReentrantLock lock = new ReentrantLock();
    /** The connection; guarded by the lock, as all that follows. Null: nobody listens. */
    private @Nullable SocketChannel channel;

    private @Nullable SelectionKey key;
    /** Whose connection it is. */
    private long channelIncarnation;

    private final ArrayDeque<ByteBuffer> unsent = new ArrayDeque<>();
    private long unsentBytes;

    ProcessWorker(
            WorkerId id,
            ProcessKeeper keeper,
            ProcessPlan plan,
            StateReader table,
            Consumer<WorkerReport> reports,
            Taps taps,
            Clock clock) {
        this.id = id;
        this.keeper = keeper;
        this.plan = plan;
        this.table = table;
        this.reports = reports;
        this.taps = taps;
        this.clock = clock;
    }

    @Override
    public WorkerId id() {
        return id;
    }

    @Override
    public String kind() {
        return "process";
    }

    /** Completes when the first process is up; exceptionally, with an {@link IOException} that says why, when it died before. */
    public CompletableFuture<Void> firstStart() {
        return firstStart;
    }

    // ---- messages to the process

    @Override
    public void tell(long to, List<WorkerCommand> commands) {
        lock.lock();
        try {
            if (to == channelIncarnation) {
                tell(commands);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void tell(List<WorkerCommand> commands) {
        var bytes = MessageCodec.encode(commands);
        lock.lock();
        try {
            var to = channel;
            if (to == null) {
                return; // its end will be reported, and everything it held is woken elsewhere
            }
            if (unsent.isEmpty()) {
                to.write(bytes);
            }
            if (bytes.hasRemaining()) {
                unsent.add(bytes);
                unsentBytes += bytes.remaining();
                keeper.execute(this::writeUnsent);
            }
        } catch (IOException e) {
            keeper.execute(() -> giveUp("its socket failed: " + e));
        } finally {
            lock.unlock();
        }
    }

    private void writeUnsent() {
        lock.lock();
        try {
            var to = channel;
            var watched = key;
            if (to == null || watched == null || !watched.isValid()) {
                return;
            }
            for (var bytes = unsent.peek(); bytes != null; bytes = unsent.peek()) {
                unsentBytes -= to.write(bytes);
                if (bytes.hasRemaining()) {
                    break;
                }
                unsent.remove();
            }
            watched.interestOps(unsent.isEmpty() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            if (unsentBytes > UNSENT_LIMIT_BYTES) {
                giveUp("it left " + (unsentBytes >> 20) + " MiB of commands unread");
            }
        } catch (IOException e) {
            giveUp("its socket failed: " + e);
        } finally {
            lock.unlock();
        }
    }

    // ---- life, on the keeper's thread

    void spawn() {
        phase = Phase.STARTING;
        slowTold = false;
        spawnedNanos = clock.nanoTime();
        incarnation = Math.max(incarnation + 1, clock.epochNanos() / 1_000_000L);
        incoming.clear();
        left = null;
        try {
            var started = WorkerJvm.start(plan, plan.setup(id, incarnation, keeper.socket()), clock);
            jvm = started;
            var _ = started.end().thenRun(() -> keeper.execute(() -> exited(started)));
        } catch (IOException | RuntimeException | Error e) {
            kill();
            jvm = null;
            cause = "no process could be started: " + (e instanceof IOException ? e.getMessage() : e);
            lost();
        }
    }

    /** A process says it is this worker; false when it is not the one of now. */
    boolean connected(SocketChannel from, SelectionKey watched, long theirIncarnation) {
        if (phase != Phase.STARTING || theirIncarnation != incarnation) {
            return false;
        }
        lock.lock();
        try {
            channel = from;
            key = watched;
            channelIncarnation = theirIncarnation;
            unsent.clear();
            unsentBytes = 0;
        } finally {
            lock.unlock();
        }
        watched.attach(this);
        return true;
    }

    void handle(SelectionKey ready) {
        if (ready.isReadable()) {
            hear();
        }
        if (ready.isValid() && ready.isWritable()) {
            writeUnsent();
        }
    }

    /** Reads what is there. */
    private void hear() {
        var from = channel;
        if (from == null) {
            return;
        }
        try {
            int count = from.read(incoming);
            while (count > 0) {
                takeMessages();
                count = from.read(incoming);
            }
            if (count < 0) {
                giveUp(""); // it is ending; its exit says why
            }
        } catch (IOException | RuntimeException | Error e) {
            giveUp("its socket failed: " + e); // also for a message that could be read only in part
        }
    }

    private void takeMessages() throws IOException {
        incoming.flip();
        while (incoming.remaining() >= MessageCodec.HEADER_BYTES) {
            int length = incoming.getInt(incoming.position());
            if (length < 0 || length > MessageCodec.LIMIT_BYTES) {
                throw new IOException("a message of " + length + " bytes");
            }
            if (incoming.remaining() < MessageCodec.HEADER_BYTES + length) {
                break;
            }
            incoming.getInt();
            var body = new byte[length];
            incoming.get(body);
            take(MessageCodec.report(body));
        }
        incoming.compact();
        if (incoming.position() >= MessageCodec.HEADER_BYTES) {
            int needed = MessageCodec.HEADER_BYTES + incoming.getInt(0);
            if (needed > incoming.capacity()) {
                var larger = ByteBuffer.allocate(needed);
                incoming.flip();
                incoming = larger.put(incoming);
            }
        }
    }

    private void take(WorkerReport report) {
        switch (report) {
            case WorkerReport.Ready _ -> {
                if (phase == Phase.STARTING) {
                    up();
                }
            }
            case WorkerReport.Finished(var _, var undone) -> left = undone;
            case WorkerReport.Tapped(var copy, var droppedBefore) -> taps.pass(copy, droppedBefore);
            case WorkerReport.Lost _ -> throw new IllegalStateException("a worker that tells its own death");
            case WorkerReport.Idle _,
                    WorkerReport.Ended _,
                    WorkerReport.Replied _,
                    WorkerReport.Moved _,
                    WorkerReport.Called _,
                    WorkerReport.Counted _,
                    WorkerReport.Sinks _ -> reports.accept(report);
        }
    }

    private void up() {
        phase = Phase.UP;
        beatNanos = clock.nanoTime();
        LOG.debug("{} is up after {} ms", id, (beatNanos - spawnedNanos) / 1_000_000);
        if (!taps.isIdle()) {
            tellTaps();
        }
        reports.accept(new WorkerReport.Ready(id, incarnation));
        firstStart.complete(null);
    }

    /** Says whose records are looked at now. */
    void tellTaps() {
        tell(List.of(new WorkerCommand.Tap(taps.sources())));
    }

    /** Judges by the time. */
    void look(long now, boolean late) {
        switch (phase) {
            case STARTING -> {
                if (!slowTold && now - spawnedNanos > START_SLOW_NANOS) {
                    slowTold = true;
                    LOG.warn(
                            "worker {} is not up after {} s: the host is busy; it has {} s in all",
                            id,
                            START_SLOW_NANOS / 1_000_000_000L,
                            START_LIMIT_NANOS / 1_000_000_000L);
                }
                if (now - spawnedNanos > START_LIMIT_NANOS) {
                    giveUp("it was not up within " + START_LIMIT_NANOS / 1_000_000_000L + " s");
                }
            }
            case UP -> {
                long next = table.beat(id);
                if (next != beat || late) {
                    beat = next;
                    beatNanos = now;
                } else if (now - beatNanos > STALLED_NANOS) {
                    giveUp("no sign of life for " + STALLED_NANOS / 1_000_000_000L + " s");
                }
                if (finish != null && now - finishByNanos > 0) {
                    giveUp("it did not finish in time");
                }
            }
            case RESTING -> {
                if (now - dueNanos >= 0) {
                    spawn();
                }
            }
            case DYING, GONE -> {}
        }
    }

    /** @param why for people; empty: its exit says it better */
    private void giveUp(String why) {
        if (phase != Phase.STARTING && phase != Phase.UP) {
            return;
        }
        phase = Phase.DYING;
        cause = why;
        if (key != null && key.isValid()) {
            key.interestOps(0); // what it has said is heard to the end when it has exited
        }
        kill(); // exited() follows
        if (jvm == null) {
            lost();
        }
    }

    private void kill() {
        var dying = jvm;
        if (dying != null) {
            dying.process().destroyForcibly();
        }
    }

    /** Kills what is there and waits for its end. From any thread, for when the keeper is no more. */
    boolean awaitEnd(long nanos) throws InterruptedException {
        var last = jvm;
        return last == null || last.process().destroyForcibly().waitFor(nanos, TimeUnit.NANOSECONDS);
    }

    private void exited(WorkerJvm which) {
        if (which != jvm) {
            return;
        }
        if (phase != Phase.DYING) {
            phase = Phase.DYING;
            cause = "";
        }
        try {
            hear(); // to the end of what it has said
            cause = which.cause(cause);
        } finally {
            jvm = null;
            lost();
        }
    }

    private void lost() {
        lock.lock();
        try {
            var closing = channel;
            channel = null;
            key = null;
            unsent.clear();
            unsentBytes = 0;
            if (closing != null) {
                closing.close();
            }
        } catch (IOException e) {
            LOG.debug("closing the socket of {}", id, e);
        } finally {
            lock.unlock();
        }
        var finishing = finish;
        if (finishing == null) {
            restAndTell();
            return;
        }
        var undone = left != null ? left : List.of("worker " + id + " ended before it had delivered all: " + cause);
        if (!comesBack) {
            phase = Phase.GONE;
        } else {
            finish = null;
            comesBack = false;
            if (left != null) {
                spawn();
            } else {
                restAndTell();
            }
        }
        finishing.complete(undone);
    }

    private void restAndTell() {
        long now = clock.nanoTime();
        boolean young = now - spawnedNanos < SlotRunner.GOOD_LIFE_NANOS;
        long rest = Math.max(young ? restNanos : 0, SOURCES_FIRST_NANOS);
        restNanos = young ? Math.clamp(restNanos * 2, Backoff.FIRST_NANOS, Backoff.LONGEST_NANOS) : Backoff.FIRST_NANOS;
        phase = Phase.RESTING;
        dueNanos = now + rest;
        if (rest > SOURCES_FIRST_NANOS) {
            LOG.warn("worker {} died young again: the next process comes in {} s", id, rest / 1_000_000_000L);
        }
        if (!firstStart.isDone()) {
            firstStart.completeExceptionally(new IOException("worker " + id + " did not come up: " + cause));
        }
        reports.accept(new WorkerReport.Lost(id, cause));
    }

    // ---- the end

    @Override
    public CompletableFuture<List<String>> finish(Duration deadline) {
        var answer = new CompletableFuture<List<String>>();
        keeper.execute(() -> {
            var finishing = finish;
            if (finishing != null) { // for a restart: what it says holds for the end, too
                comesBack = false;
                var _ = finishing.thenAccept(answer::complete);
            } else if (phase == Phase.UP) {
                finish(answer, deadline);
            } else {
                answer.complete(List.of());
                end();
            }
        });
        return answer;
    }

    /**
     * As {@link #finish}, and then the next process comes. All slots must be idle.
     *
     * @param which refused when it is another by now: its sources are not known to be gone
     */
    public CompletableFuture<List<String>> restart(long which, Duration deadline) {
        var answer = new CompletableFuture<List<String>>();
        keeper.execute(() -> {
            if (phase == Phase.UP && finish == null && which == incarnation) {
                comesBack = true;
                finish(answer, deadline);
            } else {
                answer.complete(List.of("worker " + id + " was not up"));
            }
        });
        return answer;
    }

    private void finish(CompletableFuture<List<String>> answer, Duration deadline) {
        finish = answer;
        finishByNanos = clock.nanoTime() + deadline.toNanos();
        tell(List.of(new WorkerCommand.Finish(deadline.toMillis())));
    }

    /** The process goes now, and no other comes. */
    void end() {
        comesBack = false;
        var finishing = finish == null ? new CompletableFuture<List<String>>() : finish;
        finish = finishing;
        switch (phase) {
            case STARTING, UP -> giveUp("the machine has ended");
            case RESTING -> {
                phase = Phase.GONE;
                finishing.complete(List.of());
            }
            case DYING, GONE -> {}
        }
    }

    @Override
    public void shutdown() {
        keeper.execute(this::end);
    }

    /** Whether there is no process and will be none. */
    boolean isGone() {
        return phase == Phase.GONE;
    }
}
