package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Source;

/** A station that pushes in version 2: the stream comes in chunks that do not know of frames. */
@Timeout(30)
class NtripPostContractTest extends NtripContract {
    private static final String HEAD = String.join(
            "\r\n",
            "POST /QSCO0 HTTP/1.1",
            "Host: centre.example",
            "Ntrip-Version: Ntrip/2.0",
            "Authorization: Basic bWU6c2VzYW1l",
            "Transfer-Encoding: chunked",
            "",
            "");

    @Override
    protected Source source() {
        return Source.dialIn("QSCO00ECU", "ntrip").option("mountpoint", "QSCO0").build();
    }

    @Override
    protected byte[] encoded() {
        return inChunks(HEAD);
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
}
