package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.StationRecord;

@Timeout(60)
class Rtcm3DecoderTest {
    static final String RECORDING = "rtcm3/GMSD7_20121014.rtcm3";

    private static RecordedFrames recorded() throws Exception {
        return RecordedFrames.of(() -> new Rtcm3Decoder(0), Recordings.read(RECORDING));
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static Decoding decoding() {
        return new Decoding(new Rtcm3Decoder(0));
    }

    @Test
    void everyFrameOfTheRecordingIsFoundAndNoneMore() throws Exception {
        var recorded = recorded();
        var types = new TreeMap<Integer, Integer>();
        for (var frame : recorded.frames()) {
            types.merge(Rtcm3Message.of(ByteBuffer.wrap(latin1(frame))).type(), 1, Integer::sum);
        }
        assertThat(recorded.frames()).hasSize(1143);
        assertThat(types)
                .isEqualTo(Map.of(
                        1007, 28, 1008, 28, 1019, 15, 1020, 16, 1033, 28, 1077, 257, 1087, 257, 1117, 257, 1127, 257));
        assertThat(recorded.corruptBytes()).isZero();
        assertThat(recorded.tornBytes()).isEqualTo(302);
        assertThat(String.join("", recorded.frames()))
                .isEqualTo(text(recorded.recording()).substring(0, recorded.recording().length - 302));
    }

    @Test
    void inAnyPieces() throws Exception {
        var recorded = recorded();
        recorded.assertEverySplit();
        recorded.assertByteByByte();
        recorded.assertRandomPieces();
    }

    @Test
    void nothingIsAllocated() throws Exception {
        recorded().assertNothingIsAllocated(new Rtcm3Time(new GnssTime(18)));
    }

    /**
     * Every epoch is one second behind the one before, in all systems. Not BeiDou: the recording is older than its messages in the
     * standard, and keeps GPS time in them.
     */
    @Test
    void theRecordingsEpochs() throws Exception {
        // 2012: 16 s then
        var time = new Rtcm3Time(new GnssTime(16));
        long received = 1_350_172_800_000_000_000L; // 2012-10-14 00:00
        var epochs = new TreeMap<Long, Integer>();
        int without = 0;
        for (var frame : recorded().frames()) {
            long nanos = time.nanos(ByteBuffer.wrap(latin1(frame)), received);
            if (nanos == StationRecord.UNKNOWN) {
                without++;
            } else if (Rtcm3Message.type(ByteBuffer.wrap(latin1(frame))) != 1127) {
                epochs.merge(nanos, 1, Integer::sum);
            }
        }
        assertThat(without).isEqualTo(28 + 28 + 15 + 16 + 28);
        assertThat(epochs)
                .hasSize(257)
                .allSatisfy((_, count) -> assertThat(count).isEqualTo(3));
        assertThat(epochs.lastKey() - epochs.firstKey()).isEqualTo(256_000_000_000L);
        assertThat(epochs.firstKey()).isBetween(received - 86_400_000_000_000L, received + 86_400_000_000_000L);
    }

    @Test
    void garbageBetweenFramesIsOnePieceHoweverItArrives() throws Exception {
        var frame = recorded().frames().getFirst();
        var bytes = latin1(frame + "\u00d3\u0000" + "x".repeat(300) + frame + "\u00d3\u00ff" + frame);
        for (int piece : new int[] {1, 7, 100_000}) {
            var decoding = decoding();
            for (int from = 0; from < bytes.length; from += piece) {
                decoding.feed(bytes, from, Math.min(bytes.length, from + piece));
            }
            assertThat(decoding.frames).containsExactly(frame, frame, frame);
            assertThat(decoding.corrupt).containsExactly(302L, 2L);
        }
    }

    @Test
    void endlessGarbageIsToldInPieces() {
        var decoding = decoding();
        var garbage = new byte[3 * Skipping.PIECE_BYTES + 17];
        for (int from = 0; from < garbage.length; from += 100) {
            decoding.feed(garbage, from, Math.min(garbage.length, from + 100));
        }
        assertThat(decoding.corrupt).containsOnly((long) Skipping.PIECE_BYTES).hasSize(3);
        assertThat(decoding.decoder().untoldBytes()).isEqualTo(17);
        assertThat(decoding.left()).isZero();
    }

    @Test
    void aDamagedFrameIsToldAndTheNextOneIsFound() throws Exception {
        var frames = recorded().frames();
        var damaged = latin1(frames.get(0));
        for (int i = 0; i < damaged.length; i++) {
            var bytes = damaged.clone();
            bytes[i] ^= 0x40;
            var decoding = decoding();
            // a length that has grown takes more bytes before it is found out
            var behind = String.join("", frames.subList(1, 9));
            decoding.feed(latin1(text(bytes) + behind));
            assertThat(decoding.frames).as("byte %d", i).containsExactlyElementsOf(frames.subList(1, 9));
            assertThat(decoding.corrupt).as("byte %d", i).containsExactly((long) bytes.length);
        }
        damaged[damaged.length - 1] ^= 1;
        var decoding = decoding();
        decoding.feed(latin1(text(damaged) + frames.get(1)));
        assertThat(decoding.decoder().corruption()).contains("CRC");
    }

    @Test
    void aFrameOverTheLimitIsNone() throws Exception {
        var frames = recorded().frames();
        int longest = frames.stream().mapToInt(String::length).max().orElseThrow();
        var decoding = new Decoding(new Rtcm3Decoder(longest - 1));
        decoding.feed(latin1(String.join("", frames)));
        assertThat(decoding.frames)
                .isNotEmpty()
                .allSatisfy(frame -> assertThat(frame.length()).isLessThan(longest));
        assertThat(decoding.frames.size() + decoding.corrupt.size()).isLessThanOrEqualTo(frames.size());
    }

    @Test
    void anEmptyMessageIsAFrame() {
        var decoding = decoding();
        decoding.feed(new byte[] {(byte) 0xD3, 0, 0, 0x47, (byte) 0xEA, 0x4B});
        assertThat(decoding.frames).hasSize(1);
        assertThat(decoding.corrupt).isEmpty();
        var empty = ByteBuffer.wrap(latin1(decoding.frames.getFirst()));
        assertThat(new Rtcm3Time(new GnssTime(18)).nanos(empty, 0)).isEqualTo(StationRecord.UNKNOWN);
        assertThat(Rtcm3Message.of(empty).type()).isZero();
    }

    @Test
    void garbageNeitherSpinsNorGrowsAndEveryByteIsAccountedFor() throws Exception {
        var frame = latin1(recorded().frames().getFirst());
        for (int seed = 0; seed < 1_000; seed++) {
            var random = new SplittableRandom(seed);
            var bytes = new byte[random.nextInt(6_000)];
            random.nextBytes(bytes);
            for (int i = 0; i + frame.length < bytes.length; i += random.nextInt(1, 2_000)) {
                if (random.nextBoolean()) {
                    System.arraycopy(frame, 0, bytes, i, frame.length);
                } else {
                    bytes[i] = (byte) 0xD3;
                    bytes[i + 1] &= 3;
                }
            }
            var decoding = decoding();
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + random.nextInt(1, 700));
                decoding.feed(bytes, from, to);
                from = to;
            }
            assertThat(decoding.mostLeft).isLessThan(Rtcm3Decoder.MAX_FRAME_BYTES);
            long framed = decoding.frames.stream().mapToLong(String::length).sum();
            long corrupt = decoding.corrupt.stream().mapToLong(Long::longValue).sum();
            assertThat(framed + corrupt + decoding.decoder().untoldBytes() + decoding.left())
                    .isEqualTo(bytes.length);
        }
    }
}
