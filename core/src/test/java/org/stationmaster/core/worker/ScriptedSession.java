package org.stationmaster.core.worker;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;

/**
 * Does what the bytes say: {@code #…} is no record, {@code -…} perhaps the begin of one, {@code !} a refusal by name, {@code %} an end that waits for a minute,
 * {@code ?} corrupt for good,
 * {@code *} a bug of the session, {@code ~} an end for a reason that is not a protocol's, anything else one record.
 */
final class ScriptedSession implements Session {
    private final Slot slot;
    private final Connection connection;

    ScriptedSession(Slot slot, Connection connection) {
        this.slot = slot;
        this.connection = connection;
    }

    @Override
    public void onBytes(ByteBuffer bytes) throws ProtocolException {
        switch ((char) bytes.get(bytes.position())) {
            case '-' -> {} // looked at, and nothing yet
            case '#' -> slot.corrupt(bytes.remaining(), "not a record");
            case '!' -> throw new ProtocolException(EndReason.REFUSED, "go away");
            case '%' -> throw new ProtocolException(EndReason.CORRUPT, "mend me", Duration.ofMinutes(1));
            case '?' -> throw new ProtocolException(EndReason.CORRUPT, "no way on");
            case '~' -> throw new ProtocolException(EndReason.TOLD, "at once again");
            case '*' -> throw new IllegalStateException("a bug of the session");
            default -> slot.emit(bytes);
        }
        bytes.position(bytes.limit());
    }

    @Override
    public void onCommand(byte[] command, CommandReply reply) {
        switch (new String(command, StandardCharsets.UTF_8)) {
            case "refuse" -> reply.refuse(CommandOutcome.FAILED, "the station says no");
            case "twice" -> {
                reply.acknowledge();
                reply.refuse(CommandOutcome.FAILED, "too late to say no");
            }
            case "throw" -> throw new IllegalStateException("a bug of the session");
            case "ignore" -> {}
            default -> connection.write(ByteBuffer.wrap(command), reply);
        }
    }
}
