package org.stationmaster.stations;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.stationmaster.core.api.StationRecord;

/**
 * A packet of TSIP (Trimble Standard Interface Protocol, versions 0 and 1), read from the payload of a record of {@link Tsip}.
 *
 * @param id the packet's id, for instance 0x8F
 * @param data what follows it, each DLE once; read-only, position 0 to limit. In version 1 without sub-id, length and checksum
 * @param subId of version 1 packets and of the superpacket 0x8F
 */
public record TsipPacket(int id, OptionalInt subId, ByteBuffer data) {
    private static final int SUPERPACKET = 0x8F;
    private static final int VERSION_1_HEAD_BYTES = 4;

    /**
     * Reads one.
     *
     * @param frame position to limit, not moved: one whole packet, as the payload of a record is
     * @throws IllegalArgumentException it is no whole packet
     */
    public static TsipPacket of(ByteBuffer frame) {
        var view = frame.slice();
        if (!view.hasRemaining()
                || new TsipDecoder(TsipDecoder.MAX_BYTES).look(view, 0, view.limit()) != view.limit()) {
            throw new IllegalArgumentException("no whole TSIP packet: " + view.limit() + " bytes");
        }
        var all = ByteBuffer.allocate(view.limit());
        unstuff(view, all);
        all.flip();
        int id = all.get() & 0xff;
        if (TsipDecoder.isVersion1(id)) {
            int subId = all.get() & 0xff;
            return new TsipPacket(
                    id, OptionalInt.of(subId), all.slice(VERSION_1_HEAD_BYTES, all.limit() - VERSION_1_HEAD_BYTES - 1));
        }
        var subId = id == SUPERPACKET && all.hasRemaining() ? OptionalInt.of(all.get() & 0xff) : OptionalInt.empty();
        return new TsipPacket(id, subId, all.slice());
    }

    /** Makes the data read-only. */
    public TsipPacket {
        data = data.asReadOnlyBuffer();
    }

    /** Puts the id and what follows it, each DLE once and without the end, as far as there is room. */
    static void unstuff(ByteBuffer frame, ByteBuffer to) {
        int end = frame.limit() - 2;
        for (int i = frame.position() + 1; i < end && to.hasRemaining(); i++) {
            byte b = frame.get(i);
            to.put(b);
            if (b == TsipDecoder.DLE) {
                i++;
            }
        }
    }

    /** The time in 0x41, 0x8F-AB and 0xA1-00, when the packet says that it is known. */
    public static Optional<Instant> time(ByteBuffer frame) {
        long nanos = new TsipTime(GnssTime.configured()).nanos(frame, 0);
        return nanos == StationRecord.UNKNOWN ? Optional.empty() : Optional.of(Instant.EPOCH.plusNanos(nanos));
    }
}
