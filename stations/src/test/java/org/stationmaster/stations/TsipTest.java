package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.StationRecord;

/** Packets of TSIP: decoder, times, accessors. */
@Timeout(60)
class TsipTest {
    private static final String VERSION_1 = "tsip/trimble-res720-dr.log";
    private static final String VERSION_0 = "tsip/trimble-smtx-dr.log";
    private static final GnssTime TIME = new GnssTime(18);

    private static RecordedFrames recorded(String name) throws Exception {
        return RecordedFrames.of(() -> new TsipDecoder(0), Recordings.read(name));
    }

    private static Decoding decoding() {
        return new Decoding(new TsipDecoder(0));
    }

    /** A packet of bytes from the id on, in hexadecimal. */
    static byte[] packet(String hex) {
        return packet(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static byte[] packet(byte[] content) {
        var out = new ByteArrayOutputStream();
        out.write(0x10);
        for (byte b : content) {
            out.write(b);
            if (b == 0x10) {
                out.write(b);
            }
        }
        out.write(0x10);
        out.write(0x03);
        return out.toByteArray();
    }

    /** A packet of version 1: length and checksum are added. */
    static byte[] version1(int id, int subId, String hex) {
        var data = HexFormat.of().parseHex(hex.replace(" ", ""));
        var content = ByteBuffer.allocate(5 + data.length)
                .put((byte) id)
                .put((byte) subId)
                .putShort((short) (data.length + 1))
                .put(data);
        byte sum = 0;
        for (byte b : content.array()) {
            sum ^= b;
        }
        return packet(content.put(sum).array());
    }

    private static long nanos(byte[] packet) {
        return new TsipTime(TIME).nanos(ByteBuffer.wrap(packet), 0);
    }

    private static long at(String instant) {
        return Instant.parse(instant).getEpochSecond() * 1_000_000_000L;
    }

    private static Map<String, Integer> ids(RecordedFrames recorded) {
        var ids = new TreeMap<String, Integer>();
        for (var frame : recorded.frames()) {
            var packet = TsipPacket.of(ByteBuffer.wrap(frame.getBytes(StandardCharsets.ISO_8859_1)));
            ids.merge(String.format("%02X", packet.id()), 1, Integer::sum);
        }
        return ids;
    }

    @Test
    void everyPacketOfTheRecordingsIsFoundAndNoneMore() throws Exception {
        assertThat(ids(recorded(VERSION_1)))
                .isEqualTo(Map.of("90", 2, "91", 5, "93", 1, "A1", 70, "A2", 964, "A3", 72));
        assertThat(ids(recorded(VERSION_0))).isEqualTo(Map.of("46", 6, "4B", 6, "5C", 66, "6D", 38, "8F", 76));
    }

    @ParameterizedTest
    @ValueSource(strings = {VERSION_0, VERSION_1})
    void inAnyPieces(String name) throws Exception {
        var recorded = recorded(name);
        recorded.assertEverySplit();
        recorded.assertByteByByte();
        recorded.assertRandomPieces();
        recorded.assertNothingIsAllocated(new TsipTime(TIME));
    }

    /** Once a second, one second behind the other. */
    @ParameterizedTest
    @ValueSource(strings = {VERSION_0, VERSION_1})
    void theRecordingsTimes(String name) throws Exception {
        var time = new TsipTime(TIME);
        var times = recorded(name).frames().stream()
                .map(frame -> time.nanos(ByteBuffer.wrap(frame.getBytes(StandardCharsets.ISO_8859_1)), 0))
                .filter(nanos -> nanos != StationRecord.UNKNOWN)
                .toList();
        assertThat(times).hasSizeGreaterThan(30).isSorted();
        assertThat(times.getFirst()).isBetween(at("2024-02-18T00:00:00Z"), at("2024-02-25T00:00:00Z"));
        assertThat(times.getLast()).isBetween(at("2024-02-18T00:00:00Z"), at("2024-02-25T00:00:00Z"));
    }

    @Test
    void stuffedBytes() {
        var bytes = packet("8f 10 10 03 10 11 10");
        var decoding = decoding();
        decoding.feed(bytes);
        assertThat(decoding.frames).hasSize(1);
        var packet = TsipPacket.of(ByteBuffer.wrap(bytes));
        assertThat(packet.id()).isEqualTo(0x8F);
        assertThat(packet.subId()).hasValue(0x10);
        var data = new byte[packet.data().remaining()];
        packet.data().get(data);
        assertThat(data).isEqualTo(new byte[] {0x10, 0x03, 0x10, 0x11, 0x10});
    }

    @Test
    void aVersion1PacketWhoseLengthOrChecksumIsWrongIsNone() {
        var good = version1(0xA2, 0, "02 01 02 03");
        var wrongSum = good.clone();
        wrongSum[wrongSum.length - 4] ^= 1;
        var wrongLength = packet("a2 00 00 06 02 01 02 03 a4");
        for (var wrong : new byte[][] {
            wrongSum, wrongLength, packet("a2"), packet("a2 00 00"), packet("a0 a0 00 00") // no room for a checksum
        }) {
            var decoding = decoding();
            decoding.feed(wrong);
            decoding.feed(good);
            assertThat(decoding.frames).hasSize(1);
            assertThat(decoding.corrupt).containsExactly((long) wrong.length);
            assertThat(decoding.decoder().corruption()).contains("checksum");
        }
        var packet = TsipPacket.of(ByteBuffer.wrap(good));
        assertThat(packet.subId()).hasValue(0);
        assertThat(packet.data())
                .isEqualTo(ByteBuffer.wrap(new byte[] {2, 1, 2, 3}).asReadOnlyBuffer());
    }

    @Test
    void whatIsNoPacket() {
        var good = packet("41 00");
        for (var hex : new String[] {"1010", "1003", "104100100510", "23", "00ff00"}) {
            var none = HexFormat.of().parseHex(hex);
            var decoding = decoding();
            decoding.feed(none);
            decoding.feed(good);
            assertThat(decoding.frames).as(hex).hasSize(1);
            assertThatThrownBy(() -> TsipPacket.of(ByteBuffer.wrap(none))).isInstanceOf(IllegalArgumentException.class);
        }
        var endless = new byte[TsipDecoder.MAX_BYTES + 5_000];
        endless[0] = 0x10;
        var decoding = decoding();
        decoding.feed(endless);
        decoding.feed(good);
        assertThat(decoding.frames).hasSize(1);
        assertThat(decoding.mostLeft).isLessThan(TsipDecoder.DEFAULT_LIMIT_BYTES);
    }

    @Test
    void primaryTiming() {
        // 80586 s of week 2302: as the recording begins
        assertThat(nanos(packet("8fab 00013aca 08fe 0012 00 06 17 16 12 02 07e8")))
                .isEqualTo(at("2024-02-18T22:22:48Z"));
        assertThat(nanos(packet("8fab 00013aca 08fe 0012 01 06 17 16 12 02 07e8")))
                .as("UTC")
                .isEqualTo(at("2024-02-18T22:23:06Z"));
        assertThat(nanos(packet("8fab 00013aca 08fe 0000 08 06 17 16 12 02 07e8")))
                .as("it has no offset: ours")
                .isEqualTo(at("2024-02-18T22:22:48Z"));
        assertThat(nanos(packet("8fab 00013aca 08fe 0012 04 06 17 16 12 02 07e8")))
                .as("not set")
                .isEqualTo(StationRecord.UNKNOWN);
        assertThat(nanos(packet("8fab 00013aca 08fe 0012 10 06 17 16 12 02 07e8")))
                .as("from the user")
                .isEqualTo(StationRecord.UNKNOWN);
        assertThat(nanos(packet("8fab 00013aca 08fe 0012 00 06 17 16 12 0d 07e8")))
                .as("no date")
                .isEqualTo(StationRecord.UNKNOWN);
        assertThat(nanos(packet("8fab 00013aca"))).as("cut").isEqualTo(StationRecord.UNKNOWN);
        assertThat(nanos(packet("8fac 00013aca 08fe 0012 00 06 17 16 12 02 07e8")))
                .isEqualTo(StationRecord.UNKNOWN);
    }

    @Test
    void gpsTime() {
        // 80586.5 s as a float
        var half = HexFormat.of().toHexDigits(Float.floatToIntBits(80_586.5f));
        assertThat(nanos(packet("41" + half + "08fe" + "41900000")))
                .isEqualTo(at("2024-02-18T22:22:48Z") + 500_000_000);
        assertThat(nanos(packet("41" + "bf800000" + "08fe" + "41900000")))
                .as("-1")
                .isEqualTo(StationRecord.UNKNOWN);
        assertThat(nanos(packet("41" + "7fc00000" + "08fe" + "41900000")))
                .as("NaN")
                .isEqualTo(StationRecord.UNKNOWN);
        assertThat(nanos(packet("41" + half + "08fe" + "00000000")))
                .as("no almanac")
                .isEqualTo(StationRecord.UNKNOWN);
    }

    @Test
    void timingInformation() {
        var head = "02 0008066e 08fe 02 05 22 02 18 07e8 ";
        var tail = " 00 %02x 0012 3f72df38 bfc93143 c2015f77";
        long gps = at("2024-02-24T02:05:16Z");
        assertThat(nanos(version1(0xA1, 0, head + "00" + String.format(tail, 3))))
                .isEqualTo(gps);
        assertThat(nanos(version1(0xA1, 0, head + "03" + String.format(tail, 3))))
                .as("Galileo")
                .isEqualTo(gps);
        assertThat(nanos(version1(0xA1, 0, head + "02" + String.format(tail, 2))))
                .as("BeiDou, no offset")
                .isEqualTo(gps + 14_000_000_000L);
        assertThat(nanos(version1(0xA1, 0, head + "04" + String.format(tail, 3))))
                .as("UTC")
                .isEqualTo(gps + 18_000_000_000L);
        assertThat(nanos(version1(0xA1, 0, head + "01" + String.format(tail, 3))))
                .as("GLONASS")
                .isEqualTo(StationRecord.UNKNOWN);
        assertThat(nanos(version1(0xA1, 0, head + "00" + String.format(tail, 1))))
                .as("not valid")
                .isEqualTo(StationRecord.UNKNOWN);
        assertThat(TsipPacket.time(ByteBuffer.wrap(version1(0xA1, 0, head + "04" + String.format(tail, 3)))))
                .contains(Instant.parse("2024-02-24T02:05:34Z"));
    }

    @Test
    void garbageNeitherSpinsNorGrowsAndEveryByteIsAccountedFor() {
        for (int seed = 0; seed < 2_000; seed++) {
            var random = new SplittableRandom(seed);
            var bytes = new byte[random.nextInt(6_000)];
            random.nextBytes(bytes);
            for (int i = 0; i < bytes.length; i += random.nextInt(1, 60)) {
                bytes[i] = (byte) (random.nextBoolean() ? 0x10 : 0x03);
            }
            var decoding = decoding();
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + random.nextInt(1, 700));
                decoding.feed(bytes, from, to);
                from = to;
            }
            assertThat(decoding.mostLeft).isLessThan(TsipDecoder.DEFAULT_LIMIT_BYTES);
            long framed = decoding.frames.stream().mapToLong(String::length).sum();
            long corrupt = decoding.corrupt.stream().mapToLong(Long::longValue).sum();
            assertThat(framed + corrupt + decoding.decoder().untoldBytes() + decoding.left())
                    .isEqualTo(bytes.length);
        }
    }
}
