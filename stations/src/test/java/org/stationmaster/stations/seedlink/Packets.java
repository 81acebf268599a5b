package org.stationmaster.stations.seedlink;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.stationmaster.stations.Recordings;

/** What a server sends, put together by hand. */
final class Packets {
    private Packets() {}

    /** The first records of a recording. */
    static List<byte[]> records(String name, int count) throws IOException {
        var bytes = ByteBuffer.wrap(Recordings.read(name));
        var decoder = new MiniSeedDecoder();
        var found = new ArrayList<byte[]>();
        while (found.size() < count && decoder.decode(bytes) == org.stationmaster.core.api.Decoder.Result.FRAME) {
            found.add(Arrays.copyOfRange(
                    bytes.array(), decoder.frameStart(), decoder.frameStart() + decoder.frameLength()));
        }
        return found;
    }

    static byte[] version3(long sequence, byte[] record) {
        return joined(String.format(Locale.ROOT, "SL%06X", sequence).getBytes(US_ASCII), record);
    }

    static byte[] version4(char format, long sequence, String station, byte[] payload) {
        var header = ByteBuffer.allocate(17 + station.length()).order(ByteOrder.LITTLE_ENDIAN);
        header.put((byte) 'S')
                .put((byte) 'E')
                .put((byte) format)
                .put((byte) 'D')
                .putInt(payload.length);
        header.putLong(sequence).put((byte) station.length()).put(station.getBytes(US_ASCII));
        return joined(header.array(), payload);
    }

    static byte[] lines(String... lines) {
        return (String.join("\r\n", lines) + "\r\n").getBytes(US_ASCII);
    }

    static byte[] joined(byte[]... pieces) {
        var all = new ByteArrayOutputStream();
        for (var piece : pieces) {
            all.writeBytes(piece);
        }
        return all.toByteArray();
    }
}
