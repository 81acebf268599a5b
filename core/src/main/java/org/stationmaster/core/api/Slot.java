package org.stationmaster.core.api;

import java.nio.ByteBuffer;

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
     * Counts bytes that were no record.
     *
     * @param bytes how many were skipped
     * @param what what was wrong, for people; told once per kind
     */
    void corrupt(long bytes, String what);
}
