package org.stationmaster.core.api;

import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * The place in which a task runs, as the task sees it: one object for each activation, dead when the epoch is over.
 *
 * <p>Within an epoch {@code seq} counts the records from 0. Emitting from a blocking task may be done by any thread;
 * it blocks while the sinks are behind, and wakes up interrupted when the task is told to stop. A session emits on
 * the worker's loop, where nothing blocks: there the machine stops reading the socket instead.
 */
public interface Slot {
    SlotId id();

    Source source();

    /** The number of this activation. */
    long epoch();

    /**
     * False once the source was released, paused or moved, and what had arrived by then was read: end then. A task that
     * waits is interrupted at the same time.
     */
    boolean isActive();

    /**
     * The init flag (the origin's {@code sta_init}): false until the task has once been started in this activation,
     * true after; a reconnect keeps it.
     */
    boolean isInitialised();

    /**
     * When the bytes were read that a session is being given, nanoseconds since 1970 UTC: the receive time of what it
     * emits of them. To a blocking task: now.
     */
    long receivedNanos();

    /**
     * Hands over one record.
     *
     * @param payload position to limit; copied before the call returns
     * @throws SlotReleasedException the activation is over: the record is refused and counted as late
     */
    default void emit(ByteBuffer payload) {
        emit(payload, StationRecord.UNKNOWN, StationRecord.UNKNOWN);
    }

    /**
     * Hands over one record with what the protocol knows of it.
     *
     * @param eventNanos when it happened, nanoseconds since 1970 UTC, or {@link StationRecord#UNKNOWN}
     * @param position the protocol's resume token behind this record, or {@link StationRecord#UNKNOWN}
     * @throws SlotReleasedException the activation is over: the record is refused and counted as late
     */
    void emit(ByteBuffer payload, long eventNanos, long position);

    /** Hands over one record of bytes. */
    default void emit(byte[] payload) {
        emit(ByteBuffer.wrap(payload));
    }

    /** Hands over one record of UTF-8 text. */
    default void emit(String payload) {
        emit(payload.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /**
     * The position behind the last record of this source that every sink has acknowledged, in this activation or one
     * before it, also over restarts when the machine has a data directory; {@link StationRecord#UNKNOWN} when there is
     * none. Reads a small file: ask once for an activation, not for each record.
     */
    default long lastPosition() {
        return StationRecord.UNKNOWN;
    }

    /**
     * The latest event time of this source's records up to {@link #lastPosition}, nanoseconds since 1970 UTC, those of a
     * clock more than a day ahead apart; {@link StationRecord#UNKNOWN} when there is none. As costly; ask before you emit.
     */
    default long lastEventNanos() {
        return StationRecord.UNKNOWN;
    }

    /** What can be odd about the records of a source. */
    enum Oddity {
        /** Time for which there is no record. */
        GAP,
        /** A record that came late or again, or begins before the one before it has ended; it is emitted all the same. */
        OVERLAP,
        /** A record that is not this source's; it is not emitted. */
        FOREIGN,
        /**
         * A record whose own time is more than a day before or behind its receipt: a clock that is off, or a record that
         * lay there for so long. It is emitted; it has no latency. The machine counts these, a task need not.
         */
        CLOCK_OFF
    }

    /**
     * Counts something odd.
     *
     * @param what of which kind
     * @param words for people; the first of a kind in an activation is told
     */
    default void odd(Oddity what, Supplier<String> words) {}

    /**
     * Counts bytes that were no record.
     *
     * @param bytes how many were skipped
     * @param what what was wrong, for people; told once per kind
     */
    void corrupt(long bytes, String what);
}
