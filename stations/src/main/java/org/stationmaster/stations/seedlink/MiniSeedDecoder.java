package org.stationmaster.stations.seedlink;

import java.nio.ByteBuffer;
import org.stationmaster.stations.Skipping;

/** Finds miniSEED records that stand one behind the other. */
public final class MiniSeedDecoder extends Skipping {
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
    protected int look(ByteBuffer bytes, int at, int limit) {
        return switch (header.read(bytes, at)) {
            case RECORD -> header.recordBytes();
            case NEED_MORE -> NEED_MORE;
            case NO_RECORD -> NONE;
        };
    }

    /** Any byte: its header is read up to the first that is wrong. */
    @Override
    protected int next(ByteBuffer bytes, int from, int limit) {
        return from;
    }

    @Override
    protected String reason() {
        return header.why();
    }
}
