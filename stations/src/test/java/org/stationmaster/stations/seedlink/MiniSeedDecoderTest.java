package org.stationmaster.stations.seedlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.Decoder.Result;
import org.stationmaster.stations.Decoding;
import org.stationmaster.stations.RecordedFrames;
import org.stationmaster.stations.Recordings;
import org.stationmaster.stations.seedlink.MiniSeedHeader.Found;

/** Recordings of real stations, whole, in pieces and damaged. */
@Timeout(30)
class MiniSeedDecoderTest {
    private static final int ROUNDS_PER_ALLOCATION_LOOK = 200;

    /** A record's times in a form that people compare. */
    private record Span(String from, String to, long samples) {}

    private static String time(long nanos) {
        return Instant.ofEpochSecond(0, nanos).toString();
    }

    @ParameterizedTest
    @CsvSource({
        "mseed2/testdata-3channel-signal.mseed2, 107, 12600, 'IU.COLA.00.LH1 36,IU.COLA.00.LH2 35,IU.COLA.00.LHZ 36'",
        "mseed2/BW.BGLD.gaps.mseed, 128, 52728, 'BW.BGLD..EHE 128'",
        "mseed2/NL.HGN.test.mseed, 2, 11947, 'NL.HGN.00.BHZ 2'",
        "mseed2/GR.FUR.LOG.rt130_sr0_cropped.mseed, 5, 195, 'GR.FUR..LOG 5'",
        "mseed3/testdata-3channel-signal.mseed3, 107, 12600, 'IU.COLA.00.LH1 36,IU.COLA.00.LH2 35,IU.COLA.00.LHZ 36'",
        "mseed2/testdata-oneseries-mixedlengths-mixedorder.mseed2, 7, 3952, 'XX.TEST.00.LHZ 7'",
        "mseed3/testdata-oneseries-mixedlengths-mixedorder.mseed3, 7, 3952, 'XX.TEST.00.LHZ 7'",
    })
    void everyRecordIsFoundAndNoneMore(String name, int records, long samples, String channels) throws IOException {
        var decoder = new MiniSeedDecoder();
        var bytes = ByteBuffer.wrap(Recordings.read(name));
        var byChannel = new TreeMap<String, Integer>();
        long sum = 0;
        int count = 0;
        while (decoder.decode(bytes) == Result.FRAME) {
            var header = decoder.header();
            byChannel.merge(header.codes(), 1, Integer::sum);
            sum += header.samples();
            count++;
            assertThat(header.endNanos()).isGreaterThanOrEqualTo(header.startNanos());
            assertThat(header.stationHash()).isEqualTo(MiniSeedHeader.stationHash(header.network(), header.station()));
        }
        assertThat(bytes.hasRemaining()).isFalse();
        assertThat(count).isEqualTo(records);
        assertThat(sum).isEqualTo(samples);
        assertThat(String.join(
                        ",",
                        byChannel.entrySet().stream()
                                .map(MiniSeedDecoderTest::told)
                                .toList()))
                .isEqualTo(channels);
    }

    private static String told(Map.Entry<String, Integer> entry) {
        return entry.getKey() + ' ' + entry.getValue();
    }

    /** Times and gaps as ObsPy's own tests of these two files tell them. */
    @Test
    void timesAreThoseThatOthersRead() throws IOException {
        assertThat(traces("mseed2/NL.HGN.test.mseed"))
                .containsExactly(new Span("2003-05-29T02:13:22.043400Z", "2003-05-29T02:18:20.693400Z", 11_947));
        assertThat(traces("mseed2/BW.BGLD.gaps.mseed"))
                .containsExactly(
                        new Span("2007-12-31T23:59:59.915Z", "2008-01-01T00:00:01.970Z", 412),
                        new Span("2008-01-01T00:00:04.035Z", "2008-01-01T00:00:08.150Z", 824),
                        new Span("2008-01-01T00:00:10.215Z", "2008-01-01T00:00:14.330Z", 824),
                        new Span("2008-01-01T00:00:18.455Z", "2008-01-01T00:04:31.790Z", 50_668));
    }

    private static List<Span> traces(String name) throws IOException {
        var found = new ArrayList<Span>();
        var decoder = new MiniSeedDecoder();
        var bytes = ByteBuffer.wrap(Recordings.read(name));
        long start = 0;
        long end = 0;
        long samples = 0;
        while (decoder.decode(bytes) == Result.FRAME) {
            var header = decoder.header();
            if (samples > 0 && header.startNanos() - end > 1.5 * header.periodNanos()) {
                found.add(new Span(time(start), time(end), samples));
                samples = 0;
            }
            start = samples == 0 ? header.startNanos() : start;
            end = header.endNanos();
            samples += header.samples();
        }
        found.add(new Span(time(start), time(end), samples));
        return found;
    }

    @Test
    void bothVersionsOfARecordingTellTheSameTimes() throws IOException {
        var two = new MiniSeedDecoder();
        var three = new MiniSeedDecoder();
        var twos = ByteBuffer.wrap(Recordings.read("mseed2/testdata-3channel-signal.mseed2"));
        var threes = ByteBuffer.wrap(Recordings.read("mseed3/testdata-3channel-signal.mseed3"));
        while (two.decode(twos) == Result.FRAME) {
            assertThat(three.decode(threes)).isEqualTo(Result.FRAME);
            assertThat(three.header().codes()).isEqualTo(two.header().codes());
            assertThat(three.header().startNanos()).isEqualTo(two.header().startNanos());
            assertThat(three.header().endNanos()).isEqualTo(two.header().endNanos());
            assertThat(three.header().channelHash()).isEqualTo(two.header().channelHash());
        }
        assertThat(threes.hasRemaining()).isFalse();
    }

    /** A record with its numbers in the other byte order: samples apart, the header says the same. */
    @Test
    void littleEndianIsRecognised() throws IOException {
        var big = Arrays.copyOf(Recordings.read("mseed2/testdata-3channel-signal.mseed2"), 512);
        var little = ByteBuffer.wrap(big.clone());
        for (int at : new int[] {20, 22, 28, 30, 32, 34, 44, 46}) {
            little.putShort(at, Short.reverseBytes(little.getShort(at)));
        }
        little.putInt(40, Integer.reverseBytes(little.getInt(40)));
        for (int at = ByteBuffer.wrap(big).getShort(46);
                at != 0;
                at = ByteBuffer.wrap(big).getShort(at + 2)) {
            little.putShort(at, Short.reverseBytes(little.getShort(at)));
            little.putShort(at + 2, Short.reverseBytes(little.getShort(at + 2)));
        }
        var first = new MiniSeedHeader();
        var second = new MiniSeedHeader();
        assertThat(first.read(ByteBuffer.wrap(big), 0)).isEqualTo(Found.RECORD);
        assertThat(second.read(little, 0)).isEqualTo(Found.RECORD);
        assertThat(second.codes()).isEqualTo(first.codes());
        assertThat(second.startNanos()).isEqualTo(first.startNanos());
        assertThat(second.endNanos()).isEqualTo(first.endNanos());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mseed2/testdata-3channel-signal.mseed2",
                "mseed2/BW.BGLD.gaps.mseed",
                "mseed2/NL.HGN.test.mseed",
                "mseed2/GR.FUR.LOG.rt130_sr0_cropped.mseed",
                "mseed3/testdata-3channel-signal.mseed3",
                "mseed2/testdata-oneseries-mixedlengths-mixedorder.mseed2",
                "mseed3/testdata-oneseries-mixedlengths-mixedorder.mseed3",
            })
    void splitAtEveryByteGivesTheSameRecords(String name) throws IOException {
        var recorded = RecordedFrames.of(MiniSeedDecoder::new, Recordings.read(name));
        assertThat(recorded.corruptBytes()).isZero();
        assertThat(recorded.tornBytes()).isZero();
        recorded.assertEverySplit();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mseed2/testdata-3channel-signal.mseed2",
                "mseed2/BW.BGLD.gaps.mseed",
                "mseed3/testdata-3channel-signal.mseed3"
            })
    void byteByByteGivesTheSameRecords(String name) throws IOException {
        var bytes = Recordings.read(name);
        var whole = new Decoding(new MiniSeedDecoder());
        assertThat(whole.feed(bytes)).isTrue();
        var decoding = new Decoding(new MiniSeedDecoder());
        for (int i = 0; i < bytes.length; i++) {
            assertThat(decoding.feed(bytes, i, i + 1)).isTrue();
        }
        assertThat(decoding.frames).isEqualTo(whole.frames);
        assertThat(decoding.corrupt).isEmpty();
    }

    @Test
    void garbageBetweenRecordsIsToldOnceAndCostsNoRecord() throws IOException {
        var good = Recordings.read("mseed3/testdata-oneseries-mixedlengths-mixedorder.mseed3");
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes("HTTP/1.1 404 MS no such 000001D".getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(good);
        bytes.writeBytes(new byte[] {'M', 'S', 4, 'M'});
        bytes.writeBytes(good);
        for (int piece : new int[] {1, 7, 100_000}) {
            var decoding = new Decoding(new MiniSeedDecoder());
            var all = bytes.toByteArray();
            for (int from = 0; from < all.length; from += piece) {
                assertThat(decoding.feed(all, from, Math.min(all.length, from + piece)))
                        .isTrue();
            }
            assertThat(decoding.frames).hasSize(14);
            assertThat(decoding.corrupt).containsExactly(31L, 4L);
        }
    }

    @Test
    void aFlippedBitOfVersion3IsFoundByItsCrc() throws IOException {
        var bytes = Recordings.read("mseed3/testdata-oneseries-mixedlengths-mixedorder.mseed3");
        var header = new MiniSeedHeader();
        assertThat(header.read(ByteBuffer.wrap(bytes), 0)).isEqualTo(Found.RECORD);
        int length = header.recordBytes();
        for (int bit = 0; bit < length * 8; bit += 5) {
            var damaged = Arrays.copyOf(bytes, length);
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(header.read(ByteBuffer.wrap(damaged), 0))
                    .as("bit %d", bit)
                    .isNotEqualTo(Found.RECORD);
        }
    }

    @Test
    void absurdLengthsAreRefused() throws IOException {
        var header = new MiniSeedHeader(4096);
        var two = Arrays.copyOf(Recordings.read("mseed2/testdata-3channel-signal.mseed2"), 512);
        int exponentAt = ByteBuffer.wrap(two).getShort(46) + 6;
        for (int exponent : new int[] {-1, 0, 4, 13, 30, 31, 99}) {
            two[exponentAt] = (byte) exponent;
            assertThat(header.read(ByteBuffer.wrap(two), 0)).isEqualTo(Found.NO_RECORD);
            assertThat(header.why()).isNotEmpty();
        }
        var three = Arrays.copyOf(Recordings.read("mseed3/testdata-3channel-signal.mseed3"), 512);
        for (int length : new int[] {-1, Integer.MAX_VALUE, 1 << 20}) {
            var absurd = ByteBuffer.wrap(three.clone());
            absurd.putInt(36, Integer.reverseBytes(length));
            assertThat(header.read(absurd, 0)).isEqualTo(Found.NO_RECORD);
            assertThat(header.why()).contains("over the limit of 4096");
        }
    }

    @Test
    void blockettesThatLeadBackAreNoRecord() throws IOException {
        var bytes = ByteBuffer.wrap(Arrays.copyOf(Recordings.read("mseed2/testdata-3channel-signal.mseed2"), 512));
        bytes.putShort(48, (short) 201).putShort(50, (short) 48);
        assertThat(new MiniSeedHeader().read(bytes, 0)).isEqualTo(Found.NO_RECORD);
    }

    @Test
    void nothingIsAllocatedPerRecord() throws IOException {
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        for (var name : List.of("mseed2/testdata-3channel-signal.mseed2", "mseed3/testdata-3channel-signal.mseed3")) {
            var bytes = ByteBuffer.wrap(Recordings.read(name));
            var decoder = new MiniSeedDecoder();
            long least = Long.MAX_VALUE;
            for (int look = 0; look < 10; look++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int round = 0; round < ROUNDS_PER_ALLOCATION_LOOK; round++) {
                    bytes.clear();
                    while (decoder.decode(bytes) == Result.FRAME) {
                        // counted by nobody
                    }
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).as(name).isLessThan(ROUNDS_PER_ALLOCATION_LOOK);
        }
    }
}
