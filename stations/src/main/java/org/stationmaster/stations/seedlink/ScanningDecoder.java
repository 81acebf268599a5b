package org.stationmaster.stations.seedlink;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Decoder;

/**
 * A decoder that can tell at any byte whether a frame begins there. Bytes between frames are skipped up to the next frame
 * and told as one corrupt piece, however they arrive; so is a frame that is whole but damaged.
 */
abstract class ScanningDecoder implements Decoder {
    /** {@link #look} found what may become a frame. */
    static final int NEED_MORE = 0;

    /** {@link #look} found no frame. */
    static final int NO_FRAME = Integer.MIN_VALUE;

    private int frameStart;
    private int frameLength;
    private long skipped;
    private long corruptBytes;
    private String pending = "";
    private String corruption = "";

    /**
     * Looks whether a frame begins at {@code at}, and calls {@link #payload} when it does. Position and limit stay.
     *
     * @return its bytes on the wire; negative: it is damaged, and so many bytes are to be skipped; or
     *     {@link #NEED_MORE}, {@link #NO_FRAME}
     */
    abstract int look(ByteBuffer bytes, int at);

    /** What was wrong when {@link #look} found no frame or a damaged one. */
    abstract String why();

    /** Where the payload of the frame stands in the buffer. */
    final void payload(int start, int length) {
        frameStart = start;
        frameLength = length;
    }

    @Override
    public final Result decode(ByteBuffer bytes) {
        int start = bytes.position();
        int at = start;
        while (true) {
            int found = look(bytes, at);
            if (found > 0) {
                skipped += at - start;
                bytes.position(skipped > 0 ? at : at + found);
                return skipped > 0 ? corrupt() : Result.FRAME;
            }
            if (found == NEED_MORE) {
                skipped += at - start;
                bytes.position(at);
                return Result.NEED_MORE;
            }
            if (skipped == 0 && at == start) {
                pending = why();
            }
            at += found == NO_FRAME ? 1 : -found;
        }
    }

    private Result corrupt() {
        corruptBytes = skipped;
        corruption = pending;
        skipped = 0;
        return Result.CORRUPT;
    }

    @Override
    public final int frameStart() {
        return frameStart;
    }

    @Override
    public final int frameLength() {
        return frameLength;
    }

    @Override
    public final long corruptBytes() {
        return corruptBytes;
    }

    @Override
    public final long untoldBytes() {
        return skipped;
    }

    @Override
    public final boolean isLost() {
        return false;
    }

    @Override
    public final String corruption() {
        return corruption;
    }
}
