package org.stationmaster.stations.seedlink;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.testkit.RecordingConnection;

/** What is said to a server and what becomes of its packets, without a socket. */
@Timeout(30)
class SeedLinkSessionTest {
    private static final String SIGNAL_2 = "mseed2/testdata-3channel-signal.mseed2";
    private static final long NOW = Instant.parse("2026-11-24T01:02:03Z").getEpochSecond() * 1_000_000_000L;
    private static final long LAST_3 = 1L << 62 | 0xffffff;

    /** Keeps what is emitted, with event time and position, and counts what is odd. */
    private static final class Kept implements Slot {
        private final Source source;
        private final long lastPosition;
        private final long lastEventNanos;
        private final List<byte[]> payloads = new ArrayList<>();
        private final List<Long> events = new ArrayList<>();
        private final List<Long> positions = new ArrayList<>();
        private final Map<Oddity, Integer> odd = new EnumMap<>(Oddity.class);
        private final List<String> corruptions = new ArrayList<>();
        private long corruptBytes;

        Kept(Source source, long lastPosition, long lastEventNanos) {
            this.source = source;
            this.lastPosition = lastPosition;
            this.lastEventNanos = lastEventNanos;
        }

        @Override
        public SlotId id() {
            return new SlotId(new WorkerId(0), 0);
        }

        @Override
        public Source source() {
            return source;
        }

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public boolean isActive() {
            return true;
        }

        @Override
        public boolean isInitialised() {
            return true;
        }

        @Override
        public long receivedNanos() {
            return NOW;
        }

        @Override
        public long lastPosition() {
            return lastPosition;
        }

        @Override
        public long lastEventNanos() {
            return lastEventNanos;
        }

        @Override
        public void emit(ByteBuffer payload, long eventNanos, long position) {
            var copy = new byte[payload.remaining()];
            payload.duplicate().get(copy);
            payloads.add(copy);
            events.add(eventNanos);
            positions.add(position);
        }

        @Override
        public void odd(Oddity what, Supplier<String> words) {
            assertThat(words.get()).isNotEmpty();
            odd.merge(what, 1, Integer::sum);
        }

        @Override
        public void corrupt(long bytes, String what) {
            corruptBytes += bytes;
            corruptions.add(what);
        }
    }

    /** One conversation after the other of one activation. */
    private static final class Talk {
        private final Kept slot;
        private final Task.Events task;
        private RecordingConnection connection = new RecordingConnection();
        private Session session;

        Talk(Source.Builder builder, long lastPosition) {
            this(builder, lastPosition, StationRecord.UNKNOWN);
        }

        Talk(Source.Builder builder, long lastPosition, long lastEventNanos) {
            var source = builder.build();
            new SeedLink().validate(source);
            slot = new Kept(source, lastPosition, lastEventNanos);
            if (!(new SeedLink().taskFor(source) instanceof Task.Events events)) {
                throw new AssertionError("no events");
            }
            task = events;
            session = task.open(slot, connection);
        }

        void again() {
            connection = new RecordingConnection();
            session = task.open(slot, connection);
        }

        void hear(String... lines) throws ProtocolException {
            hear(Packets.lines(lines));
        }

        void hear(byte[] bytes) throws ProtocolException {
            session.onBytes(ByteBuffer.wrap(bytes));
        }

        String said() {
            return new String(connection.written(), US_ASCII).replace("\r\n", "|");
        }
    }

    private static Source.Builder cola() {
        return Source.builder("COLA", "seedlink", "127.0.0.1", 18000)
                .option("network", "IU")
                .option("station", "COLA");
    }

    private static Talk talk(Source.Builder builder) {
        return new Talk(builder, StationRecord.UNKNOWN);
    }

    private static List<byte[]> records(int count) throws IOException {
        return Packets.records(SIGNAL_2, count);
    }

    // ---- handshake

    @Test
    void version3SaysOneCommandAfterTheOther() throws ProtocolException {
        var talk = talk(cola().option("selectors", "LHZ,00LH?,!LOG"));
        assertThat(talk.said()).isEqualTo("HELLO|");
        talk.hear("SeedLink v3.1");
        assertThat(talk.said()).isEqualTo("HELLO|");
        talk.hear("Our network");
        assertThat(talk.said()).isEqualTo("HELLO|STATION COLA IU|");
        talk.hear("OK", "OK", "OK", "OK");
        assertThat(talk.said()).isEqualTo("HELLO|STATION COLA IU|SELECT LHZ|SELECT 00LH?|SELECT !LOG|DATA|");
        talk.hear("OK");
        assertThat(talk.said()).endsWith("|DATA|END|");
    }

    @Test
    void version4IsTakenWhereBothKnowIt() throws ProtocolException {
        var talk = talk(cola().option("selectors", "LHZ,00HH?,--BHZ.D,00_L_H_*")
                .user("ann")
                .password(new Secret("s3cret")));
        talk.hear("SeedLink v4.0 (ringserver) :: SLPROTO:3.1 SLPROTO:4.0", "Here", "OK", "OK", "OK", "OK", "OK");
        talk.hear("OK", "OK", "OK", "OK");
        assertThat(talk.said())
                .isEqualTo("HELLO|SLPROTO 4.0|USERAGENT Stationmaster|AUTH USERPASS ann s3cret|STATION IU_COLA|"
                        + "SELECT *_L_H_Z|SELECT 00_H_H_?|SELECT _B_H_Z.D|SELECT 00_L_H_*|DATA|END|");
    }

    @Test
    void aPasswordAloneIsAToken() throws ProtocolException {
        var talk = talk(cola().password(new Secret("eyJ.eyJ.x_y-z")));
        talk.hear("SeedLink v4.0 :: SLPROTO:4.0", "Here", "OK", "OK");
        assertThat(talk.said()).endsWith("|AUTH JWT eyJ.eyJ.x_y-z|");
        assertThatThrownBy(() -> talk.hear("ERROR UNAUTHORIZED no"))
                .hasMessageContaining("the login")
                .hasMessageNotContaining("eyJ");
    }

    @Test
    void aServerOfOneStationIsAskedForDataAlone() throws ProtocolException {
        var talk = talk(Source.builder("ANY", "seedlink", "127.0.0.1", 18000).option("selectors", "BHZ"));
        talk.hear("SeedLink v4.0 :: SLPROTO:4.0", "Here", "OK");
        assertThat(talk.said()).isEqualTo("HELLO|SELECT BHZ|DATA|");
    }

    @ParameterizedTest
    @CsvSource({
        "last, 3, DATA",
        "earliest, 3, 'TIME 1970,01,01,00,00,00'",
        "now, 3, DATA",
        "2026-11-24T01:02:03Z, 3, 'TIME 2026,11,24,01,02,03'",
        "last, 4, DATA",
        "earliest, 4, DATA ALL",
        "now, 4, DATA",
        "2026-11-24T01:02:03Z, 4, DATA ALL 2026-11-24T01:02:03Z",
    })
    void aStationThatIsNewBeginsWhereItsPolicySays(String resume, String version, String command)
            throws ProtocolException {
        var talk = talk(cola().option("resume", resume).option("version", version));
        ready(talk, version);
        assertThat(talk.said()).endsWith("|" + command + "|END|");
    }

    private static void ready(Talk talk, String version) throws ProtocolException {
        talk.hear("SeedLink v3.1 :: SLPROTO:3.1 SLPROTO:4.0", "Here");
        if (version.equals("4")) {
            talk.hear("OK", "OK");
        }
        talk.hear("OK", "OK");
    }

    @ParameterizedTest
    @CsvSource({
        "last, 3, DATA 000000",
        "now, 3, DATA",
        "earliest, 3, DATA 000000",
        "last, 4, DATA 16777216",
        "now, 4, DATA"
    })
    void aReconnectGoesOnBehindTheLastRecord(String resume, String version, String command)
            throws ProtocolException, IOException {
        var talk = talk(cola().option("resume", resume).option("version", version));
        ready(talk, version);
        var record = records(1).getFirst();
        talk.hear(
                version.equals("3")
                        ? Packets.version3(0xffffff, record)
                        : Packets.version4('2', 0xffffff, "IU_COLA", record));
        assertThat(talk.slot.payloads).containsExactly(record);
        talk.again();
        ready(talk, version);
        assertThat(talk.said()).endsWith("|" + command + "|END|");
    }

    @ParameterizedTest
    @CsvSource({"earliest, DATA 42", "2026-11-24T01:02:03Z, DATA 42", "now, DATA"})
    void aPolicyHoldsOnlyWhileNoPositionIsKept(String resume, String command) throws ProtocolException {
        var talk = new Talk(cola().option("resume", resume), 41);
        ready(talk, "4");
        assertThat(talk.said()).endsWith("|" + command + "|END|");
    }

    @Test
    void aNewActivationGoesOnBehindTheLastAcceptedRecord() throws ProtocolException {
        var three = new Talk(cola().option("version", "3"), LAST_3);
        ready(three, "3");
        assertThat(three.said()).endsWith("|DATA 000000|END|");
        var four = new Talk(cola(), 41);
        ready(four, "4");
        assertThat(four.said()).endsWith("|DATA 42|END|");
    }

    @Test
    void aPositionOfTheOtherVersionIsNotAskedFor() throws ProtocolException {
        var talk = new Talk(cola(), LAST_3);
        ready(talk, "4");
        assertThat(talk.said()).endsWith("|DATA|END|");
    }

    @Test
    void itsTimeIsAskedForInItsPlace() throws ProtocolException {
        var four = new Talk(cola(), LAST_3, NOW + 1);
        ready(four, "4");
        assertThat(four.said()).endsWith("|DATA ALL 2026-11-24T01:01:03Z|END|");
        var three = new Talk(cola().option("version", "3").option("resume", "earliest"), 41, NOW);
        ready(three, "3");
        assertThat(three.said()).endsWith("|TIME 2026,11,24,01,01,03|END|");
    }

    @Test
    void aServerThatChangesItsVersionIsAskedByTheTimeOfTheLastRecord() throws ProtocolException, IOException {
        var talk = new Talk(cola(), 41, StationRecord.UNKNOWN);
        ready(talk, "4");
        var record = records(1).getFirst();
        talk.hear(Packets.version4('2', 42, "IU_COLA", record));
        talk.again();
        talk.hear("SeedLink v3.1", "Here", "OK", "OK");
        var header = new MiniSeedHeader();
        header.read(ByteBuffer.wrap(record), 0);
        var since = Instant.ofEpochSecond(header.endNanos() / 1_000_000_000 - 60);
        var said = talk.said();
        assertThat(said).contains("|TIME ").endsWith("|END|");
        var words = said.substring(said.indexOf("TIME ") + 5, said.length() - "|END|".length());
        assertThat(LocalDateTime.parse(words, DateTimeFormatter.ofPattern("u,M,d,H,m,s"))
                        .toInstant(ZoneOffset.UTC))
                .isEqualTo(since);
    }

    @Test
    void refusalsEndTheConnectionByName() throws ProtocolException {
        var unknown = talk(cola());
        unknown.hear("SeedLink v3.1", "Here");
        assertRefused(unknown, "ERROR", "STATION COLA IU");
        var login = talk(cola().user("ann").password(new Secret("s3cret")));
        login.hear("SeedLink v4.0 :: SLPROTO:4.0", "Here", "OK", "OK");
        assertThatThrownBy(() -> login.hear("ERROR UNAUTHORIZED no"))
                .isInstanceOfSatisfying(
                        ProtocolException.class, e -> assertThat(e.reason()).isEqualTo(EndReason.REFUSED))
                .hasMessageContaining("UNAUTHORIZED")
                .hasMessageNotContaining("s3cret");
        var old = talk(cola().option("version", "4"));
        old.hear("SeedLink v3.1");
        assertRefused(old, "Here", "no SeedLink 4");
        var open = talk(cola().user("ann").password(new Secret("s3cret")));
        open.hear("SeedLink v3.1");
        assertRefused(open, "Here", "no login");
    }

    private static void assertRefused(Talk talk, String line, String words) {
        assertThatThrownBy(() -> talk.hear(line))
                .isInstanceOfSatisfying(
                        ProtocolException.class, e -> assertThat(e.reason()).isEqualTo(EndReason.REFUSED))
                .hasMessageContaining(words);
    }

    // ---- packets

    @Test
    void aRecordCarriesTheTimeOfItsLastSampleAndItsSequenceNumber() throws ProtocolException, IOException {
        var talk = talk(cola().option("version", "3"));
        ready(talk, "3");
        var record = records(1).getFirst();
        talk.hear(Packets.version3(0x0012ab, record));
        var header = new MiniSeedHeader();
        header.read(ByteBuffer.wrap(record), 0);
        assertThat(talk.slot.events).containsExactly(header.endNanos());
        assertThat(talk.slot.positions).containsExactly(1L << 62 | 0x0012ab);
    }

    @Test
    void recordsOfAnotherStationAreCountedAndDropped() throws ProtocolException, IOException {
        var talk = talk(cola().option("version", "3"));
        ready(talk, "3");
        talk.hear(Packets.version3(
                1, Packets.records("mseed2/BW.BGLD.gaps.mseed", 1).getFirst()));
        talk.hear(Packets.version3(2, records(1).getFirst()));
        assertThat(talk.slot.payloads).hasSize(1);
        assertThat(talk.slot.odd).containsExactly(Map.entry(Slot.Oddity.FOREIGN, 1));
    }

    @Test
    void gapsAndOverlapsAreCountedByChannel() throws ProtocolException, IOException {
        var builder = Source.builder("BGLD", "seedlink", "127.0.0.1", 18000)
                .option("network", "BW")
                .option("station", "BGLD")
                .option("version", "3");
        var talk = talk(builder);
        ready(talk, "3");
        var records = Packets.records("mseed2/BW.BGLD.gaps.mseed", 200);
        for (int i = 0; i < records.size(); i++) {
            talk.hear(Packets.version3(0xfffff0 + i & 0xffffff, records.get(i)));
        }
        assertThat(talk.slot.payloads).hasSize(128);
        assertThat(talk.slot.odd).containsExactly(Map.entry(Slot.Oddity.GAP, 3));
        talk.hear(Packets.version3(5, records.get(7)));
        assertThat(talk.slot.odd).containsEntry(Slot.Oddity.OVERLAP, 1);
        assertThat(talk.slot.payloads).hasSize(129);
    }

    @Test
    void aGapOverARestartIsSeen() throws ProtocolException, IOException {
        var records = records(4);
        var header = new MiniSeedHeader();
        header.read(ByteBuffer.wrap(records.getFirst()), 0);
        long start = header.startNanos();
        long period = (long) header.periodNanos();
        assertThat(oddOfFirst(records.getFirst(), start - period)).isEmpty();
        assertThat(oddOfFirst(records.getFirst(), start + 50 * period))
                .as("may come again")
                .isEmpty();
        assertThat(oddOfFirst(records.getFirst(), start - 10 * period)).containsExactly(Map.entry(Slot.Oddity.GAP, 1));
    }

    /** What is odd about the first record of an activation, when the one before ended at that time. */
    private static Map<Slot.Oddity, Integer> oddOfFirst(byte[] record, long lastEventNanos) throws ProtocolException {
        var talk = new Talk(cola(), 41, lastEventNanos);
        ready(talk, "4");
        talk.hear(Packets.version4('2', 42, "IU_COLA", record));
        return talk.slot.odd;
    }

    /** Years stand big-endian at byte 20 of this recording's records. */
    private static byte[] ofYear(byte[] record, int year) {
        var copy = record.clone();
        ByteBuffer.wrap(copy).putShort(20, (short) year);
        return copy;
    }

    @Test
    void aClockAYearOffSpoilsNothingBehindIt() throws ProtocolException, IOException {
        var talk = talk(cola().option("version", "3"));
        ready(talk, "3");
        var records = records(200);
        for (int i = 0; i < records.size(); i++) {
            talk.hear(Packets.version3(i, i == 10 ? ofYear(records.get(i), 2027) : records.get(i)));
        }
        assertThat(talk.slot.payloads).hasSize(107);
        assertThat(talk.slot.odd).containsExactly(Map.entry(Slot.Oddity.GAP, 1)); // the one that it left
    }

    @Test
    void threeChannelsInTurnHaveNoGaps() throws ProtocolException, IOException {
        var talk = talk(cola().option("version", "3"));
        ready(talk, "3");
        var records = records(200);
        for (int i = 0; i < records.size(); i++) {
            talk.hear(Packets.version3(i, records.get(i)));
        }
        assertThat(talk.slot.payloads).hasSize(107);
        assertThat(talk.slot.odd).isEmpty();
    }

    @Test
    void aSequenceThatGoesBackIsCountedAndTheRecordKept() throws ProtocolException, IOException {
        var talk = talk(cola());
        ready(talk, "4");
        var log = Packets.records(SIGNAL_2, 2);
        talk.hear(Packets.version4('2', 10, "IU_COLA", log.get(0)));
        talk.hear(Packets.version4('2', 9, "IU_COLA", log.get(1)));
        assertThat(talk.slot.odd).containsExactly(Map.entry(Slot.Oddity.OVERLAP, 1));
        assertThat(talk.slot.payloads).hasSize(2);
    }

    @Test
    void garbageBetweenPacketsCostsNoRecord() throws ProtocolException, IOException {
        for (var version : List.of("3", "4")) {
            var talk = talk(cola().option("version", version));
            ready(talk, version);
            var record = records(1).getFirst();
            var packet =
                    version.equals("3") ? Packets.version3(7, record) : Packets.version4('2', 7, "IU_COLA", record);
            talk.hear(Packets.joined(
                    packet, "SL00 no SE such SLINFO thing".getBytes(US_ASCII), packet, new byte[100], packet));
            assertThat(talk.slot.payloads).hasSize(3);
            assertThat(talk.slot.corruptBytes).isEqualTo(128);
        }
    }

    @Test
    void aDamagedPayloadOfVersion4IsSkippedAsAWhole() throws ProtocolException, IOException {
        var talk = talk(cola());
        ready(talk, "4");
        var good = Packets.records("mseed3/testdata-3channel-signal.mseed3", 1).getFirst();
        var bad = good.clone();
        bad[bad.length - 1] ^= 1;
        talk.hear(Packets.joined(
                Packets.version4('3', 1, "IU_COLA", bad),
                Packets.version4('3', 2, "IU_COLA", good),
                Packets.version4('J', 0, "", "{}".getBytes(US_ASCII)),
                Packets.version4('Q', 3, "IU_COLA", new byte[10])));
        assertThat(talk.slot.payloads).containsExactly(good);
        assertThat(talk.slot.corruptions.getFirst()).contains("wrong CRC");
        assertThat(talk.slot.corruptBytes).isEqualTo(17 + 7 + bad.length + 10);
    }

    @Test
    void aLengthThatLiesIsSkipped() throws ProtocolException, IOException {
        var talk = talk(cola());
        ready(talk, "4");
        var record = records(1).getFirst();
        var liar = Packets.version4('2', 1, "IU_COLA", new byte[0]);
        ByteBuffer.wrap(liar).putInt(4, -1);
        talk.hear(Packets.joined(liar, Packets.version4('2', 2, "IU_COLA", record)));
        assertThat(talk.slot.payloads).containsExactly(record);
        assertThat(talk.slot.corruptions.getFirst()).contains("over the limit");
    }

    // ---- time

    @Test
    void aServerThatIsQuietIsAskedWhoItIs() throws ProtocolException, IOException {
        var talk = talk(cola().option("version", "3"));
        ready(talk, "3");
        long second = 1_000_000_000L;
        for (int i = 1; i <= 29; i++) {
            talk.session.onTick(i * second);
        }
        assertThat(talk.said()).doesNotContain("INFO");
        talk.hear(Packets.version3(1, records(1).getFirst()));
        for (int i = 30; i <= 61; i++) {
            talk.session.onTick(i * second);
        }
        assertThat(talk.said()).endsWith("|END|INFO ID|");
        talk.hear(Packets.joined("SLINFO  ".getBytes(US_ASCII), records(1).getFirst()));
        assertThat(talk.slot.payloads).hasSize(1);
        assertThat(talk.slot.corruptBytes).isZero();
    }

    @Test
    void aServerThatDoesNotAnswerIsGivenUp() throws ProtocolException {
        var talk = talk(cola());
        long second = 1_000_000_000L;
        for (int i = 1; i <= 29; i++) {
            talk.session.onTick(i * second);
        }
        talk.session.onTick(10_000 * second); // a tick that came late judges nobody
        talk.hear("SeedLink v3.1");
        for (int i = 10_001; i < 10_030; i++) {
            talk.session.onTick(i * second);
        }
        assertThatThrownBy(() -> talk.session.onTick(10_030 * second))
                .isInstanceOfSatisfying(
                        ProtocolException.class, e -> assertThat(e.reason()).isEqualTo(EndReason.CORRUPT))
                .hasMessageContaining("no answer to HELLO within 30 s");
    }

    // ---- keys

    @ParameterizedTest
    @CsvSource({
        "network, iu, network",
        "station, 'A B', station",
        "station, '', station",
        "selectors, 'B HZ', selectors",
        "selectors, 'BHZ,', selectors",
        "resume, yesterday, resume",
        "version, 5, version",
        "connection, ' ', connection",
    })
    void keysAreChecked(String key, String value, String field) {
        var source = cola().option(key, value).build();
        assertThatThrownBy(() -> new SeedLink().validate(source))
                .isInstanceOfSatisfying(
                        InvalidSourceException.class, e -> assertThat(e.field()).isEqualTo(field));
    }

    @Test
    void keysGoTogether() {
        var alone = Source.builder("A", "seedlink", "127.0.0.1", 1)
                .option("network", "IU")
                .build();
        assertThatThrownBy(() -> new SeedLink().validate(alone)).hasMessageContaining("go together");
        var login = cola().user("ann").build();
        assertThatThrownBy(() -> new SeedLink().validate(login)).hasMessageContaining("go together");
        var injected = cola().user("ann").password(new Secret("x\r\nEND")).build();
        assertThatThrownBy(() -> new SeedLink().validate(injected)).hasMessageContaining("without blanks");
    }
}
