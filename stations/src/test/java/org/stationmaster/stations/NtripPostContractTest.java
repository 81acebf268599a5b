package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.ProtocolContract;

/** A station that pushes in version 2: the stream comes in chunks that do not know of frames. */
@Timeout(30)
class NtripPostContractTest extends ProtocolContract {
    private static final String HEAD = String.join(
            "\r\n",
            "POST /QSCO0 HTTP/1.1",
            "Host: centre.example",
            "Ntrip-Version: Ntrip/2.0",
            "Authorization: Basic bWU6c2VzYW1l",
            "Transfer-Encoding: chunked",
            "",
            "");
    private static final int CHUNK_BYTES = 300;

    @Override
    protected Protocol protocol() {
        return new Ntrip();
    }

    @Override
    protected Source source() {
        return Source.dialIn("QSCO00ECU", "ntrip").option("mountpoint", "QSCO0").build();
    }

    @Override
    protected List<byte[]> payloads() {
        return NtripContractTest.FRAMES;
    }

    @Override
    protected byte[] encoded() {
        var data = new ByteArrayOutputStream();
        payloads().forEach(data::writeBytes);
        var all = new ByteArrayOutputStream();
        all.writeBytes(HEAD.getBytes(US_ASCII));
        for (int at = 0; at < data.size(); at += CHUNK_BYTES) {
            int length = Math.min(CHUNK_BYTES, data.size() - at);
            all.writeBytes(((at == 0 ? "" : "\r\n") + Integer.toHexString(length) + "\r\n").getBytes(US_ASCII));
            all.write(data.toByteArray(), at, length);
        }
        return all.toByteArray();
    }

    @Override
    protected List<Corrupt> corrupt() {
        return List.of(
                new Corrupt(
                        "a request of another kind", "GET /QSCO0 HTTP/1.1\r\n\r\n".getBytes(US_ASCII), Expected.ENDED),
                new Corrupt(
                        "no mountpoint", "POST / HTTP/1.1\r\nHost: centre\r\n\r\n".getBytes(US_ASCII), Expected.ENDED),
                new Corrupt("a head without an end", ("POST /" + "x".repeat(5000)).getBytes(US_ASCII), Expected.ENDED),
                new Corrupt("a chunk too large", (HEAD + "ffffffff\r\n").getBytes(US_ASCII), Expected.ENDED),
                new Corrupt("a chunk that lies", (HEAD + "2\r\nabcd\r\n").getBytes(US_ASCII), Expected.ENDED));
    }

    @Override
    protected long unreadLimitBytes() {
        return NtripCall.LIMIT_BYTES;
    }

    @Override
    protected byte @Nullable [] overLimit() {
        return null;
    }
}
