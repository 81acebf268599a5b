package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;

/** Gives fuzzed bytes in pieces; their first byte says how large the pieces are. */
public final class Feeding {
    private Feeding() {}

    private static int piece(byte[] input) {
        return input.length == 0 ? 1 : 1 + (input[0] & 0x3f);
    }

    /**
     * To a decoder.
     *
     * @param mostBytes the longest frame
     * @param mostLeft less than so much may be left unread
     */
    public static Decoding decoder(Decoder decoder, byte[] input, int mostBytes, int mostLeft) {
        var decoding = new Decoding(decoder);
        int piece = piece(input);
        boolean going = true;
        for (int from = 0; from < input.length && going; from += piece) {
            going = decoding.feed(input, from, Math.min(input.length, from + piece));
            if (decoding.mostLeft >= mostLeft) {
                throw new AssertionError("it left " + decoding.mostLeft + " bytes unread");
            }
        }
        for (var frame : decoding.frames) {
            if (frame.length() > mostBytes) {
                throw new AssertionError("a frame of " + frame.length() + " bytes");
            }
        }
        return decoding;
    }

    /**
     * To a session, until it or the bytes end.
     *
     * @param before what it is given in front of the first piece
     * @param mostLeft no more may be left unread
     */
    public static void session(Session session, byte[] before, byte[] input, int mostLeft) {
        var left = ByteBuffer.wrap(before);
        int piece = piece(input);
        try {
            for (int from = 0; from < input.length; from += piece) {
                int to = Math.min(input.length, from + piece);
                var next = ByteBuffer.allocate(left.remaining() + to - from)
                        .put(left)
                        .put(input, from, to - from)
                        .flip();
                session.onBytes(next);
                session.onTick(from);
                left = next;
                if (left.remaining() > mostLeft) {
                    throw new AssertionError("it left " + left.remaining() + " bytes unread");
                }
            }
        } catch (ProtocolException e) {
            if (String.valueOf(e.getMessage()).isBlank()) {
                throw new AssertionError("an end without words", e);
            }
        }
        session.onEnd(left.remaining());
    }
}
