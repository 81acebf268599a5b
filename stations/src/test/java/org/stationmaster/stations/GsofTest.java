package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Task;
import org.stationmaster.testkit.RecordingConnection;
import org.stationmaster.testkit.RecordingSlot;
import org.stationmaster.testkit.SyntheticStream;

/** Pages of GSOF: decoder, times, records. There is no recording: the bytes are made from the published format. */
@Timeout(60)
class GsofTest {
    private static final long NOON = Instant.parse("2026-11-24T12:00:00Z").getEpochSecond() * 1_000_000_000L;
    private static final int WEEK = 2446; // of NOON
    private static final int MILLIS = (2 * 86_400 + 43_200 + 18) * 1000;

    private static byte[] packet(int type, byte[] data) {
        var packet = ByteBuffer.allocate(6 + data.length)
                .put((byte) 2)
                .put((byte) 8)
                .put((byte) type)
                .put((byte) data.length)
                .put(data);
        int sum = 0;
        for (int i = 1; i < packet.position(); i++) {
            sum += packet.get(i);
        }
        return packet.put((byte) sum).put((byte) 3).array();
    }

    static byte[] page(int transmission, int index, int last, byte[] records) {
        return packet(
                0x40,
                ByteBuffer.allocate(3 + records.length)
                        .put((byte) transmission)
                        .put((byte) index)
                        .put((byte) last)
                        .put(records)
                        .array());
    }

    private static byte[] record(int type, byte[] data) {
        return ByteBuffer.allocate(2 + data.length)
                .put((byte) type)
                .put((byte) data.length)
                .put(data)
                .array();
    }

    static byte[] time(int week, int millis) {
        return record(
                1,
                ByteBuffer.allocate(10)
                        .putInt(millis)
                        .putShort((short) week)
                        .put(new byte[] {12, 3, 4, 5})
                        .array());
    }

    private static byte[] doubles(int type, double... values) {
        var data = ByteBuffer.allocate(values.length * 8);
        for (double value : values) {
            data.putDouble(value);
        }
        return record(type, data.array());
    }

    private static byte[] floats(int type, byte[] before, byte[] after, float... values) {
        var data = ByteBuffer.allocate(before.length + values.length * 4 + after.length)
                .put(before);
        for (float value : values) {
            data.putFloat(value);
        }
        return record(type, data.put(after).array());
    }

    private static byte[] join(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (var part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** Records cut into pages of so many bytes. */
    private static List<byte[]> pages(byte[] records, int bytes) {
        var pages = new ArrayList<byte[]>();
        int count = Math.ceilDiv(records.length, bytes);
        for (int i = 0; i < count; i++) {
            pages.add(page(
                    7,
                    i,
                    count - 1,
                    java.util.Arrays.copyOfRange(records, i * bytes, Math.min(records.length, (i + 1) * bytes))));
        }
        return pages;
    }

    private static byte[] all() {
        return join(
                record(37, new byte[] {1, 2, 3}),
                time(WEEK, MILLIS),
                doubles(2, 0.5, -1.5, 100.25),
                doubles(3, 1, 2, 3),
                doubles(6, 4, 5, 6),
                floats(8, new byte[] {1}, new byte[4], 1.5f, 0.25f, -0.5f),
                floats(9, new byte[0], new byte[0], 1, 2, 3, 4),
                floats(12, new byte[0], new byte[] {0, 9}, 1, 2, 3, 4, 5, 6, 7, 8, 9),
                record(2, new byte[] {1}));
    }

    private static void assertAll(List<GsofRecord> records) {
        assertThat(records).hasSize(9);
        assertThat(records.get(0))
                .isInstanceOfSatisfying(
                        GsofRecord.Other.class,
                        other -> assertThat(other.type()).isEqualTo(37));
        assertThat(records.subList(1, 8))
                .containsExactly(
                        new GsofRecord.PositionTime(MILLIS, WEEK, 12, 3, 4, 5),
                        new GsofRecord.LatitudeLongitudeHeight(0.5, -1.5, 100.25),
                        new GsofRecord.EcefPosition(1, 2, 3),
                        new GsofRecord.EcefDelta(4, 5, 6),
                        new GsofRecord.Velocity(1, 1.5f, 0.25f, -0.5f),
                        new GsofRecord.DilutionOfPrecision(1, 2, 3, 4),
                        new GsofRecord.Sigma(1, 2, 3, 4, 5, 6, 7, 8, 9, 9));
        assertThat(records.get(8)).as("too short for its type").isInstanceOf(GsofRecord.Other.class);
    }

    @Test
    void recordsAcrossPagesOfAnySize() {
        for (int bytes = 1; bytes <= 247; bytes++) {
            var transmission = new GsofTransmission();
            var time = new GsofTime(new GnssTime(18), () -> {});
            var pages = pages(all(), bytes);
            for (int i = 0; i < pages.size(); i++) {
                var records = transmission.add(ByteBuffer.wrap(pages.get(i)));
                long nanos = time.nanos(ByteBuffer.wrap(pages.get(i)), 0);
                // five bytes of another record, then type, length, milliseconds and week
                assertThat(nanos).isEqualTo((i + 1) * bytes >= 5 + 8 ? NOON : StationRecord.UNKNOWN);
                if (i == pages.size() - 1) {
                    assertAll(records);
                } else {
                    assertThat(records).isEmpty();
                }
            }
        }
    }

    @Test
    void aTransmissionWithoutOneOfItsPagesIsNone() {
        var pages = pages(all(), 50);
        for (int missing = 0; missing < pages.size(); missing++) {
            var transmission = new GsofTransmission();
            var gaps = new AtomicInteger();
            var time = new GsofTime(new GnssTime(18), gaps::incrementAndGet);
            for (int i = 0; i < pages.size(); i++) {
                if (i != missing) {
                    assertThat(transmission.add(ByteBuffer.wrap(pages.get(i)))).isEmpty();
                    long nanos = time.nanos(ByteBuffer.wrap(pages.get(i)), 0);
                    assertThat(nanos).isEqualTo(i < missing ? NOON : StationRecord.UNKNOWN);
                }
            }
            time.nanos(ByteBuffer.wrap(page(2, 0, 0, time(WEEK, MILLIS))), 0);
            assertThat(gaps).as("page %d is missing", missing).hasValue(missing == 0 ? 0 : 1);
            for (int i = 0; i < pages.size() - 1; i++) {
                assertThat(transmission.add(ByteBuffer.wrap(pages.get(i)))).isEmpty();
            }
            assertAll(transmission.add(ByteBuffer.wrap(pages.getLast())));
        }
        var mixed = new GsofTransmission();
        mixed.add(ByteBuffer.wrap(page(1, 0, 1, new byte[] {1, 2})));
        assertThat(mixed.add(ByteBuffer.wrap(page(2, 1, 1, new byte[] {3, 4})))).isEmpty();
    }

    @Test
    void timesThatAreNone() {
        var time = new GsofTime(new GnssTime(18), () -> {});
        for (var records : List.of(
                time(0, MILLIS),
                time(WEEK, -1),
                time(WEEK, 604_800_000),
                record(1, new byte[4]),
                new byte[0],
                new byte[] {1})) {
            assertThat(time.nanos(ByteBuffer.wrap(page(1, 0, 0, records)), 0)).isEqualTo(StationRecord.UNKNOWN);
        }
        assertThat(time.nanos(ByteBuffer.wrap(page(1, 0, 0, time(WEEK, MILLIS))), 0))
                .isEqualTo(NOON);
    }

    @Test
    void theSimulatorsPagesInAnyPieces() {
        var recorded = RecordedFrames.of(() -> new GsofDecoder(0), SyntheticStream.of("gsof", 200, 300));
        assertThat(recorded.frames()).hasSize(300);
        assertThat(recorded.corruptBytes()).isZero();
        assertThat(recorded.tornBytes()).isZero();
        recorded.assertEverySplit();
        recorded.assertByteByByte();
        recorded.assertRandomPieces();
        recorded.assertNothingIsAllocated(new GsofTime(new GnssTime(18), () -> {}));
        var transmission = new GsofTransmission();
        var last = new ArrayList<GsofRecord>();
        for (var frame : recorded.frames()) {
            last.addAll(transmission.add(ByteBuffer.wrap(frame.getBytes(StandardCharsets.ISO_8859_1))));
        }
        assertThat(last).hasSize(300 / 6 * 24);
        assertThat(last.subList(0, 24))
                .filteredOn(GsofRecord.PositionTime.class::isInstance)
                .hasSize(6);
        assertThat(last.subList(0, 24))
                .contains(
                        new GsofRecord.LatitudeLongitudeHeight(-0.003752, -1.370083, 2800.5),
                        new GsofRecord.EcefPosition(1271000.25, -6252000.5, -23770.75),
                        new GsofRecord.EcefDelta(1.5, -2.25, 0.125),
                        new GsofRecord.Velocity(1, 0.25f, 1.5f, -0.125f),
                        new GsofRecord.DilutionOfPrecision(1.5f, 0.75f, 1.25f, 1),
                        new GsofRecord.Sigma(0.01f, 0.01f, 0.01f, 0.01f, 0.01f, 0.01f, 0.01f, 0.01f, 0.01f, 10));
    }

    @Test
    void pagesBeforeTheFirstThatIsHeardAreNotMissed() {
        var gaps = new AtomicInteger();
        var time = new GsofTime(new GnssTime(18), gaps::incrementAndGet);
        time.nanos(ByteBuffer.wrap(page(1, 3, 4, new byte[0])), 0);
        time.nanos(ByteBuffer.wrap(page(1, 4, 4, new byte[0])), 0);
        time.nanos(ByteBuffer.wrap(page(2, 0, 0, new byte[0])), 0);
        time.nanos(ByteBuffer.wrap(page(9, 0, 0, new byte[0])), 0);
        assertThat(gaps).hasValue(0);
        time.nanos(ByteBuffer.wrap(page(10, 1, 2, new byte[0])), 0);
        time.nanos(ByteBuffer.wrap(page(10, 2, 2, new byte[0])), 0);
        assertThat(gaps).as("once for its transmission").hasValue(1);
    }

    @Test
    void aMissingPageIsCountedAndTold() throws Exception {
        var slot = new RecordingSlot(Source.of("QSCO", "gsof", "127.0.0.1", 7001));
        if (!(new Gsof().taskFor(slot.source()) instanceof Task.Events events)) {
            throw new AssertionError("no events");
        }
        var session = events.open(slot, new RecordingConnection());
        session.onBytes(ByteBuffer.wrap(page(1, 0, 2, new byte[0])));
        session.onBytes(ByteBuffer.wrap(page(1, 2, 2, new byte[0])));
        assertThat(slot.oddities()).containsExactly(Slot.Oddity.GAP);
        assertThat(slot.payloads()).hasSize(2);
    }

    @Test
    void otherPacketsAndDamagedOnesAreSkipped() {
        var good = page(1, 0, 0, time(WEEK, MILLIS));
        var wrongSum = good.clone();
        wrongSum[8] ^= 1;
        var noEnd = good.clone();
        noEnd[noEnd.length - 1] = 4;
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Sample(byte[] bytes, String reason) {}
        for (var sample : List.of(
                new Sample(packet(0x57, good), "no GSOF"),
                new Sample(packet(0x40, new byte[2]), "page number"),
                new Sample(wrongSum, "checksum"),
                new Sample(noEnd, "no GSOF page"),
                new Sample(new byte[] {2, 8, 0x40}, "no GSOF page"))) {
            var decoding = new Decoding(new GsofDecoder(0));
            decoding.feed(join(sample.bytes, good, good));
            assertThat(decoding.frames).hasSize(2);
            assertThat(decoding.corrupt).containsExactly((long) sample.bytes.length);
            assertThat(decoding.decoder().corruption()).contains(sample.reason);
        }
        var decoding = new Decoding(new GsofDecoder(good.length - 1));
        decoding.feed(good);
        decoding.feed(page(1, 0, 0, new byte[] {9, 0}));
        assertThat(decoding.frames).hasSize(1);
        assertThat(decoding.decoder().corruption()).contains("limit");
    }

    @Test
    void whatIsNoPageIsRefused() {
        for (var bytes : new byte[][] {{}, {2}, packet(0x57, new byte[5]), packet(0x40, new byte[1])}) {
            assertThatThrownBy(() -> new GsofTransmission().add(ByteBuffer.wrap(bytes)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void garbageNeitherSpinsNorGrowsAndEveryByteIsAccountedFor() {
        var page = page(1, 0, 0, time(WEEK, MILLIS));
        for (int seed = 0; seed < 2_000; seed++) {
            var random = new SplittableRandom(seed);
            var bytes = new byte[random.nextInt(3_000)];
            random.nextBytes(bytes);
            for (int i = 0; i + page.length < bytes.length; i += random.nextInt(1, 400)) {
                if (random.nextBoolean()) {
                    System.arraycopy(page, 0, bytes, i, page.length);
                } else {
                    bytes[i] = 2;
                    bytes[i + 2] = 0x40;
                }
            }
            var decoding = new Decoding(new GsofDecoder(0));
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + random.nextInt(1, 300));
                decoding.feed(bytes, from, to);
                from = to;
            }
            assertThat(decoding.mostLeft).isLessThan(GsofDecoder.MAX_FRAME_BYTES);
            long framed = decoding.frames.stream().mapToLong(String::length).sum();
            long corrupt = decoding.corrupt.stream().mapToLong(Long::longValue).sum();
            assertThat(framed + corrupt + decoding.decoder().untoldBytes() + decoding.left())
                    .isEqualTo(bytes.length);
        }
    }
}
