package org.stationmaster.server.alarm;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.stationmaster.server.alarm.AlarmWatch.ReceiverState;

/**
 * What one receiver has not got yet, in order, at most {@link #MOST}: when it is full the oldest is dropped and counted. A
 * message that fails is tried again after a rest that doubles, {@link #TRIES} times in all; then it is given up and counted.
 * Safe from any thread; one message is on its way at a time.
 */
final class Outbox {
    static final int MOST = 256;
    static final int TRIES = 10;
    private static final long FIRST_REST_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_REST_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private byte @Nullable [] underWay;
    private boolean out;
    private int tries;
    private long dueNanos;
    private long delivered;
    private long dropped;
    private String lastError = "";

    synchronized void add(byte[] message) {
        if (waiting.size() == MOST) {
            waiting.removeFirst();
            dropped++;
        }
        waiting.addLast(message);
    }

    /** What is to be sent now; null: nothing. Then one of the next two must be called. */
    synchronized byte @Nullable [] next(long nowNanos) {
        if (out || (underWay != null && nowNanos - dueNanos < 0)) {
            return null;
        }
        if (underWay == null) {
            underWay = waiting.pollFirst();
            tries = 0;
        }
        out = underWay != null;
        return underWay;
    }

    synchronized void sent() {
        out = false;
        underWay = null;
        delivered++;
        lastError = "";
    }

    synchronized void failed(String why, long nowNanos) {
        out = false;
        tries++;
        lastError = why;
        if (tries == TRIES) {
            underWay = null;
            dropped++;
        } else {
            dueNanos = nowNanos + Math.min(LONGEST_REST_NANOS, FIRST_REST_NANOS << (tries - 1));
        }
    }

    synchronized ReceiverState state(String receiver) {
        return new ReceiverState(receiver, waiting.size() + (underWay == null ? 0 : 1), delivered, dropped, lastError);
    }
}
