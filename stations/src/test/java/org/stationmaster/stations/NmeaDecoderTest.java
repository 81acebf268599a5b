package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class NmeaDecoderTest {
    private static RecordedFrames recorded(String name) throws Exception {
        return RecordedFrames.of(() -> new NmeaDecoder(0), Recordings.read(name));
    }

    private static Decoding decoding() {
        return new Decoding(new NmeaDecoder(0));
    }

    /** A sentence with its checksum and end. */
    static String sentence(String text) {
        int sum = 0;
        for (int i = 0; i < text.length(); i++) {
            sum ^= text.charAt(i);
        }
        return String.format("$%s*%02X\r\n", text, sum);
    }

    private static String ubx(String payload) {
        return ubx("\u0001\u0007", payload);
    }

    private static String ubx(String kind, String payload) {
        var body = new StringBuilder(kind);
        body.append((char) (payload.length() & 0xff))
                .append((char) (payload.length() >> 8))
                .append(payload);
        int a = 0;
        int b = 0;
        for (int i = 0; i < body.length(); i++) {
            a = (a + body.charAt(i)) & 0xff;
            b = (b + a) & 0xff;
        }
        return "\u00b5b" + body + (char) a + (char) b;
    }

    @ParameterizedTest
    @CsvSource({
        "nmea/nmea-rtk.log, 244",
        "nmea/quectel-L70.log, 115",
        "nmea/st-teseo-liv3f.log, 406",
        "mixed/ublox-zed-f9t-ubx_nmea_l5.log, 252"
    })
    void everySentenceOfARecordingIsFoundAndNoneMore(String name, int count) throws Exception {
        var recorded = recorded(name);
        assertThat(recorded.frames())
                .hasSize(count)
                .allSatisfy(frame -> assertThat(frame).matches("[$!][^*]+\\*[0-9A-Fa-f]{2}\r?\n"));
        long framed = recorded.frames().stream().mapToLong(String::length).sum();
        assertThat(framed + recorded.corruptBytes() + recorded.tornBytes()).isEqualTo(recorded.recording().length);
    }

    /** Who counts lines finds 243 sentences: nine stand behind a packet of UBX, of which there are 83. */
    @Test
    void theMixedRecordingHasSentencesBehindPackets() throws Exception {
        var recorded = recorded("mixed/ublox-zed-f9t-ubx_nmea_l5.log");
        var text = new String(recorded.recording(), StandardCharsets.ISO_8859_1);
        int lines = 0;
        int packets = 0;
        int behindPackets = 0;
        int at = 0;
        for (var sentence : recorded.frames()) {
            int begins = text.indexOf(sentence, at);
            while (at < begins) {
                int packet = ubxBytes(text, at);
                packets += packet > 0 ? 1 : 0;
                behindPackets += packet > 0 && at + packet == begins ? 1 : 0;
                at += Math.max(1, packet);
            }
            lines += begins == 0 || text.charAt(begins - 1) == '\n' ? 1 : 0;
            at = begins + sentence.length();
        }
        while (at < text.length()) {
            int packet = ubxBytes(text, at);
            packets += packet > 0 ? 1 : 0;
            at += Math.max(1, packet);
        }
        assertThat(lines).isEqualTo(243);
        assertThat(behindPackets).isEqualTo(252 - 243);
        assertThat(packets).isEqualTo(83);
    }

    /** How long the packet of UBX is that begins there; 0: there is none. */
    private static int ubxBytes(String text, int at) {
        if (!text.startsWith("\u00b5b", at) || at + 8 > text.length()) {
            return 0;
        }
        int end = at + 6 + text.charAt(at + 4) + (text.charAt(at + 5) << 8);
        return end + 2 <= text.length()
                        && ubx(text.substring(at + 2, at + 4), text.substring(at + 6, end))
                                .equals(text.substring(at, end + 2))
                ? end + 2 - at
                : 0;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nmea/nmea-rtk.log",
                "nmea/quectel-L70.log",
                "nmea/st-teseo-liv3f.log",
                "mixed/ublox-zed-f9t-ubx_nmea_l5.log"
            })
    void inAnyPieces(String name) throws Exception {
        var recorded = recorded(name);
        recorded.assertEverySplit();
        recorded.assertByteByByte();
        recorded.assertRandomPieces();
        recorded.assertNothingIsAllocated(new NmeaTime());
    }

    @Test
    void aSentenceInsideUbxIsNone() {
        var sentence = sentence("GPTXT,inside");
        var decoding = decoding();
        decoding.feed(sentence("GPTXT,1") + ubx(sentence) + ubx("") + sentence("GPTXT,2"));
        assertThat(decoding.frames).containsExactly(sentence("GPTXT,1"), sentence("GPTXT,2"));
        assertThat(decoding.corrupt).containsExactly(8L + sentence.length() + 8);
        assertThat(decoding.decoder().corruption()).contains("UBX");
    }

    @Test
    void ubxOfManyKilobytesIsToldInPiecesOfWholePackets() {
        var packet = ubx("x".repeat(3_000));
        var decoding = decoding();
        decoding.feed(packet.repeat(4) + sentence("GPTXT,2"));
        assertThat(decoding.corrupt).containsExactly(2L * packet.length(), 2L * packet.length());
        assertThat(decoding.frames).hasSize(1);
    }

    @Test
    void whatIsNoSentence() {
        var good = sentence("GPZDA,160012.71,11,03,2004,-1,00");
        String[][] none = {
            {"$GPZDA,160012.71*00\r\n", "checksum is wrong"},
            {"$GPZDA,160012.71\r\n", "without a checksum"},
            {"$GPZDA,1600", "no NMEA"},
            {"$GPZDA,1\u00ff0*00\r\n", "no NMEA"},
            {"# a comment\n", "no NMEA"},
            {"HTTP/1.1 404 Not Found\r\n\r\n", "no NMEA"},
            {good.substring(0, good.length() - 2) + "x", "no NMEA"},
            {sentence("GPTXT," + "x".repeat(1_100)), "over the limit"},
            {"$" + "x".repeat(5_000) + "\r\n", "over the limit"},
        };
        for (var sample : none) {
            var decoding = decoding();
            decoding.feed(sample[0] + good);
            assertThat(decoding.frames).as(sample[0]).containsExactly(good);
            assertThat(decoding.corrupt.stream().mapToLong(Long::longValue).sum())
                    .as(sample[0])
                    .isEqualTo(sample[0].length());
        }
        for (var sample : none) {
            var decoding = decoding();
            decoding.feed(sample[0].substring(0, Math.min(sample[0].length(), 2_000)) + good);
            assertThat(decoding.decoder().corruption()).as(sample[0]).contains(sample[1]);
        }
    }

    @Test
    void lineFeedAloneAndSmallDigitsWillDo() {
        var upper = sentence("PMTK001,604,k");
        var lower = upper.substring(0, upper.indexOf('*'))
                + upper.substring(upper.indexOf('*')).toLowerCase(Locale.ROOT);
        var bare = upper.replace("\r", "");
        assertThat(lower).isNotEqualTo(upper);
        var decoding = decoding();
        decoding.feed(lower + bare + '!' + upper.substring(1));
        assertThat(decoding.frames).containsExactly(lower, bare, '!' + upper.substring(1));
    }

    @Test
    void theLimitCountsEveryByte() {
        var sentence = sentence("GPTXT,12345");
        var enough = new Decoding(new NmeaDecoder(sentence.length()));
        enough.feed(sentence);
        assertThat(enough.frames).containsExactly(sentence);
        var tooLittle = new Decoding(new NmeaDecoder(sentence.length() - 1));
        tooLittle.feed(sentence + sentence("GP"));
        assertThat(tooLittle.frames).containsExactly(sentence("GP"));
    }

    @Test
    void garbageNeitherSpinsNorGrowsAndEveryByteIsAccountedFor() {
        var pieces = new String[] {
            "$", "*", "\r\n", "\u00b5b", "\u00b5b\u0001\u0002\u0005\u0000", "GPGGA,", sentence("GPGGA,1")
        };
        for (int seed = 0; seed < 2_000; seed++) {
            var random = new SplittableRandom(seed);
            var text = new StringBuilder();
            while (text.length() < 2_000) {
                text.append(
                        random.nextBoolean()
                                ? pieces[random.nextInt(pieces.length)]
                                : String.valueOf((char) random.nextInt(256)));
            }
            var bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
            var decoding = decoding();
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + random.nextInt(1, 300));
                decoding.feed(bytes, from, to);
                from = to;
            }
            assertThat(decoding.mostLeft).isLessThanOrEqualTo(NmeaDecoder.MAX_BYTES);
            long framed = decoding.frames.stream().mapToLong(String::length).sum();
            long corrupt = decoding.corrupt.stream().mapToLong(Long::longValue).sum();
            assertThat(framed + corrupt + decoding.decoder().untoldBytes() + decoding.left())
                    .isEqualTo(bytes.length);
        }
    }
}
