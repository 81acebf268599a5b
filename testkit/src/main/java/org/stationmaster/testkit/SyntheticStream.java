package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Clock;

/** What a simulated station sends, as bytes: for benchmarks, and for tests that need no network. */
public final class SyntheticStream {
    private SyntheticStream() {}

    /**
     * Stamped records as they stand on the wire, one behind the other.
     *
     * @param protocol one that {@link StationNetwork} can simulate
     * @param recordBytes of each record on the wire
     * @param count how many
     * @throws IllegalArgumentException the protocol is not known, or its records cannot have this size
     */
    public static byte[] of(String protocol, int recordBytes, int count) {
        var wire = Wire.of(protocol);
        int sizeBytes = recordBytes - wire.headBytes();
        if (sizeBytes < Stamp.MAX_BYTES - wire.headBytes() || sizeBytes > wire.maxSizeBytes()) {
            throw new IllegalArgumentException(protocol + " has no synthetic records of " + recordBytes + " bytes");
        }
        var synthetic = new SyntheticRecords(wire, sizeBytes, 1);
        var head = Stamp.head(Station.idOf(0));
        var all = ByteBuffer.allocate(Math.multiplyExact(recordBytes, count));
        for (int seq = 0; seq < count; seq++) {
            all.put(synthetic.make(head, 0, seq, Clock.SYSTEM.epochNanos(), null));
        }
        return all.array();
    }
}
