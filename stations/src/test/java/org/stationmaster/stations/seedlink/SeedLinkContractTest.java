package org.stationmaster.stations.seedlink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.ProtocolContract;

/** The contract of every protocol, for each version and for a server of one station. */
class SeedLinkContractTest {
    abstract static class Contract extends ProtocolContract {
        private static final int LIMIT = 1024;

        private final int version;
        private final byte[] handshake;
        private final List<byte[]> records;

        Contract(int version, String recording, String... answers) {
            this.version = version;
            this.handshake = Packets.lines(answers);
            try {
                records = Packets.records(recording, 4);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        Source.Builder builder() {
            return Source.builder("COLA", "seedlink", "127.0.0.1", 18000)
                    .option("network", "IU")
                    .option("station", "COLA")
                    .frameLimitBytes(LIMIT);
        }

        byte[] packet(long sequence, byte[] record) {
            return version == 3
                    ? Packets.version3(sequence, record)
                    : Packets.version4((char) ('0' + (record[0] == 'M' ? 3 : 2)), sequence, "IU_COLA", record);
        }

        @Override
        protected final Protocol protocol() {
            return new SeedLink();
        }

        @Override
        protected final Source source() {
            return builder().build();
        }

        @Override
        protected final byte[] opening() {
            return "HELLO\r\n".getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        protected final List<byte[]> payloads() {
            return records;
        }

        @Override
        protected final byte[] encoded() {
            var all = new ArrayList<byte[]>();
            all.add(handshake);
            for (int i = 0; i < records.size(); i++) {
                all.add(packet(0xfffffe + i & 0xffffff, records.get(i)));
            }
            return Packets.joined(all.toArray(new byte[0][]));
        }

        @Override
        protected final List<Corrupt> corrupt() {
            return List.of(
                    new Corrupt(
                            "HTML",
                            Packets.lines("HTTP/1.1 400 Bad Request", "", "<html>no such thing</html>"),
                            Expected.ENDED),
                    new Corrupt("an endless line", new byte[SeedLinkSession.LINE_LIMIT_BYTES], Expected.ENDED));
        }

        @Override
        protected final long unreadLimitBytes() {
            return Math.max(SeedLinkDecoder.mostBytes(LIMIT), SeedLinkSession.LINE_LIMIT_BYTES);
        }

        @Override
        protected final byte @Nullable [] overLimit() {
            return null; // a record is looked at behind the handshake only; see SeedLinkSessionTest
        }
    }

    @Nested
    @Timeout(30)
    class Version3 extends Contract {
        Version3() {
            super(3, "mseed2/testdata-3channel-signal.mseed2", "SeedLink v3.1 (2020.075)", "Here", "OK", "OK");
        }
    }

    @Nested
    @Timeout(30)
    class Version4 extends Contract {
        Version4() {
            super(
                    4,
                    "mseed3/testdata-3channel-signal.mseed3",
                    "SeedLink v4.0 :: SLPROTO:4.0 SLPROTO:3.1",
                    "Here",
                    "OK",
                    "OK",
                    "OK",
                    "OK");
        }
    }

    @Nested
    @Timeout(30)
    class OneStation extends Contract {
        OneStation() {
            super(3, "mseed2/testdata-3channel-signal.mseed2", "SeedLink v2.5", "Here");
        }

        @Override
        Source.Builder builder() {
            return Source.builder("ANY", "seedlink", "127.0.0.1", 18000).frameLimitBytes(1024);
        }
    }
}
