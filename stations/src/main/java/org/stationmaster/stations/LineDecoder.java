package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Decoder;

/**
 * Lines of {@code tcp-lines}: bytes up to and including LF. A longer line than the limit is skipped up to its LF and
 * told as one corrupt piece, however its bytes arrive.
 */
final class LineDecoder implements Decoder {
    private static final byte LF = '\n';

    private final int limitBytes;
    private int frameStart;
    private int frameLength;
    /** Bytes behind the buffer's position that were looked at before and hold no LF. */
    private int lookedAt;
    /** Bytes skipped of a line that is over the limit and has no end yet. */
    private long skipped;

    private long corruptBytes;

    LineDecoder(int limitBytes) {
        this.limitBytes = limitBytes;
    }

    @Override
    public Result decode(ByteBuffer bytes) {
        int start = bytes.position();
        int end = indexOfLf(bytes, start + lookedAt);
        if (end < 0) {
            return noEnd(bytes);
        }
        lookedAt = 0;
        bytes.position(end + 1);
        int length = end + 1 - start;
        if (skipped > 0 || length > limitBytes) {
            corruptBytes = skipped + length;
            skipped = 0;
            return Result.CORRUPT;
        }
        frameStart = start;
        frameLength = length;
        return Result.FRAME;
    }

    private Result noEnd(ByteBuffer bytes) {
        if (skipped > 0 || bytes.remaining() >= limitBytes) { // with its LF the line would be over the limit
            skipped += bytes.remaining();
            bytes.position(bytes.limit());
        }
        lookedAt = bytes.remaining();
        return Result.NEED_MORE;
    }

    private static int indexOfLf(ByteBuffer bytes, int from) {
        for (int i = from; i < bytes.limit(); i++) {
            if (bytes.get(i) == LF) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public int frameStart() {
        return frameStart;
    }

    @Override
    public int frameLength() {
        return frameLength;
    }

    @Override
    public long corruptBytes() {
        return corruptBytes;
    }

    @Override
    public long untoldBytes() {
        return skipped;
    }

    @Override
    public boolean isLost() {
        return false;
    }

    @Override
    public String corruption() {
        return "line over the limit of " + limitBytes + " bytes";
    }
}
