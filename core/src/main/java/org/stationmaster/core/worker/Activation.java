package org.stationmaster.core.worker;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.state.Total;

/**
 * One source in one slot under one epoch: what outlives its reconnects. The counters are written by whoever emits
 * (the loop, or a blocking task under its outlet's lock) and read by the loop.
 */
final class Activation {
    /** A record that is further from its receipt tells of a clock, or of a store, and not of the way. */
    private static final long CLOCK_OFF_NANOS = 86_400_000_000_000L;

    private final SlotId slot;
    private final Source source;
    private final long epoch;
    private final long silenceNanos;

    /** Any thread may be late. */
    final AtomicLong late = new AtomicLong();
    /** Any thread of a task may report bytes that were no record. */
    final AtomicLong corrupt = new AtomicLong();

    final AtomicLong corruptBytes = new AtomicLong();

    /** Any thread of a task; by {@link Slot.Oddity}. */
    private final AtomicLongArray odd = new AtomicLongArray(Slot.Oddity.values().length);

    /** What was wrong with the last of them. */
    volatile String corruption = "";

    private long bytes;
    private long latestNanos = StationRecord.UNKNOWN;
    private long lastRecordNanoTime;
    private long lastRecordNanos = StationRecord.UNKNOWN;
    private long latencyNanos = StationRecord.UNKNOWN;
    /** Written last: reading it first makes the others visible. */
    private volatile long records;

    volatile boolean initialised;

    /** Written by the loop alone. */
    long reconnects;

    long silences;

    Activation(SlotId slot, Source source, long epoch) {
        this.slot = slot;
        this.source = source;
        this.epoch = epoch;
        this.silenceNanos = source.silence().toNanos();
    }

    SlotId slot() {
        return slot;
    }

    Source source() {
        return source;
    }

    long epoch() {
        return epoch;
    }

    /** How long it may go without a record. */
    long silenceNanos() {
        return silenceNanos;
    }

    /** Counts one record and gives its seq. One caller at a time. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time: the loop, or the holder of the outlet's lock
    long count(int payloadBytes, long nowNanoTime, long receivedNanos, long eventNanos) {
        bytes += payloadBytes;
        if (eventNanos <= receivedNanos + CLOCK_OFF_NANOS) {
            latestNanos = Math.max(latestNanos, eventNanos);
        }
        lastRecordNanoTime = nowNanoTime;
        lastRecordNanos = receivedNanos;
        latencyNanos = eventNanos == StationRecord.UNKNOWN || isClockOff(eventNanos, receivedNanos)
                ? StationRecord.UNKNOWN
                : receivedNanos - eventNanos;
        long seq = records;
        records = seq + 1;
        return seq;
    }

    /** What was the latest in activations before this one. By who emits, before it does. */
    void goOnFrom(long nanos) {
        latestNanos = Math.max(latestNanos, nanos);
    }

    /** The latest event time of its records, those of a clock that is ahead apart. By who emits. */
    long latestNanos() {
        return latestNanos;
    }

    /** Whether a record's own time is more than a day from its receipt. */
    static boolean isClockOff(long eventNanos, long receivedNanos) {
        return eventNanos != StationRecord.UNKNOWN
                && (eventNanos > receivedNanos + CLOCK_OFF_NANOS || eventNanos < receivedNanos - CLOCK_OFF_NANOS);
    }

    /** Counts an oddity; true when it is the first of its kind. */
    boolean odd(Slot.Oddity what) {
        return odd.getAndIncrement(what.ordinal()) == 0;
    }

    long records() {
        return records;
    }

    /** By the monotonic clock; meaningful once there are records. */
    long lastRecordNanoTime() {
        return lastRecordNanoTime;
    }

    long lastRecordNanos() {
        return lastRecordNanos;
    }

    long latencyNanos() {
        return latencyNanos;
    }

    long total(Total which) {
        return switch (which) {
            case RECORDS -> records;
            case BYTES -> bytes;
            case RECONNECTS -> reconnects;
            case CORRUPT -> corrupt.get();
            case CORRUPT_BYTES -> corruptBytes.get();
            case LATE -> late.get();
            case SILENCES -> silences;
            case GAPS -> odd.get(Slot.Oddity.GAP.ordinal());
            case OVERLAPS -> odd.get(Slot.Oddity.OVERLAP.ordinal());
            case FOREIGN -> odd.get(Slot.Oddity.FOREIGN.ordinal());
            case CLOCK_OFF -> odd.get(Slot.Oddity.CLOCK_OFF.ordinal());
        };
    }
}
