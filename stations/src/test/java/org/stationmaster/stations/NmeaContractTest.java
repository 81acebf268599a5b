package org.stationmaster.stations;

import static org.stationmaster.stations.NmeaDecoderTest.sentence;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.ProtocolContract;

@Timeout(30)
class NmeaContractTest extends ProtocolContract {
    private static final int LIMIT = 100;
    private static final List<String> SENTENCES = List.of(
            sentence("GPGGA,000001.25,4916.45,N,12311.12,W,4,08,0.9,545.4,M,46.9,M,,"),
            sentence("PMTK001,604,3"),
            sentence("GPTXT,01,01,02," + "x".repeat(79)),
            sentence("GPZDA,160012.71,11,03,2004,-1,00"));

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    protected Protocol protocol() {
        return new Nmea();
    }

    @Override
    protected Source source() {
        return Source.builder("QSCO", "nmea", "127.0.0.1", 7001)
                .frameLimitBytes(LIMIT)
                .build();
    }

    @Override
    protected List<byte[]> payloads() {
        return SENTENCES.stream().map(NmeaContractTest::bytes).toList();
    }

    @Override
    protected byte[] encoded() {
        return bytes(String.join("", SENTENCES));
    }

    @Override
    protected List<Corrupt> corrupt() {
        return List.of(
                new Corrupt("letters", bytes("HTTP/1.1 404 Not Found\r\n\r\n"), Expected.COUNTED),
                new Corrupt("wrong checksum", bytes("$GPZDA,160012.71*00\r\n"), Expected.COUNTED),
                new Corrupt("no checksum", bytes("$GPZDA,160012.71\r\n"), Expected.COUNTED),
                new Corrupt("a sentence without an end", bytes("$GPZDA,16"), Expected.COUNTED),
                new Corrupt("UBX", bytes("\u00b5b\u0005\u0001\u0002\u0000\u0006\u0001\u000f8"), Expected.COUNTED));
    }

    /** UBX between the sentences may be longer than they. */
    @Override
    protected long unreadLimitBytes() {
        return NmeaDecoder.MAX_BYTES;
    }

    @Override
    protected byte[] overLimit() {
        return bytes(sentence("GPTXT," + "y".repeat(10 * LIMIT)));
    }
}
