package org.stationmaster.stations;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.ProtocolContract;

@Timeout(30)
class GsofContractTest extends ProtocolContract {
    @Override
    protected Protocol protocol() {
        return new Gsof();
    }

    @Override
    protected Source source() {
        return Source.of("QSCO", "gsof", "127.0.0.1", 7001);
    }

    @Override
    protected List<byte[]> payloads() {
        return List.of(
                GsofTest.page(1, 0, 0, GsofTest.time(2446, 1000)),
                GsofTest.page(2, 0, 1, new byte[247]),
                GsofTest.page(2, 1, 1, new byte[247]),
                GsofTest.page(3, 0, 0, new byte[0]));
    }

    @Override
    protected byte[] encoded() {
        var all = new ByteArrayOutputStream();
        payloads().forEach(all::writeBytes);
        return all.toByteArray();
    }

    @Override
    protected List<Corrupt> corrupt() {
        var wrongSum = GsofTest.page(9, 0, 0, GsofTest.time(2446, 2000));
        wrongSum[9] ^= 1;
        return List.of(
                new Corrupt(
                        "letters", "$GPGGA\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII), Expected.COUNTED),
                new Corrupt("wrong checksum", wrongSum, Expected.COUNTED),
                new Corrupt("a head without a page", HexFormat.of().parseHex("020840f0"), Expected.COUNTED));
    }

    @Override
    protected long unreadLimitBytes() {
        return GsofDecoder.MAX_FRAME_BYTES;
    }

    /** 261 bytes are the most that the format can say. */
    @Override
    protected byte @Nullable [] overLimit() {
        return null;
    }
}
