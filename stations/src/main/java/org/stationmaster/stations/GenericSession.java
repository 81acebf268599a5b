package org.stationmaster.stations;

import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.Slot;

/** A session of a generic protocol: says hello, listens, writes commands. */
final class GenericSession extends DecodedSession {
    private final Connection connection;
    private final Wire wire;
    private final boolean duplex;

    GenericSession(Slot slot, Connection connection, Wire wire) {
        super(slot, wire.decoder(slot.source().frameLimitBytes()), EventTime.NONE);
        var source = slot.source();
        this.connection = connection;
        this.wire = wire;
        this.duplex = source.isOn(GenericProtocol.DUPLEX);
        if (source.isOn(GenericProtocol.HELLO)) {
            connection.write(wire.hello(source.id().value()));
        }
    }

    @Override
    public void onCommand(byte[] command, CommandReply reply) {
        var refusal = wire.refusal(command);
        if (!duplex) {
            reply.refuse(CommandOutcome.UNIDIRECTIONAL, "the source does not say 'duplex: true'");
        } else if (refusal.isEmpty()) {
            connection.write(wire.encode(command), reply);
        } else {
            reply.refuse(CommandOutcome.FAILED, refusal);
        }
    }
}
