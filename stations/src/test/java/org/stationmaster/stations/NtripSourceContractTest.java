package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Source;

/** A station that pushes in version 1: a head, then the stream as it is. */
@Timeout(30)
class NtripSourceContractTest extends NtripContract {
    private static final String HEAD = "SOURCE sesame /QSCO0\r\nSource-Agent: NTRIP test\r\n\r\n";

    @Override
    protected Source source() {
        return Source.dialIn("QSCO00ECU", "ntrip").option("mountpoint", "QSCO0").build();
    }

    @Override
    protected byte[] encoded() {
        return asTheyAre(HEAD);
    }

    @Override
    protected List<Corrupt> corrupt() {
        return List.of(
                new Corrupt("a page", "<html>hello</html>".getBytes(US_ASCII), Expected.ENDED),
                new Corrupt("no mountpoint", "SOURCE sesame\r\n\r\n".getBytes(US_ASCII), Expected.ENDED),
                new Corrupt("no stream", (HEAD + "<html>hello</html>").getBytes(US_ASCII), Expected.COUNTED));
    }

    @Override
    protected long unreadLimitBytes() {
        return NtripCall.LIMIT_BYTES;
    }
}
