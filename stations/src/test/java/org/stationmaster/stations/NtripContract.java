package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.testkit.ProtocolContract;

/** What the four kinds of an NTRIP stream have in common: a head, then frames, in chunks that do not know of them, or as they are. */
abstract class NtripContract extends ProtocolContract {
    private static final int CHUNK_BYTES = 300;

    static final List<byte[]> FRAMES = List.of(
            Rtcm3MessageTest.frame(500, 1077, 12, 7, 12, 1000, 30).array(),
            Rtcm3MessageTest.frame(0).array(),
            Rtcm3MessageTest.frame(1023, 1087, 12, 7, 12, 1000, 30).array(),
            Rtcm3MessageTest.frame(19, 1005, 12).array());

    @Override
    protected final Protocol protocol() {
        return new Ntrip();
    }

    @Override
    protected final List<byte[]> payloads() {
        return FRAMES;
    }

    @Override
    protected final byte @Nullable [] overLimit() {
        return null;
    }

    /** The head and the frames behind it. */
    static byte[] asTheyAre(String head) {
        var all = new ByteArrayOutputStream();
        all.writeBytes(head.getBytes(US_ASCII));
        FRAMES.forEach(all::writeBytes);
        return all.toByteArray();
    }

    static byte[] inChunks(String head) {
        var data = asTheyAre("");
        var all = new ByteArrayOutputStream();
        all.writeBytes(head.getBytes(US_ASCII));
        for (int at = 0; at < data.length; at += CHUNK_BYTES) {
            int length = Math.min(CHUNK_BYTES, data.length - at);
            all.writeBytes(((at == 0 ? "" : "\r\n") + Integer.toHexString(length) + "\r\n").getBytes(US_ASCII));
            all.write(data, at, length);
        }
        return all.toByteArray();
    }
}
