package org.stationmaster.core.api;

import java.nio.ByteBuffer;

/**
 * Finds frames in bytes. Pure: no socket, no clock, no thread; it allocates nothing per frame and never grows.
 *
 * <p>Call {@link #decode} until it answers {@link Result#NEED_MORE}; then call it again with the unread bytes and
 * those that followed.
 */
public interface Decoder {
    /** What {@link #decode} found. */
    enum Result {
        /** A whole frame: {@link #frame()} is valid until the next call, and the buffer's position is behind it. */
        FRAME,
        /** No whole frame; the buffer's position is at the first byte that is still needed. */
        NEED_MORE,
        /**
         * Bytes that are no frame: {@link #corruptBytes()} were skipped, or, when {@link #isLost()}, there is no way
         * to find the next frame.
         */
        CORRUPT
    }

    /** Looks for the next frame from the buffer's position. */
    Result decode(ByteBuffer bytes);

    /** The payload of the frame just found: a view, position to limit, valid until the next call. */
    ByteBuffer frame();

    /** How many bytes were skipped by the last {@link Result#CORRUPT}. */
    int corruptBytes();

    /** Whether the decoder cannot find another frame in this stream. */
    boolean isLost();

    /** What was wrong, for people. */
    String corruption();
}
