package org.stationmaster.core.worker;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Where records leave a worker: collects them for a few milliseconds, then hands them to the {@link Delivery}. Used by
 * one thread at a time; only {@link #giveBack} comes from elsewhere.
 *
 * <p>What it has handed over and not got back is limited. At the limit it tells its gate; records that are emitted
 * even so are taken (they were read already), so a gate must stop the reading.
 */
final class Outlet {
    /** How long a record waits for others before they go on together. */
    static final long HAND_OFF_NANOS = 10_000_000L;

    static final long DEFAULT_LIMIT_BYTES = 16L << 20;
    private static final int HAND_OFF_BYTES = 1 << 20;
    /**
     * Buffers kept to be filled again, as long as they and what is on the way are within the limit: a sink with a linger of 200 ms has
     * some twenty of them at once, and one that is made anew has to grow.
     */
    private static final int KEPT_BUFFERS = 64;

    /** Told when reading must stop and when it may go on. */
    interface Gate {
        /** By the thread that uses the outlet. */
        void full();

        /** By any thread; answer with {@link Outlet#reopen} on the thread that uses the outlet. */
        void room();
    }

    private final Delivery delivery;
    private final Runnable planHandOff;
    private final Gate gate;
    private final long limitBytes;
    private final AtomicLong onTheWayBytes = new AtomicLong();
    private final ArrayBlockingQueue<BatchBuffer> spare = new ArrayBlockingQueue<>(KEPT_BUFFERS);
    private final AtomicLong spareBytes = new AtomicLong();
    private volatile boolean full;
    private @Nullable BatchBuffer current;

    /** @param planHandOff makes {@link #handOff} be called {@link #HAND_OFF_NANOS} later, on the outlet's thread */
    Outlet(Delivery delivery, long limitBytes, Gate gate, Runnable planHandOff) {
        this.delivery = delivery;
        this.limitBytes = limitBytes;
        this.gate = gate;
        this.planHandOff = planHandOff;
    }

    void append(
            Activation owner,
            ByteBuffer payload,
            long nowNanoTime,
            long eventNanos,
            long receivedNanos,
            long position) {
        long seq = owner.count(payload.remaining(), nowNanoTime, receivedNanos, eventNanos);
        if (delivery.isEmpty()) {
            return;
        }
        var batch = current;
        if (batch == null) {
            batch = emptyBatch();
            current = batch;
            planHandOff.run();
        }
        batch.append(owner, payload, seq, eventNanos, receivedNanos, position);
        if (batch.bytes() >= HAND_OFF_BYTES) {
            handOff();
        } else if (!full && onTheWayBytes.getOpaque() + batch.weightBytes() > limitBytes) {
            close();
        }
    }

    /** Gives what was collected to the delivery. */
    void handOff() {
        var batch = current;
        if (batch == null) {
            return;
        }
        current = null;
        if (onTheWayBytes.addAndGet(batch.weightBytes()) > limitBytes && !full) {
            close();
        }
        delivery.submit(batch, this::giveBack);
    }

    private void close() {
        full = true;
        gate.full();
        if (onTheWayBytes.get() <= limitBytes / 2) {
            gate.room(); // all came back between the two looks, or what is full is the current batch alone
        }
    }

    private void giveBack(BatchBuffer batch) {
        long left = onTheWayBytes.addAndGet(-batch.weightBytes());
        batch.clear();
        keep(batch);
        if (full && left <= limitBytes / 2) {
            gate.room();
        }
    }

    private BatchBuffer emptyBatch() {
        var kept = spare.poll();
        if (kept == null) {
            return new BatchBuffer();
        }
        spareBytes.addAndGet(-kept.capacityBytes());
        return kept;
    }

    private void keep(BatchBuffer batch) {
        int bytes = batch.capacityBytes();
        if (spareBytes.addAndGet(bytes) + onTheWayBytes.get() > limitBytes || !spare.offer(batch)) {
            spareBytes.addAndGet(-bytes);
        }
    }

    /** There is room: on the outlet's thread. */
    void reopen() {
        full = false;
    }

    boolean isFull() {
        return full;
    }
}
