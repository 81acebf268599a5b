package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.OptionalDouble;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.StationRecord;

@Timeout(20)
class Rtcm3MessageTest {
    private static final Offset<Double> TENTH_OF_A_MILLIMETRE = Offset.offset(0.00005);
    private static final long NOON = Instant.parse("2026-11-24T12:00:00Z").getEpochSecond() * 1_000_000_000L;
    private static final Rtcm3Time TIME = new Rtcm3Time(new GnssTime(18));

    /** A frame around fields given as pairs of value and bits, and zeros behind them. */
    static ByteBuffer frame(int messageBytes, long... fields) {
        var message = new byte[messageBytes];
        var bits = new StringBuilder();
        for (int i = 0; i < fields.length; i += 2) {
            for (long bit = fields[i + 1] - 1; bit >= 0; bit--) {
                bits.append(fields[i] >> bit & 1);
            }
        }
        bits.append("0".repeat(messageBytes * 8 - bits.length()));
        for (int i = 0; i < messageBytes; i++) {
            message[i] = (byte) Integer.parseInt(bits.substring(8 * i, 8 * i + 8), 2);
        }
        return frameAround(message);
    }

    static ByteBuffer frameAround(byte[] message) {
        var frame = ByteBuffer.allocate(3 + message.length + 3)
                .put((byte) 0xD3)
                .putShort((short) message.length)
                .put(message);
        int crc = Crc24q.of(frame, 0, 3 + message.length);
        return frame.put((byte) (crc >> 16)).putShort((short) crc).flip();
    }

    /** The example of message 1005 in the standard. */
    @Test
    void theStandardsOwnExample() {
        var bytes = HexFormat.of().parseHex("d300133ed7d30202980edeef34b4bd62ac0941986f33360b98");
        var message = Rtcm3Message.of(ByteBuffer.wrap(bytes));
        assertThat(message.type()).isEqualTo(1005);
        assertThat(message.stationId()).hasValue(2003);
        var position = message.stationPosition().orElseThrow();
        assertThat(position.xMetres()).isEqualTo(1114104.5999, TENTH_OF_A_MILLIMETRE);
        assertThat(position.yMetres()).isEqualTo(-4850729.7108, TENTH_OF_A_MILLIMETRE);
        assertThat(position.zMetres()).isEqualTo(3975521.4643, TENTH_OF_A_MILLIMETRE);
        assertThat(position.antennaHeightMetres()).isEmpty();
        assertThat(message.epoch(Instant.EPOCH)).isEmpty();
        assertThat(message.equipment()).isEmpty();
    }

    @Test
    void aPositionWithAntennaHeight() {
        var message =
                Rtcm3Message.of(frame(21, 1006, 12, 7, 12, 0, 10, -12345, 38, 0, 2, 5, 38, 0, 2, -1, 38, 15_000, 16));
        var position = message.stationPosition().orElseThrow();
        assertThat(position.stationId()).isEqualTo(7);
        assertThat(position.xMetres()).isEqualTo(-1.2345, TENTH_OF_A_MILLIMETRE);
        assertThat(position.yMetres()).isEqualTo(0.0005, TENTH_OF_A_MILLIMETRE);
        assertThat(position.zMetres()).isEqualTo(-0.0001, TENTH_OF_A_MILLIMETRE);
        assertThat(position.antennaHeightMetres()).isEqualTo(OptionalDouble.of(1.5));
        assertThat(Rtcm3Message.of(frame(20, 1006, 12)).stationPosition())
                .as("cut")
                .isEmpty();
    }

    @Test
    void theRecordingsEquipment() throws Exception {
        var decoding = new Decoding(new Rtcm3Decoder(0));
        decoding.feed(Recordings.read(Rtcm3DecoderTest.RECORDING));
        var equipments = decoding.frames.stream()
                .map(frame -> Rtcm3Message.of(ByteBuffer.wrap(frame.getBytes(StandardCharsets.ISO_8859_1))))
                .flatMap(message -> message.equipment().stream())
                .toList();
        assertThat(equipments).hasSize(28);
        assertThat(equipments).containsOnly(new Rtcm3Message.Equipment(611, "", "", "TRIMBLE NETR9", "", ""));
    }

    @Test
    void equipmentThatIsCutOffIsEmpty() {
        var equipment = Rtcm3Message.of(frame(6, 1033, 12, 3, 12, 9, 8, 'A', 8, 'B', 8))
                .equipment()
                .orElseThrow();
        assertThat(equipment).isEqualTo(new Rtcm3Message.Equipment(3, "AB", "", "", "", ""));
    }

    @Test
    void whatIsNoFrameIsRefused() {
        for (var bytes : new byte[][] {{}, {(byte) 0xD3}, {1, 2, 3, 4, 5, 6}, {(byte) 0xD3, 0, 0, 1, 2, 3}}) {
            assertThatThrownBy(() -> Rtcm3Message.of(ByteBuffer.wrap(bytes)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** 2026-11-24 is a Tuesday: two days and twelve hours into the week, and 18 s. */
    @ParameterizedTest
    @ValueSource(ints = {1001, 1004, 1071, 1077, 1091, 1097, 1101, 1107, 1111, 1117, 1131, 1137})
    void epochsOfGpsTime(int type) {
        long millis = (2 * 86_400 + 43_200 + 18) * 1000L;
        assertThat(TIME.nanos(frame(22, type, 12, 1, 12, millis + 250, 30), NOON))
                .isEqualTo(NOON + 250_000_000);
        assertThat(TIME.nanos(frame(22, type, 12, 1, 12, 604_800_000, 30), NOON))
                .isEqualTo(StationRecord.UNKNOWN);
        var epoch = Rtcm3Message.of(frame(22, type, 12, 1, 12, millis, 30)).epoch(Instant.ofEpochSecond(0, NOON));
        assertThat(epoch).contains(Instant.ofEpochSecond(0, NOON));
    }

    @ParameterizedTest
    @ValueSource(ints = {1121, 1127})
    void epochsOfBeidou(int type) {
        long millis = (2 * 86_400 + 43_200 + 4) * 1000L;
        assertThat(TIME.nanos(frame(22, type, 12, 1, 12, millis, 30), NOON)).isEqualTo(NOON);
    }

    @ParameterizedTest
    @ValueSource(ints = {1009, 1010, 1011, 1012})
    void epochsOfGlonass(int type) {
        long millis = 15 * 3_600_000;
        assertThat(TIME.nanos(frame(22, type, 12, 1, 12, millis, 27), NOON)).isEqualTo(NOON);
        // just after midnight in Moscow: 21:00 UTC of the day before
        assertThat(TIME.nanos(frame(22, type, 12, 1, 12, 1, 27), NOON))
                .isEqualTo(NOON + 9 * 3_600_000_000_000L + 1_000_000);
        assertThat(TIME.nanos(frame(22, type, 12, 1, 12, 86_401_000, 27), NOON)).isEqualTo(StationRecord.UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(ints = {1081, 1087})
    void epochsOfGlonassInMsm(int type) {
        long millis = 15 * 3_600_000;
        assertThat(TIME.nanos(frame(22, type, 12, 1, 12, 2, 3, millis, 27), NOON))
                .isEqualTo(NOON);
        assertThat(TIME.nanos(frame(22, type, 12, 1, 12, 7, 3, millis, 27), NOON))
                .as("day not known")
                .isEqualTo(NOON);
        assertThat(TIME.nanos(frame(22, type, 12, 1, 12, 1, 3, millis, 27), NOON))
                .as("yesterday")
                .isEqualTo(NOON - GnssTime.DAY_NANOS);
    }

    /** The week of the epoch is the one nearest to the receive time, also around its turn. */
    @Test
    void theTurnOfTheWeek() {
        long turn = Instant.parse("2026-11-29T00:00:00Z").getEpochSecond() * 1_000_000_000L - 18_000_000_000L;
        assertThat(TIME.nanos(frame(22, 1077, 12, 1, 12, 604_799_999, 30), turn + 2_000_000_000L))
                .isEqualTo(turn - 1_000_000);
        assertThat(TIME.nanos(frame(22, 1077, 12, 1, 12, 0, 30), turn - 2_000_000_000L))
                .isEqualTo(turn);
    }

    @ParameterizedTest
    @ValueSource(ints = {1005, 1006, 1007, 1008, 1013, 1019, 1020, 1033, 1042, 1070, 1078, 1138, 1230, 4094})
    void othersTellOfNoMoment(int type) {
        assertThat(TIME.nanos(frame(22, type, 12, 1, 12, 1000, 30), NOON)).isEqualTo(StationRecord.UNKNOWN);
        assertThat(TIME.nanos(frame(5, 1077, 12), NOON)).as("cut").isEqualTo(StationRecord.UNKNOWN);
    }

    @Test
    void theLeapSecondsCanBeSet() {
        assertThat(GnssTime.configured()).isEqualTo(new GnssTime(18));
        System.setProperty(GnssTime.PROPERTY, "19");
        try {
            assertThat(GnssTime.configured()).isEqualTo(new GnssTime(19));
            System.setProperty(GnssTime.PROPERTY, "-1");
            assertThatThrownBy(GnssTime::configured).hasMessageContaining(GnssTime.PROPERTY);
        } finally {
            System.clearProperty(GnssTime.PROPERTY);
        }
    }
}
