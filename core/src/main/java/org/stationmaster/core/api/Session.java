package org.stationmaster.core.api;

import java.nio.ByteBuffer;

/**
 * One conversation over one connection. Every method is called on the worker's event loop, never two at once, and
 * must not block.
 */
public interface Session {
    /**
     * Takes whole frames from {@code bytes} and emits them. What is left unread is given again, in front of the
     * bytes that follow; a session must bound what it leaves by its frame limit.
     *
     * @param bytes position to limit is what has arrived; valid during the call only
     * @throws ProtocolException the connection cannot go on; it is closed with that reason
     */
    void onBytes(ByteBuffer bytes) throws ProtocolException;

    /**
     * Sends a command to the station (service → network). The default refuses: the task is unidirectional.
     *
     * @param reply answered once, on any thread, when the command was carried out or refused
     */
    default void onCommand(byte[] command, CommandReply reply) {
        reply.refuse(CommandOutcome.UNIDIRECTIONAL, "the task takes no commands");
    }

    /**
     * Time passes: called several times a second, or once with thousands of slots, while the connection stands.
     *
     * @param nanoTime by the machine's monotonic clock
     * @throws ProtocolException the connection cannot go on; it is closed with that reason
     */
    default void onTick(long nanoTime) throws ProtocolException {}

    /**
     * The connection has ended.
     *
     * @param leftBytes bytes that were left unread: the beginning of a frame that never came
     */
    default void onEnd(int leftBytes) {}
}
