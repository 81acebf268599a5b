package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.ProtocolContract;

@Timeout(30)
class Rtcm3ContractTest extends ProtocolContract {
    @Override
    protected Protocol protocol() {
        return new Rtcm3();
    }

    @Override
    protected Source source() {
        return Source.of("QSCO00ECU", "rtcm3", "127.0.0.1", 7001);
    }

    @Override
    protected List<byte[]> payloads() {
        return List.of(
                Rtcm3MessageTest.frame(500, 1077, 12, 7, 12, 1000, 30).array(),
                Rtcm3MessageTest.frame(0).array(),
                Rtcm3MessageTest.frame(1023, 1087, 12, 7, 12, 1000, 30).array(),
                Rtcm3MessageTest.frame(19, 1005, 12).array());
    }

    @Override
    protected byte[] encoded() {
        var all = new ByteArrayOutputStream();
        payloads().forEach(all::writeBytes);
        return all.toByteArray();
    }

    @Override
    protected List<Corrupt> corrupt() {
        var wrongCrc = Rtcm3MessageTest.frame(60, 1077, 12).array();
        wrongCrc[30] ^= 1;
        return List.of(
                new Corrupt(
                        "letters",
                        "HTTP/1.1 404 Not Found\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                        Expected.COUNTED),
                new Corrupt("wrong CRC", wrongCrc, Expected.COUNTED),
                new Corrupt("a head without a frame", HexFormat.of().parseHex("d30201"), Expected.COUNTED),
                new Corrupt("reserved bits", HexFormat.of().parseHex("d3ffff"), Expected.COUNTED));
    }

    @Override
    protected long unreadLimitBytes() {
        return Rtcm3Decoder.MAX_FRAME_BYTES;
    }

    /** 1,029 bytes are the most that the format can say. */
    @Override
    protected byte @org.jspecify.annotations.Nullable [] overLimit() {
        return null;
    }

    @Test
    void aSiteThatIsNoneIsRefused() {
        var protocol = new Rtcm3();
        var builder = Source.builder("QSCO", "rtcm3", "127.0.0.1", 7001);
        protocol.validate(builder.attribute("site", "QSCO00ECU").build());
        for (var site : List.of("", "QSCO", "qsco00ecu", "../../abc", "QSCO00ECU1")) {
            assertThatThrownBy(() ->
                            protocol.validate(builder.attribute("site", site).build()))
                    .isInstanceOf(InvalidSourceException.class)
                    .hasMessageContaining("QSCO00ECU");
        }
    }
}
