package org.stationmaster.core.worker;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.fixtures.HandClock;

/** A loop that a test turns by hand: what is due runs when its clock is advanced. Tasks may come from any thread. */
final class ManualLoop implements Loop {
    private final HandClock clock;
    private final ArrayDeque<Runnable> inbox = new ArrayDeque<>();
    private final PriorityQueue<Due> due =
            new PriorityQueue<>(Comparator.comparingLong(Due::atNanos).thenComparingLong(Due::number));
    private long number;

    private record Due(long atNanos, long number, Runnable task) {}

    ManualLoop(HandClock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized void execute(Runnable task) {
        inbox.add(task);
    }

    @Override
    public synchronized void schedule(Runnable task, long delayNanos) {
        due.add(new Due(clock.nanoTime() + delayNanos, number++, task));
    }

    @Override
    public long nanoTime() {
        return clock.nanoTime();
    }

    private synchronized @Nullable Runnable next() {
        return inbox.poll();
    }

    private synchronized @Nullable Due nextDue(long untilNanos) {
        var first = due.peek();
        return first != null && first.atNanos() <= untilNanos ? due.poll() : null;
    }

    /** Runs what was handed over. */
    void run() {
        for (var task = next(); task != null; task = next()) {
            task.run();
        }
    }

    /** Lets time pass; each task runs at the very time it is due. */
    void advance(Duration by) {
        long until = clock.nanoTime() + by.toNanos();
        run();
        for (var next = nextDue(until); next != null; next = nextDue(until)) {
            clock.advance(Duration.ofNanos(Math.max(0, next.atNanos() - clock.nanoTime())));
            next.task().run();
            run();
        }
        clock.advance(Duration.ofNanos(until - clock.nanoTime()));
    }

    /** The loop stands still for that time: what was due meanwhile runs late. */
    void stall(Duration by) {
        clock.advance(by);
        advance(Duration.ZERO);
    }

    synchronized int planned() {
        return due.size();
    }
}
