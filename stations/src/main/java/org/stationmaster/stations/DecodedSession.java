package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.StationRecord;

/** Listens: emits each frame as it came, with the time that its content tells, and counts what is none. */
class DecodedSession implements Session {
    private final Slot slot;
    private final Decoder decoder;
    private final EventTime eventTime;

    DecodedSession(Slot slot, Decoder decoder, EventTime eventTime) {
        this.slot = slot;
        this.decoder = decoder;
        this.eventTime = eventTime;
    }

    @Override
    public final void onBytes(ByteBuffer bytes) throws ProtocolException {
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
        slot.emit(bytes, eventTime.nanos(bytes, slot.receivedNanos()), StationRecord.UNKNOWN);
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
    public final void onEnd(int leftBytes) {
        long torn = leftBytes + decoder.untoldBytes();
        if (torn > 0 && !decoder.isLost()) {
            slot.corrupt(torn, "the connection ended inside a record");
        }
    }
}
