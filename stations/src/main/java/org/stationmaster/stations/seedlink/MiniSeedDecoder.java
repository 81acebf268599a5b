package org.stationmaster.stations.seedlink;

import java.nio.ByteBuffer;

/** Finds miniSEED records that stand one behind the other. */
public final class MiniSeedDecoder extends ScanningDecoder {
    private final MiniSeedHeader header;

    /** Takes records of up to {@link MiniSeedHeader#DEFAULT_LIMIT_BYTES}. */
    public MiniSeedDecoder() {
        this(MiniSeedHeader.DEFAULT_LIMIT_BYTES);
    }

    /** @param limitBytes the longest record taken */
    public MiniSeedDecoder(int limitBytes) {
        header = new MiniSeedHeader(limitBytes);
    }

    /** The header of the last {@link org.stationmaster.core.api.Decoder.Result#FRAME}. */
    public MiniSeedHeader header() {
        return header;
    }

    @Override
    int look(ByteBuffer bytes, int at) {
        return switch (header.read(bytes, at)) {
            case RECORD -> {
                payload(at, header.recordBytes());
                yield header.recordBytes();
            }
            case NEED_MORE -> NEED_MORE;
            case NO_RECORD -> NO_FRAME;
        };
    }

    @Override
    String why() {
        return header.why();
    }
}
