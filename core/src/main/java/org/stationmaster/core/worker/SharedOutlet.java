package org.stationmaster.core.worker;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** The outlet of a worker's blocking tasks: many threads, one lock; who finds it full waits. */
final class SharedOutlet {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Outlet outlet;

    SharedOutlet(Delivery delivery, long limitBytes, Loop loop) {
        var gate = new Outlet.Gate() {
            @Override
            public void full() {}

            @Override
            public void room() {
                reopen();
            }
        };
        outlet = new Outlet(delivery, limitBytes, gate, () -> loop.schedule(this::handOff, Outlet.HAND_OFF_NANOS));
    }

    /**
     * Takes a record as soon as there is room.
     *
     * @param open asked under the lock: whether the output is still wanted
     * @return false when it is not
     */
    boolean append(
            Activation owner,
            ByteBuffer payload,
            long nowNanoTime,
            long eventNanos,
            long receivedNanos,
            long position,
            BooleanSupplier open)
            throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (outlet.isFull() && open.getAsBoolean()) {
                room.await();
            }
            if (!open.getAsBoolean()) {
                return false;
            }
            outlet.append(owner, payload, nowNanoTime, eventNanos, receivedNanos, position);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Runs {@code change} so that no append is half way; wakes who waits. */
    void fence(Runnable change) {
        lock.lock();
        try {
            change.run();
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void handOff() {
        lock.lock();
        try {
            outlet.handOff();
        } finally {
            lock.unlock();
        }
    }

    boolean isFull() {
        return outlet.isFull();
    }

    private void reopen() {
        lock.lock();
        try {
            outlet.reopen();
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
