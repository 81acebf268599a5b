package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;

/** Drives one session as the machine does: what it leaves unread is given again in front of what follows. */
final class Conversation {
    private final RecordingSlot slot;
    private final RecordingConnection connection = new RecordingConnection();
    private final Session session;
    private final long limitBytes;
    private byte[] unread = {};

    /** @param limitBytes how much the session may leave unread */
    Conversation(Protocol protocol, Source source, long limitBytes) {
        this.slot = new RecordingSlot(source);
        this.limitBytes = limitBytes;
        protocol.validate(source);
        if (!(protocol.taskFor(source) instanceof Task.Events events)) {
            throw new AssertionError(protocol.name() + " makes no Task.Events: this suite is for sessions");
        }
        this.session = events.open(slot, connection);
    }

    RecordingSlot slot() {
        return slot;
    }

    RecordingConnection connection() {
        return connection;
    }

    int unreadBytes() {
        return unread.length;
    }

    /** Gives bytes, in a buffer that is overwritten afterwards: a session must not keep a view of it. */
    void feed(byte[] bytes, int from, int to) throws ProtocolException {
        var buffer = ByteBuffer.allocateDirect(unread.length + to - from);
        buffer.put(unread).put(bytes, from, to - from).flip();
        int limit = buffer.limit();
        session.onBytes(buffer);
        if (buffer.limit() != limit) {
            throw new AssertionError("the session moved the buffer's limit from " + limit + " to " + buffer.limit());
        }
        if (buffer.remaining() > limitBytes) {
            throw new AssertionError(
                    "the session left " + buffer.remaining() + " bytes unread, more than a frame of " + limitBytes);
        }
        unread = new byte[buffer.remaining()];
        buffer.get(unread);
        buffer.clear();
        while (buffer.hasRemaining()) {
            buffer.put((byte) 0xA5);
        }
    }

    void feed(byte[] bytes) throws ProtocolException {
        feed(bytes, 0, bytes.length);
    }

    void end() {
        session.onEnd(unread.length);
    }

    RecordingReply command(byte[] command) {
        var reply = new RecordingReply();
        session.onCommand(command, reply);
        return reply;
    }
}
