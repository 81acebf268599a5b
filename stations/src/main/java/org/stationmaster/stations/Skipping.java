package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Decoder;

/**
 * What decoders have in common that look for the next frame in whatever comes. Bytes that are none are told as one piece
 * in front of the next frame, or when the piece has {@link #PIECE_BYTES} or more: the same pieces however the bytes are split.
 */
public abstract class Skipping implements Decoder {
    public static final int PIECE_BYTES = 4096;

    /** {@link #look}: no frame begins here. */
    protected static final int NONE = 0;

    /** {@link #look}: a frame may begin here; its end is not there yet. */
    protected static final int NEED_MORE = -1;

    private int frameStart;
    private int frameLength;
    private long skipped;
    private long corruptBytes;
    private String reason = "";
    private String corruption = "";

    /**
     * Looks at one place.
     *
     * @param at an index below {@code limit}
     * @return the length of the whole frame that begins there, {@link #NONE}, {@link #NEED_MORE}, or {@link #skip}
     */
    protected abstract int look(ByteBuffer bytes, int at, int limit);

    /** The first index from {@code from} on, below {@code limit}, at which a frame may begin; {@code limit}: there is none. */
    protected abstract int next(ByteBuffer bytes, int from, int limit);

    /** Why {@link #look} has found no frame at the place it was called for last. */
    protected abstract String reason();

    /** How many bytes of the frame that {@link #look} has found stand in front of its payload, which is the rest. */
    protected int headBytes() {
        return 0;
    }

    /** {@link #look}: so many bytes, at least one, are something whole that is no frame. */
    protected static int skip(int bytes) {
        return NEED_MORE - bytes;
    }

    @Override
    public final Result decode(ByteBuffer bytes) {
        int from = bytes.position();
        int limit = bytes.limit();
        int at = from;
        while (at < limit) {
            int length = look(bytes, at, limit);
            if (length == NEED_MORE) {
                break;
            }
            if (length > 0) {
                return at - from + skipped > 0 ? told(bytes, at) : frame(bytes, at, length);
            }
            if (at - from + skipped == 0) {
                reason = reason();
            }
            at += length == NONE ? 1 : NEED_MORE - length;
            int last = (int) Math.min(limit, from + PIECE_BYTES - skipped);
            at = at < last ? next(bytes, at, last) : at;
            if (at - from + skipped >= PIECE_BYTES) {
                return told(bytes, at);
            }
        }
        skipped += at - from;
        bytes.position(at);
        return Result.NEED_MORE;
    }

    private Result frame(ByteBuffer bytes, int at, int length) {
        frameStart = at + headBytes();
        frameLength = length - headBytes();
        bytes.position(at + length);
        return Result.FRAME;
    }

    private Result told(ByteBuffer bytes, int to) {
        corruptBytes = to - bytes.position() + skipped;
        corruption = reason;
        skipped = 0;
        bytes.position(to);
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
