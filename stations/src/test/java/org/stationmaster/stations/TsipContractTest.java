package org.stationmaster.stations;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.ProtocolContract;

@Timeout(30)
class TsipContractTest extends ProtocolContract {
    private static final int LIMIT = 200;

    @Override
    protected Protocol protocol() {
        return new Tsip();
    }

    @Override
    protected Source source() {
        return Source.builder("QSCO", "tsip", "127.0.0.1", 7001)
                .frameLimitBytes(LIMIT)
                .build();
    }

    @Override
    protected List<byte[]> payloads() {
        return List.of(
                TsipTest.packet("8fab 00013aca 08fe 0012 00 06 17 16 12 02 07e8"),
                TsipTest.packet("46 00 00"),
                TsipTest.packet("8f 7e" + "10".repeat(90)),
                TsipTest.version1(0xA2, 0, "02 01 10 03"));
    }

    @Override
    protected byte[] encoded() {
        var all = new ByteArrayOutputStream();
        payloads().forEach(all::writeBytes);
        return all.toByteArray();
    }

    @Override
    protected List<Corrupt> corrupt() {
        return List.of(
                new Corrupt(
                        "letters",
                        "# a comment\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                        Expected.COUNTED),
                new Corrupt("a packet without an end", HexFormat.of().parseHex("10410005"), Expected.COUNTED),
                new Corrupt("the end of a packet", HexFormat.of().parseHex("00051003"), Expected.COUNTED),
                new Corrupt("wrong checksum", TsipTest.packet("a2 00 00 02 02 55"), Expected.COUNTED));
    }

    @Override
    protected long unreadLimitBytes() {
        return LIMIT;
    }

    @Override
    protected byte[] overLimit() {
        return TsipTest.packet("8f 7e" + "55".repeat(10 * LIMIT));
    }
}
