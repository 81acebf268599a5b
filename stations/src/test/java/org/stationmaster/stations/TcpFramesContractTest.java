package org.stationmaster.stations;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.ProtocolContract;

@Timeout(30)
class TcpFramesContractTest extends ProtocolContract {
    private static final int LIMIT = 1_000;

    private static Source.Builder builder() {
        return Source.builder("QSCO", "tcp-frames", "127.0.0.1", 7001).frameLimitBytes(LIMIT);
    }

    private static byte[] frame(byte[] payload) {
        return ByteBuffer.allocate(4 + payload.length)
                .putInt(payload.length)
                .put(payload)
                .array();
    }

    @Override
    protected Protocol protocol() {
        return new TcpFrames();
    }

    @Override
    protected Source source() {
        return builder().build();
    }

    @Override
    protected List<byte[]> payloads() {
        return List.of(new byte[] {1, 2, 3}, new byte[0], new byte[LIMIT], new byte[] {-1, 0, '\n'});
    }

    @Override
    protected byte[] encoded() {
        var all = ByteBuffer.allocate(4 * 4 + 3 + LIMIT + 3);
        payloads().forEach(payload -> all.put(frame(payload)));
        return all.array();
    }

    @Override
    protected List<Corrupt> corrupt() {
        return List.of(
                new Corrupt("a negative length", new byte[] {-1, -1, -1, -1}, Expected.ENDED),
                new Corrupt("text", new byte[] {'H', 'T', 'T', 'P'}, Expected.ENDED));
    }

    @Override
    protected long unreadLimitBytes() {
        return LIMIT + 4;
    }

    @Override
    protected byte[] overLimit() {
        return frame(new byte[LIMIT + 1]);
    }

    @Override
    protected @Nullable Source helloSource() {
        return builder().option("hello", "true").build();
    }

    @Override
    protected byte[] hello() {
        return new byte[] {0, 0, 0, 4, 'Q', 'S', 'C', 'O'};
    }

    @Override
    protected @Nullable Source duplexSource() {
        return builder().option("duplex", "true").build();
    }

    @Override
    protected byte[] encodedCommand() {
        return frame(command());
    }
}
