package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Source;

/** Version 1: one line, then the stream as it is. */
@Timeout(30)
class NtripVersion1ContractTest extends NtripContract {
    private static final String HEAD = "ICY 200 OK\r\n\r\n";

    @Override
    protected Source source() {
        return Source.builder("QSCO00ECU", "ntrip", "caster.example", 2101)
                .option("mountpoint", "QSCO0")
                .option("version", "1")
                .build();
    }

    @Override
    protected byte[] opening() {
        return "GET /QSCO0 HTTP/1.0\r\nUser-Agent: NTRIP Stationmaster/0.1\r\n\r\n".getBytes(US_ASCII);
    }

    @Override
    protected byte[] encoded() {
        return asTheyAre(HEAD);
    }

    @Override
    protected List<Corrupt> corrupt() {
        return List.of(
                new Corrupt("a page", "<html>hello</html>".getBytes(US_ASCII), Expected.ENDED),
                new Corrupt("another status", "ICY 999 OK\r\n".getBytes(US_ASCII), Expected.ENDED),
                new Corrupt("no stream", (HEAD + "<html>hello</html>").getBytes(US_ASCII), Expected.COUNTED));
    }

    @Override
    protected long unreadLimitBytes() {
        return NtripAnswer.LINE_LIMIT_BYTES;
    }
}
