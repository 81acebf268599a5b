package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Decoder;

/**
 * Frames of {@code tcp-frames}: four bytes of big-endian length, then that many bytes. A length over the limit leaves
 * no way to find the next frame.
 */
final class FrameDecoder implements Decoder {
    static final int LENGTH_BYTES = 4;

    private final int limitBytes;
    private int frameStart;
    private int frameLength;
    private boolean lost;

    FrameDecoder(int limitBytes) {
        this.limitBytes = limitBytes;
    }

    @Override
    public Result decode(ByteBuffer bytes) {
        if (lost) {
            return Result.CORRUPT;
        }
        int start = bytes.position();
        int available = bytes.remaining() - LENGTH_BYTES;
        if (available < 0) {
            return Result.NEED_MORE;
        }
        int length = bytes.getInt(start);
        if (length < 0 || length > limitBytes) {
            frameLength = length;
            lost = true;
            return Result.CORRUPT;
        }
        if (length > available) {
            return Result.NEED_MORE;
        }
        frameStart = start + LENGTH_BYTES;
        frameLength = length;
        bytes.position(frameStart + length);
        return Result.FRAME;
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
        return 0;
    }

    @Override
    public long untoldBytes() {
        return 0;
    }

    @Override
    public boolean isLost() {
        return lost;
    }

    @Override
    public String corruption() {
        return "frame of " + Integer.toUnsignedString(frameLength) + " bytes, over the limit of " + limitBytes;
    }
}
