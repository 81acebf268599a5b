package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;

/** A session of a generic protocol: says hello, emits each frame as it came, writes commands. */
final class DecodedSession implements Session {
    private final Slot slot;
    private final Connection connection;
    private final Wire wire;
    private final Decoder decoder;
    private final boolean duplex;

    DecodedSession(Slot slot, Connection connection, Wire wire) {
        var source = slot.source();
        this.slot = slot;
        this.connection = connection;
        this.wire = wire;
        this.decoder = wire.decoder(source.frameLimitBytes());
        this.duplex = source.isOn(GenericProtocol.DUPLEX);
        if (source.isOn(GenericProtocol.HELLO)) {
            connection.write(wire.hello(source.id().value()));
        }
    }

    @Override
    public void onBytes(ByteBuffer bytes) throws ProtocolException {
        while (true) {
            switch (decoder.decode(bytes)) {
                case FRAME -> emit(bytes);
                case CORRUPT -> corrupt(bytes);
                case NEED_MORE -> {
                    return;
                }
            }
        }
    }

    private void emit(ByteBuffer bytes) {
        int next = bytes.position();
        int limit = bytes.limit();
        bytes.limit(decoder.frameStart() + decoder.frameLength()).position(decoder.frameStart());
        slot.emit(bytes);
        bytes.limit(limit).position(next);
    }

    private void corrupt(ByteBuffer bytes) throws ProtocolException {
        boolean lost = decoder.isLost();
        slot.corrupt(lost ? bytes.remaining() : decoder.corruptBytes(), decoder.corruption());
        if (lost) {
            bytes.position(bytes.limit());
            throw new ProtocolException(EndReason.CORRUPT, decoder.corruption());
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

    @Override
    public void onEnd(int leftBytes) {
        long torn = leftBytes + decoder.untoldBytes();
        if (torn > 0 && !decoder.isLost()) {
            slot.corrupt(torn, "the connection ended inside a record");
        }
    }
}
