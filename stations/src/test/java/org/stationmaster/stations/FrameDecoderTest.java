package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Decoder.Result;

@Timeout(20)
class FrameDecoderTest {
    private static final String GOLDEN = "\0\0\0\5hello\0\0\0\0\0\0\0\1\u00ff\0\0\1\0" + "x".repeat(256);

    private static Decoding decoding(int limitBytes) {
        return new Decoding(new FrameDecoder(limitBytes));
    }

    @Test
    void splitAtEveryByte() {
        var bytes = GOLDEN.getBytes(StandardCharsets.ISO_8859_1);
        for (int split = 0; split <= bytes.length; split++) {
            var decoding = decoding(256);
            assertThat(decoding.feed(bytes, 0, split)).isTrue();
            assertThat(decoding.feed(bytes, split, bytes.length)).isTrue();
            assertThat(decoding.frames).containsExactly("hello", "", "\u00ff", "x".repeat(256));
            assertThat(decoding.left()).isZero();
        }
    }

    @Test
    void byteByByte() {
        var bytes = GOLDEN.getBytes(StandardCharsets.ISO_8859_1);
        var decoding = decoding(256);
        for (int i = 0; i < bytes.length; i++) {
            assertThat(decoding.feed(bytes, i, i + 1)).isTrue();
        }
        assertThat(decoding.frames).hasSize(4);
        assertThat(decoding.mostLeft).isLessThan(4 + 256);
    }

    @Test
    void theLimitIsExact() {
        assertThat(Decoding.only(new FrameDecoder(10), "\0\0\0" + (char) 9 + "123456789"))
                .isEqualTo(Result.FRAME);
        assertThat(Decoding.only(new FrameDecoder(10), "\0\0\0" + (char) 10 + "1234567890"))
                .isEqualTo(Result.FRAME);
        var over = new FrameDecoder(10);
        assertThat(Decoding.only(over, "\0\0\0" + (char) 11)).isEqualTo(Result.CORRUPT);
        assertThat(over.isLost()).isTrue();
        assertThat(over.corruption()).contains("11 bytes").contains("10");
    }

    @Test
    void whatIsTooLongIsRefusedBeforeItArrives() {
        for (var length : new String[] {"\u007f\u00ff\u00ff\u00ff", "\u00ff\u00ff\u00ff\u00ff", "\u0080\0\0\0"}) {
            var decoder = new FrameDecoder(1 << 20);
            assertThat(Decoding.only(decoder, length)).isEqualTo(Result.CORRUPT);
            assertThat(decoder.isLost()).isTrue();
            assertThat(Decoding.only(decoder, "\0\0\0\1a")).as("lost is lost").isEqualTo(Result.CORRUPT);
        }
    }

    @Test
    void garbageNeitherSpinsNorGrows() {
        for (int seed = 0; seed < 500; seed++) {
            var random = new SplittableRandom(seed);
            var bytes = new byte[random.nextInt(600)];
            random.nextBytes(bytes);
            if (seed % 2 == 0) {
                for (int i = 0; i + 4 < bytes.length; i += 37) {
                    bytes[i] = 0;
                    bytes[i + 1] = 0;
                    bytes[i + 2] = 0;
                }
            }
            var decoding = decoding(64);
            boolean going = true;
            for (int from = 0; from < bytes.length && going; ) {
                int to = Math.min(bytes.length, from + random.nextInt(1, 50));
                going = decoding.feed(bytes, from, to);
                from = to;
            }
            assertThat(decoding.mostLeft).isLessThan(4 + 64);
            assertThat(decoding.frames).allMatch(frame -> frame.length() <= 64);
        }
    }
}
