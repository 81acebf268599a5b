package org.stationmaster.core.api;

import java.nio.ByteBuffer;

/** Bytes out of a slot's connection. Safe from any thread; nothing blocks. */
public interface Connection {
    /**
     * Queues bytes for the station, in order of the calls.
     *
     * @param bytes position to limit; copied before the call returns
     * @param reply acknowledged when the last byte was written to the socket; refused when the connection ended
     *     before, or when more than 1 MiB waits to be written
     */
    void write(ByteBuffer bytes, CommandReply reply);

    /** Queues bytes without asking what became of them: a connection that cannot write will end by itself. */
    void write(ByteBuffer bytes);
}
