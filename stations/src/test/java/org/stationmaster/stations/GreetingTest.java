package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.ProtocolException;

/** What stations say first: whole or in pieces, and what is none. */
@Timeout(30)
class GreetingTest {
    private static DialIn dialIn(String protocol) {
        return Objects.requireNonNull(
                Protocols.found().byName(protocol).orElseThrow().dialIn());
    }

    private static byte[] bytes(String text) {
        return text.replace("|", "\r\n").getBytes(ISO_8859_1);
    }

    static Stream<Arguments> greetings() {
        return Stream.of(
                Arguments.of("tcp-lines", "QSCO|one", "QSCO", "one"),
                Arguments.of("tcp-lines", "QSCO sesame 1|one", "QSCO", "one"),
                Arguments.of("tcp-frames", "\0\0\0\u0004QSCO\0\0", "QSCO", "\0\0"),
                Arguments.of(
                        "ntrip",
                        "SOURCE sesame /QSCO0|Source-Agent: x||\u00d3",
                        "QSCO0",
                        "SOURCE sesame /QSCO0|Source-Agent: x||\u00d3"),
                Arguments.of("ntrip", "SOURCE  QSCO0|STR: a b||", "QSCO0", "SOURCE  QSCO0|STR: a b||"),
                Arguments.of("ntrip", "POST /QSCO0 HTTP/1.1|Host: h||", "QSCO0", "POST /QSCO0 HTTP/1.1|Host: h||"));
    }

    /** Each shorter piece asks for more and is left as it is; then the session begins at the right byte. */
    @ParameterizedTest
    @MethodSource("greetings")
    void aGreetingIsTakenAsSoonAsItIsWhole(String protocol, String text, String name, String rest) throws Exception {
        var all = bytes(text);
        var whole = ByteBuffer.wrap(all);
        var greeting = Objects.requireNonNull(dialIn(protocol).read(whole));
        assertThat(greeting.name()).isEqualTo(name);
        assertThat(greeting.toString()).doesNotContain("sesame");
        assertThat(whole.remaining()).isEqualTo(bytes(rest).length);
        int needed = protocol.equals("ntrip")
                ? text.replace("|", "\r\n").indexOf("\r\n\r\n") + 4
                : all.length - whole.remaining();
        for (int length = 0; length < needed; length++) {
            var part = ByteBuffer.wrap(all, 0, length);
            assertThat(dialIn(protocol).read(part)).as(length + " bytes").isNull();
            assertThat(part.position()).isZero();
        }
    }

    static Stream<Arguments> noGreetings() {
        return Stream.of(
                Arguments.of("tcp-lines", "|"),
                Arguments.of("tcp-lines", "../x|"),
                Arguments.of("tcp-frames", "GET / HTTP/1.1|"),
                Arguments.of("tcp-frames", "\0\0\0\0"),
                Arguments.of("ntrip", "GET /QSCO0 HTTP/1.1|"),
                Arguments.of("ntrip", "SOURCE sesame||"),
                Arguments.of("ntrip", "POST /a b HTTP/1.1||"),
                Arguments.of("ntrip", "POST /a HTTP/1.1|Authorization: Digest x||"),
                Arguments.of("ntrip", "POST /a HTTP/1.1|Authorization: Basic *||"));
    }

    @ParameterizedTest
    @MethodSource("noGreetings")
    void whatIsNoneIsRefused(String protocol, String text) {
        assertThatThrownBy(() -> dialIn(protocol).read(ByteBuffer.wrap(bytes(text))))
                .isInstanceOf(ProtocolException.class)
                .hasMessageNotContaining("sesame");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp-lines", "tcp-frames", "ntrip"})
    void garbageEndsOrAsksForNoMoreThanTheLimit(String protocol) {
        var dialIn = dialIn(protocol);
        for (int round = 0; round < 2_000; round++) {
            var random = new SplittableRandom(round);
            var garbage = new byte[random.nextInt(2 * dialIn.limitBytes())];
            random.nextBytes(garbage);
            var begun = round % 2 == 0 ? bytes("POST /a HTTP/1.1|") : new byte[0];
            var buffer = ByteBuffer.allocate(begun.length + garbage.length)
                    .put(begun)
                    .put(garbage)
                    .flip();
            try {
                if (dialIn.read(buffer) == null) {
                    assertThat(buffer.limit()).as("it answers within its limit").isLessThan(dialIn.limitBytes());
                    assertThat(buffer.position()).isZero();
                }
            } catch (ProtocolException e) {
                assertThat(e).hasMessageMatching("(?s).+");
            }
        }
    }

    @Test
    void aHeadThatHasNoEndIsRefused() {
        assertThatThrownBy(() -> dialIn("ntrip").read(ByteBuffer.wrap(bytes("POST /" + "x".repeat(5_000)))))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("no end");
    }

    @Test
    void aLineWithoutAnEndIsRefusedAtTheLimit() {
        var dialIn = new LineDialIn();
        var endless = ByteBuffer.allocate(dialIn.limitBytes()); // no LF in it
        assertThatThrownBy(() -> dialIn.read(endless)).isInstanceOf(ProtocolException.class);
    }
}
