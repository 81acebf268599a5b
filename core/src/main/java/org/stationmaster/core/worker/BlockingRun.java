package org.stationmaster.core.worker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Link;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Task;

/**
 * A blocking task on a virtual thread of its own. The loop tells it what to do by flags and by interrupts; the thread
 * tells the loop by messages. When it is told to end, its link is closed and the thread interrupted as soon as its
 * reader waits with nothing to read.
 */
final class BlockingRun extends TaskRun {
    private static final Logger LOG = LoggerFactory.getLogger(BlockingRun.class);
    private static final int COMMANDS_WAITING = 64;

    private final Task task;
    private final SharedOutlet outlet;
    private final Loop loop;
    private final Clock clock;
    private final ThreadFactory threads;
    private final AtomicBoolean announced = new AtomicBoolean();
    private final ArrayBlockingQueue<Order> orders = new ArrayBlockingQueue<>(COMMANDS_WAITING);

    private volatile @Nullable Link link;
    private @Nullable Thread thread;
    /** Why the loop ended the run; null while it did not. Read by the thread when it ends. */
    private volatile @Nullable Verdict verdict;

    private record Verdict(EndReason reason, String detail) {}

    @SuppressWarnings("ArrayRecordComponent") // handed on, never changed
    private record Order(byte[] command, CommandReply reply) {}

    BlockingRun(
            Activation activation,
            Listener listener,
            Task task,
            SharedOutlet outlet,
            Loop loop,
            Clock clock,
            ThreadFactory threads) {
        super(activation, listener);
        this.task = task;
        this.outlet = outlet;
        this.loop = loop;
        this.clock = clock;
        this.threads = threads;
    }

    @Override
    void start() {
        var started = threads.newThread(this::run);
        started.setName(id() + " " + source().id());
        thread = started;
        started.start();
    }

    /** The task's whole life, on its thread. */
    private void run() {
        long startedNanos = clock.nanoTime();
        loop.execute(() -> listener.started(this, startedNanos));
        Throwable failure = null;
        try {
            ScopedValue.where(Link.LISTENER, this::opened).call(() -> {
                work();
                return null;
            });
        } catch (Throwable e) { // whatever user code throws ends this run and nothing else; it is counted
            failure = e;
        }
        refuseOrders();
        var told = verdict;
        var reason = told != null ? told.reason() : failure == null ? EndReason.ENDED : untold(failure);
        var detail = told != null ? told.detail() : failure == null ? "the task returned" : Failures.describe(failure);
        if (reason == EndReason.TASK_FAILED && failure != null && activation.records() == 0) {
            LOG.debug("task of {} failed", source().id(), failure);
        }
        var end = told == null && failure instanceof ProtocolException e ? e : null;
        loop.execute(() -> {
            outlet.fence(this::close);
            if (end != null) {
                backsOff(end);
            }
            refuseOrders(); // what was offered between the last look and now
            listener.ended(this, reason, detail);
        });
    }

    /** Why the task ended by itself: an interrupt that nobody sent is a failure of the task, and backs off. */
    private static EndReason untold(Throwable failure) {
        var reason = Failures.reason(failure);
        return reason == EndReason.TOLD ? EndReason.TASK_FAILED : reason;
    }

    private void work() throws Exception {
        switch (task) {
            case Task.Blocking blocking -> {
                activation.initialised = true;
                blocking.run(this);
            }
            case Task.Bidirectional<?> both -> converse(both);
            case Task.Events _ -> throw new IllegalStateException("a session does not run on a thread");
        }
    }

    private <L extends AutoCloseable> void converse(Task.Bidirectional<L> both) throws Exception {
        L shared = both.runTask(this);
        try {
            activation.initialised = true;
            announce();
            var carrier = threads.newThread(() -> carry(both, shared));
            carrier.setName(id() + " " + source().id() + " commands");
            carrier.start();
            try {
                both.networkToService(this, shared);
            } finally {
                carrier.interrupt();
                carrier.join();
            }
        } finally {
            shared.close();
        }
    }

    /** Service → network: one command after the other. */
    private <L extends AutoCloseable> void carry(Task.Bidirectional<L> both, L shared) {
        while (isOpen() && !Thread.currentThread().isInterrupted()) {
            Order order;
            try {
                order = orders.take();
            } catch (InterruptedException e) {
                return; // the run is over
            }
            try {
                both.serviceToNetwork(this, shared, order.command());
                order.reply().acknowledge();
            } catch (InterruptedException e) {
                order.reply().refuse(CommandOutcome.NOT_CONNECTED, "the connection ended");
                return;
            } catch (Exception | Error e) {
                order.reply().refuse(CommandOutcome.FAILED, Failures.describe(e));
            }
        }
    }

    private void refuseOrders() {
        for (var order = orders.poll(); order != null; order = orders.poll()) {
            order.reply().refuse(CommandOutcome.NOT_CONNECTED, "the connection ended");
        }
    }

    /** The task has opened a link; on its thread. */
    private void opened(Link opened) {
        link = opened;
        announce();
        if (verdict != null) {
            closeLink();
        }
    }

    private void announce() {
        if (announced.compareAndSet(false, true)) {
            loop.execute(() -> listener.running(this));
        }
    }

    @Override
    public void finish() {
        var open = link;
        if (open != null) {
            open.finish();
        }
    }

    @Override
    public boolean isWaiting() {
        var open = link;
        return open == null || open.isDrained();
    }

    @Override
    public long readBytes() {
        var open = link;
        return open == null ? 0 : open.readBytes();
    }

    @Override
    public boolean isBlocked() {
        return outlet.isFull();
    }

    @Override
    public void abort(EndReason reason, String detail) {
        if (verdict != null) {
            return;
        }
        verdict = new Verdict(reason, detail);
        outlet.fence(this::close);
        closeLink();
        var running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    private void closeLink() {
        var open = link;
        if (open != null) {
            try {
                open.cut();
            } catch (IOException e) {
                LOG.debug("closing the link of {}", source().id(), e);
            }
        }
    }

    @Override
    void send(byte[] command, CommandReply reply) {
        if (!(task instanceof Task.Bidirectional<?>)) {
            reply.refuse(CommandOutcome.UNIDIRECTIONAL, "the task takes no commands");
        } else if (!isOpen() || !announced.get()) {
            reply.refuse(CommandOutcome.NOT_CONNECTED, "there is no connection at the moment");
        } else if (!orders.offer(new Order(command, reply))) {
            reply.refuse(CommandOutcome.FAILED, COMMANDS_WAITING + " commands are waiting already");
        }
    }

    @Override
    public long receivedNanos() {
        return clock.epochNanos();
    }

    @Override
    public void emit(ByteBuffer payload, long eventNanos, long position) {
        announce();
        long receivedNanos = clock.epochNanos();
        try {
            if (outlet.append(
                    activation, payload, clock.nanoTime(), eventNanos, receivedNanos, position, this::isOpen)) {
                judgeClock(eventNanos, receivedNanos);
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw refused();
    }
}
