package org.stationmaster.stations;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.ProtocolContract;

@Timeout(30)
class TcpLinesContractTest extends ProtocolContract {
    private static final int LIMIT = 100;

    private static Source.Builder builder() {
        return Source.builder("QSCO", "tcp-lines", "127.0.0.1", 7001).frameLimitBytes(LIMIT);
    }

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    protected Protocol protocol() {
        return new TcpLines();
    }

    @Override
    protected Source source() {
        return builder().build();
    }

    @Override
    protected List<byte[]> payloads() {
        return List.of(
                bytes("$GPGGA,1\r\n"), bytes("\n"), bytes("x".repeat(LIMIT - 1) + "\n"), bytes("\u00ff\u00fe\0\r\n"));
    }

    @Override
    protected byte[] encoded() {
        var all = new StringBuilder();
        payloads().forEach(payload -> all.append(new String(payload, StandardCharsets.ISO_8859_1)));
        return bytes(all.toString());
    }

    @Override
    protected List<Corrupt> corrupt() {
        return List.of(
                new Corrupt("one byte too long", bytes("x".repeat(LIMIT) + "\n"), Expected.COUNTED),
                new Corrupt("far too long", bytes("x".repeat(50 * LIMIT) + "\n"), Expected.COUNTED));
    }

    @Override
    protected long unreadLimitBytes() {
        return LIMIT;
    }

    @Override
    protected byte[] overLimit() {
        return bytes("y".repeat(10 * LIMIT) + "\n");
    }

    @Override
    protected @Nullable Source helloSource() {
        return builder().option("hello", "true").build();
    }

    @Override
    protected byte[] hello() {
        return bytes("QSCO\n");
    }

    @Override
    protected @Nullable Source duplexSource() {
        return builder().option("duplex", "true").build();
    }

    @Override
    protected byte[] encodedCommand() {
        return bytes("ping\n");
    }
}
