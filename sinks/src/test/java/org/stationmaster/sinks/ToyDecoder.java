package org.stationmaster.sinks;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Decoder;

/** Records that delimit themselves: {@code <letters>}; what lies between them is skipped. */
final class ToyDecoder implements Decoder {
    private int start;
    private int length;
    private int corrupt;

    @Override
    public Result decode(ByteBuffer bytes) {
        int from = bytes.position();
        int at = from;
        while (at < bytes.limit() && bytes.get(at) != '<') {
            at++;
        }
        if (at > from) {
            bytes.position(at);
            corrupt = at - from;
            return Result.CORRUPT;
        }
        for (int i = at + 1; i < bytes.limit(); i++) {
            if (bytes.get(i) == '>') {
                start = at;
                length = i + 1 - at;
                bytes.position(i + 1);
                return Result.FRAME;
            }
        }
        return Result.NEED_MORE;
    }

    @Override
    public int frameStart() {
        return start;
    }

    @Override
    public int frameLength() {
        return length;
    }

    @Override
    public long corruptBytes() {
        return corrupt;
    }

    @Override
    public long untoldBytes() {
        return 0;
    }

    @Override
    public boolean isLost() {
        return false;
    }

    @Override
    public String corruption() {
        return "no record";
    }
}
