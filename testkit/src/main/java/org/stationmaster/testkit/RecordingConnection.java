package org.stationmaster.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.Connection;

/** A connection without a socket: it keeps what is written, and acknowledges at once. Safe from any thread. */
public final class RecordingConnection implements Connection {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private boolean broken;

    @Override
    public synchronized void write(ByteBuffer bytes, CommandReply reply) {
        if (broken) {
            reply.refuse(CommandOutcome.NOT_CONNECTED, "the connection is broken");
            return;
        }
        write(bytes);
        reply.acknowledge();
    }

    @Override
    public synchronized void write(ByteBuffer bytes) {
        if (!broken) {
            var copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            written.writeBytes(copy);
        }
    }

    /** Takes nothing any more and refuses commands. */
    public synchronized void breakOff() {
        broken = true;
    }

    /** All bytes written so far. */
    public synchronized byte[] written() {
        return written.toByteArray();
    }
}
