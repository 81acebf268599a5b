package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.ProtocolContract;

/** Version 1: one line, then the stream as it is. */
@Timeout(30)
class NtripVersion1ContractTest extends ProtocolContract {
    private static final String HEAD = "ICY 200 OK\r\n\r\n";

    @Override
    protected Protocol protocol() {
        return new Ntrip();
    }

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
    protected List<byte[]> payloads() {
        return NtripContractTest.FRAMES;
    }

    @Override
    protected byte[] encoded() {
        var all = new ByteArrayOutputStream();
        all.writeBytes(HEAD.getBytes(US_ASCII));
        payloads().forEach(all::writeBytes);
        return all.toByteArray();
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

    @Override
    protected byte @Nullable [] overLimit() {
        return null;
    }
}
