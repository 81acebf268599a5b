package org.stationmaster.core.api;

import java.nio.ByteBuffer;

/**
 * Finds frames in bytes. Pure: no socket, no clock, no thread; it allocates nothing per frame and never grows.
 *
 * <p>Call {@link #decode} until it answers {@link Result#NEED_MORE}; then call it again with the unread bytes and
 * those that followed. The accessors tell of the last call, and are good until the next.
 */
public interface Decoder {
    /** What {@link #decode} found. */
    enum Result {
        /**
         * A whole frame: its payload is {@link #frameLength()} bytes from index {@link #frameStart()} of the buffer,
         * and the buffer's position is behind it.
         */
        FRAME,
        /** No whole frame; the buffer's position is at the first byte that is still needed. */
        NEED_MORE,
        /**
         * Bytes that are no frame: {@link #corruptBytes()} of them were skipped, now and in calls before; or, when
         * {@link #isLost()}, there is no way to find the next frame.
         */
        CORRUPT
    }

    /** Looks for the next frame from the buffer's position. */
    Result decode(ByteBuffer bytes);

    /** Where the payload of the frame begins, an index of the buffer given to {@link #decode}. */
    int frameStart();

    /** The payload's length in bytes. */
    int frameLength();

    /** How many bytes the last {@link Result#CORRUPT} skipped. */
    long corruptBytes();

    /** Skipped bytes that no {@link Result#CORRUPT} has told of yet: the bad piece has no end so far. */
    long untoldBytes();

    /** Whether the decoder cannot find another frame in this stream. */
    boolean isLost();

    /** What was wrong, for people. */
    String corruption();
}
