package org.stationmaster.stations;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.Decoder.Result;

/** Drives a decoder as a connection does: what it leaves is given again, in front of what follows. */
public final class Decoding {
    public final List<String> frames = new ArrayList<>();
    public final List<Long> corrupt = new ArrayList<>();
    private final Decoder decoder;
    private byte[] left = {};
    public int mostLeft;

    public Decoding(Decoder decoder) {
        this.decoder = decoder;
    }

    Decoder decoder() {
        return decoder;
    }

    public int left() {
        return left.length;
    }

    /** Gives bytes; false when the decoder is lost. */
    public boolean feed(byte[] bytes, int from, int to) {
        var buffer = ByteBuffer.allocate(left.length + to - from)
                .put(left)
                .put(bytes, from, to - from)
                .flip();
        while (true) {
            int before = buffer.position();
            long untold = decoder.untoldBytes();
            switch (decoder.decode(buffer)) {
                case FRAME -> {
                    if (buffer.position() <= before) {
                        throw new AssertionError("a frame that consumed nothing");
                    }
                    frames.add(new String(
                            buffer.array(), decoder.frameStart(), decoder.frameLength(), StandardCharsets.ISO_8859_1));
                }
                case CORRUPT -> {
                    corrupt.add(decoder.corruptBytes());
                    if (decoder.isLost()) {
                        return false;
                    }
                    if (buffer.position() <= before && decoder.corruptBytes() <= 0 && decoder.untoldBytes() >= untold) {
                        throw new AssertionError("it spins: corrupt, not lost, and nothing consumed");
                    }
                }
                case NEED_MORE -> {
                    left = new byte[buffer.remaining()];
                    buffer.get(left);
                    mostLeft = Math.max(mostLeft, left.length);
                    return true;
                }
            }
        }
    }

    public boolean feed(byte[] bytes) {
        return feed(bytes, 0, bytes.length);
    }

    public boolean feed(String latin1) {
        return feed(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    static Result only(Decoder decoder, String latin1) {
        return decoder.decode(ByteBuffer.wrap(latin1.getBytes(StandardCharsets.ISO_8859_1)));
    }
}
