package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Decoder.Result;

@Timeout(20)
class LineDecoderTest {
    private static final String GOLDEN = "$GPGGA,1\r\n\n\r\nplain\n\u00ff\u00fe\0\n";
    private static final String[] LINES = {"$GPGGA,1\r\n", "\n", "\r\n", "plain\n", "\u00ff\u00fe\0\n"};

    private static Decoding decoding(int limitBytes) {
        return new Decoding(new LineDecoder(limitBytes));
    }

    @Test
    void splitAtEveryByte() {
        var bytes = GOLDEN.getBytes(StandardCharsets.ISO_8859_1);
        for (int split = 0; split <= bytes.length; split++) {
            var decoding = decoding(10);
            decoding.feed(bytes, 0, split);
            decoding.feed(bytes, split, bytes.length);
            assertThat(decoding.frames).containsExactly(LINES);
            assertThat(decoding.corrupt).isEmpty();
        }
    }

    @Test
    void byteByByte() {
        var decoding = decoding(10);
        var bytes = GOLDEN.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < bytes.length; i++) {
            decoding.feed(bytes, i, i + 1);
        }
        assertThat(decoding.frames).containsExactly(LINES);
    }

    @Test
    void theLimitCountsEveryByteUpToTheLf() {
        for (int piece : new int[] {1, 3, 100}) {
            var decoding = decoding(10);
            var bytes = "1234567\r\n12345678\r\n123456789\r\n123456789\nok\n".getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < bytes.length; i += piece) {
                decoding.feed(bytes, i, Math.min(bytes.length, i + piece));
            }
            assertThat(decoding.frames).containsExactly("1234567\r\n", "12345678\r\n", "123456789\n", "ok\n");
            assertThat(decoding.corrupt).as("in pieces of %d", piece).containsExactly(11L);
            assertThat(decoding.mostLeft).isLessThan(10);
        }
    }

    @Test
    void aLineThatIsTooLongIsOneCorruptPieceHoweverItArrives() {
        for (int piece : new int[] {1, 7, 5_000}) {
            var decoding = decoding(10);
            var bytes = ("x".repeat(3_000) + "\nok\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < bytes.length; i += piece) {
                decoding.feed(bytes, i, Math.min(bytes.length, i + piece));
            }
            assertThat(decoding.corrupt).containsExactly(3_001L);
            assertThat(decoding.frames).containsExactly("ok\n");
            assertThat(decoding.decoder().untoldBytes()).isZero();
        }
    }

    @Test
    void whatWasSkippedAndHasNoEndIsUntold() {
        var decoding = decoding(10);
        decoding.feed("x".repeat(25));
        assertThat(decoding.corrupt).isEmpty();
        assertThat(decoding.decoder().untoldBytes()).isEqualTo(25);
        assertThat(decoding.left()).isZero();
    }

    @Test
    void anEndlessLineInPiecesOfOneByteCostsEachByteOnce() {
        int length = 8_000_000; // looking at all of them each time would take hours: the class's timeout ends it
        var decoder = new LineDecoder(length);
        var buffer = ByteBuffer.allocate(length);
        for (int i = 0; i < length - 1; i++) {
            buffer.limit(i + 1).put(i, (byte) 'x');
            if (decoder.decode(buffer.position(0)) != Result.NEED_MORE) {
                throw new AssertionError("a frame without LF after " + i + " bytes");
            }
        }
        assertThat(decoder.untoldBytes()).isZero();
    }

    @Test
    void garbageNeitherSpinsNorGrowsAndEveryByteIsAccountedFor() {
        for (int seed = 0; seed < 2_000; seed++) {
            var random = new SplittableRandom(seed);
            var bytes = new byte[random.nextInt(600)];
            random.nextBytes(bytes);
            for (int i = random.nextInt(1, 60); i < bytes.length; i += random.nextInt(1, 60)) {
                bytes[i] = '\n';
            }
            var decoding = decoding(32);
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + random.nextInt(1, 50));
                decoding.feed(bytes, from, to);
                from = to;
            }
            assertThat(decoding.mostLeft).isLessThan(32);
            long framed = decoding.frames.stream().mapToLong(String::length).sum();
            long corrupt = decoding.corrupt.stream().mapToLong(Long::longValue).sum();
            assertThat(framed + corrupt + decoding.decoder().untoldBytes() + decoding.left())
                    .isEqualTo(bytes.length);
        }
    }
}
