package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.ManualClock;
import org.stationmaster.testkit.RecordingConnection;
import org.stationmaster.testkit.RecordingReply;
import org.stationmaster.testkit.RecordingSlot;

/** What goes to the caster, and when. */
@Timeout(30)
class NtripSessionTest {
    private static final String ICY = "ICY 200 OK\r\n\r\n";

    private final ManualClock clock = new ManualClock();
    private RecordingConnection connection = new RecordingConnection();
    private RecordingSlot slot = new RecordingSlot(builder("1").build());

    private static Source.Builder builder(String version) {
        return Source.builder("VRS", "ntrip", "caster.example", 2101)
                .option("mountpoint", "NEAR")
                .option("version", version);
    }

    private static Source.Builder placed(String version) {
        return builder(version)
                .option("gga.latitude", "-0.215")
                .option("gga.longitude", "-78.5")
                .option("gga.height", "2800")
                .option("gga.intervalSeconds", "10");
    }

    private Session open(NtripTask task) {
        connection = new RecordingConnection();
        slot = new RecordingSlot(task.source);
        slot.receivedAt(clock.epochNanos());
        return task.open(slot, connection);
    }

    private void hears(Session session, String text) throws ProtocolException {
        slot.receivedAt(clock.epochNanos());
        session.onBytes(ByteBuffer.wrap(text.getBytes(ISO_8859_1)));
    }

    /** What was written behind the request. */
    private String said() {
        var written = new String(connection.written(), US_ASCII);
        return written.substring(written.indexOf("\r\n\r\n") + 4);
    }

    private RecordingReply command(Session session, String text) {
        var reply = new RecordingReply();
        session.onCommand(text.getBytes(US_ASCII), reply);
        return reply;
    }

    @Test
    void whereWeAreIsSaidBehindTheAnswerAndThenAtTheInterval() throws ProtocolException {
        var session = open(new NtripTask(placed("1").build()));
        session.onTick(clock.nanoTime());
        clock.advance(Duration.ofSeconds(1));
        session.onTick(clock.nanoTime());
        assertThat(said()).isEmpty();
        hears(session, ICY);
        session.onTick(clock.nanoTime());
        assertThat(said()).matches("\\$GPGGA,000001\\.00,0012\\.90000,S,07830\\.00000,W,.*,2800\\.000,M,.*\r\n");
        clock.advance(Duration.ofMillis(9_900));
        session.onTick(clock.nanoTime());
        assertThat(said()).hasLineCount(1);
        clock.advance(Duration.ofMillis(100));
        session.onTick(clock.nanoTime());
        session.onTick(clock.nanoTime());
        assertThat(said().lines()).hasSize(2);
        assertThat(said()).contains("$GPGGA,000011.00,");
    }

    @Test
    void version2TellsItWithTheRequestToo() {
        open(new NtripTask(placed("2").build()));
        assertThat(new String(connection.written(), US_ASCII))
                .containsPattern("\r\nNtrip-GGA: \\$GPGGA,000000\\.00,[^\r]*\\*[0-9A-F]{2}\r\n");
    }

    @Test
    void aSourceWithoutAPlaceSaysNothing() throws ProtocolException {
        var session = open(new NtripTask(builder("1").build()));
        hears(session, ICY);
        session.onTick(clock.nanoTime());
        assertThat(said()).isEmpty();
        assertThat(command(session, "1 2").outcome()).isEqualTo(CommandOutcome.UNIDIRECTIONAL);
    }

    @Test
    void aCommandMovesUsAlsoForTheNextConnection() throws ProtocolException {
        var task = new NtripTask(placed("2").build());
        var session = open(task);
        assertThat(command(session, "1 2").outcome()).isEqualTo(CommandOutcome.NOT_CONNECTED);
        assertThat(said()).isEmpty();
        hears(session, "HTTP/1.1 200 OK\r\nContent-Type: gnss/data\r\n\r\n");
        assertThat(command(session, "0.5 10 100").outcome()).isEqualTo(CommandOutcome.ACKNOWLEDGED);
        assertThat(said()).matches("\\$GPGGA,000000\\.00,0030\\.00000,N,01000\\.00000,E,.*,100\\.000,M,.*\r\n");
        clock.advance(Duration.ofSeconds(20));
        session.onTick(clock.nanoTime());
        assertThat(said().lines()).hasSize(2).allMatch(line -> line.contains(",0030.00000,N,01000.00000,E,"));
        open(task);
        assertThat(new String(connection.written(), US_ASCII)).contains(",0030.00000,N,01000.00000,E,");
    }

    @Test
    void aSentenceGoesOutAsItIs() throws ProtocolException {
        var session = open(new NtripTask(placed("1").build()));
        hears(session, ICY);
        var sentence = new Gga(47.5, 11.25, 600).sentence(0).replace("$GPGGA", "$GNGGA");
        int sum = sentence.substring(1, sentence.indexOf('*')).chars().reduce(0, (left, right) -> left ^ right);
        sentence = sentence.replaceFirst("\\*..$", String.format("*%02X", sum));
        assertThat(command(session, sentence + "\r\n").outcome()).isEqualTo(CommandOutcome.ACKNOWLEDGED);
        assertThat(said()).isEqualTo(sentence + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "here",
                "91 0",
                "0 181",
                "0 0 200000",
                "$GPGGA,1,2,3*00",
                "$GPGGA,000000.00,4730.00000,N,01115.00000,E,1,12,1.0,999999999.000,M,0.0,M,,*5C",
                "1 2\r\nGET / HTTP/1.1\r\n\r\n"
            })
    void aCommandThatIsNoPlaceIsRefused(String text) throws ProtocolException {
        var session = open(new NtripTask(placed("1").build()));
        hears(session, ICY);
        var reply = command(session, text);
        assertThat(reply.outcome()).isEqualTo(CommandOutcome.FAILED);
        assertThat(reply.detail()).contains("LATITUDE");
        assertThat(said()).isEmpty();
    }

    @Test
    void aHeightThatIsNoneIsRefusedThoughItsSentenceIsRight() {
        var far = new Gga(47.5, 11.25, 999_999_999).sentence(0);
        assertThat(Gga.parse(far)).isEmpty();
    }

    private String request(NtripTask task) {
        open(task);
        return new String(connection.written(), US_ASCII);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.0 501 Not Implemented\r\n\r\n", ""})
    void autoAsksTheOtherWayWhenItIsNotUnderstood(String answer) throws ProtocolException {
        var task = new NtripTask(builder("auto").build());
        for (var version : new String[] {"HTTP/1.1\r\nHost: ", "HTTP/1.0\r\nUser-Agent: ", "HTTP/1.1\r\nHost: "}) {
            var session = open(task);
            assertThat(new String(connection.written(), US_ASCII)).startsWith("GET /NEAR " + version);
            if (answer.isEmpty()) {
                session.onEnd(0);
            } else {
                assertThatThrownBy(() -> hears(session, answer)).hasMessageContaining("does not understand");
                session.onEnd(0);
            }
        }
    }

    @Test
    void aCasterThatUnderstandsIsAskedTheSameAgain() throws ProtocolException {
        var task = new NtripTask(builder("auto").build());
        var session = open(task);
        assertThatThrownBy(() -> hears(session, "HTTP/1.1 401 Unauthorized\r\n\r\n"))
                .isInstanceOf(ProtocolException.class);
        session.onEnd(0);
        assertThat(request(task)).contains("HTTP/1.1");
    }

    @Test
    void aCasterThatHasSentAStreamAndThenOnlyClosesIsAskedTheSameAgain() throws ProtocolException {
        var task = new NtripTask(builder("auto").build());
        var session = open(task);
        hears(session, "HTTP/1.1 200 OK\r\nContent-Type: gnss/data\r\n\r\n");
        session.onEnd(0);
        for (int i = 0; i < 2; i++) {
            open(task).onEnd(0);
            assertThat(request(task)).contains("HTTP/1.1");
        }
    }

    @Test
    void aVersionThatWasGivenIsKept() throws ProtocolException {
        for (var version : new String[] {"1", "2"}) {
            var task = new NtripTask(builder(version).build());
            var first = request(task);
            open(task).onEnd(0);
            assertThat(request(task)).isEqualTo(first);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ERROR - bad password S3cret for ann",
        "ERROR - Authorization: Basic LOGIN",
        "HTTP/1.1 302 Found|Location: http://ann:S3cret@elsewhere/",
        "ICY S3cret",
        "HTTP/1.1 S3cret",
        "HTTP/1.1 401 S3cret|X: S3cret",
    })
    void aCasterThatRepeatsTheLoginIsNotQuoted(String answer) {
        var login = Base64.getEncoder().encodeToString("ann:S3cret".getBytes(US_ASCII));
        var task = new NtripTask(
                builder("2").user("ann").password(new Secret("S3cret")).build());
        var session = open(task);
        assertThat(new String(connection.written(), US_ASCII)).contains("Authorization: Basic " + login + "\r\n");
        assertThatThrownBy(() -> hears(session, answer.replace("|", "\r\n").replace("LOGIN", login) + "\r\n\r\n"))
                .isInstanceOf(ProtocolException.class)
                .message()
                .isNotEmpty()
                .doesNotContain("S3cret", login);
    }

    /** The words alike make that it is told once, see the slot's supervision. */
    @ParameterizedTest
    @CsvSource({
        "'HTTP/1.1 401 Unauthorized||', REFUSED, 60",
        "'HTTP/1.1 403 Forbidden||', REFUSED, 60",
        "'HTTP/1.1 407 Proxy Authentication Required||', REFUSED, 60",
        "'ERROR - Bad Password|', REFUSED, 60",
        "'HTTP/1.1 404 Not Found||', REFUSED, 60",
        "'HTTP/1.1 410 Gone||', REFUSED, 60",
        "'SOURCETABLE 200 OK|', REFUSED, 60",
        "'HTTP/1.1 200 OK|Content-Type: gnss/sourcetable||STR;', REFUSED, 60",
        "'HTTP/1.1 409 Conflict||', REFUSED, 10",
        "'HTTP/1.1 429 Too Many Requests|Retry-After: 3||', REFUSED, 10",
        "'HTTP/1.1 503 Service Unavailable||', REFUSED, 10",
        "'HTTP/1.1 400 Bad Request||', REFUSED, 10",
        "'HTTP/1.1 302 Found|Location: http://b/||', REFUSED, 10",
        "'HTTP/1.1 500 Internal Server Error||', REFUSED, 10",
        "'HTTP/1.1 200 OK|Content-Type: text/html||<html>', CORRUPT, 10",
        "'<html>', CORRUPT, 10",
        "'SSH-2.0-OpenSSH_9.6|', CORRUPT, 10",
    })
    void eachRefusalHasItsBackoffAndTheSameWordsAgain(String answer, EndReason reason, long backoffSeconds) {
        var told = new HashSet<String>();
        for (int attempt = 0; attempt < 2; attempt++) {
            var session = open(new NtripTask(builder("2").build()));
            var dated = answer.replaceFirst("\\|", "|Date: " + attempt + "|").replace("|", "\r\n");
            assertThatThrownBy(() -> hears(session, dated)).isInstanceOfSatisfying(ProtocolException.class, end -> {
                assertThat(end.reason()).isEqualTo(reason);
                assertThat(end.leastBackoff()).isEqualTo(Duration.ofSeconds(backoffSeconds));
                told.add(String.valueOf(end.getMessage()));
            });
        }
        assertThat(told).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nServer: x\r\n"})
    void aCasterThatDoesNotAnswerWholeIsNotAwaitedForEver(String beginning) throws ProtocolException {
        var session = open(new NtripTask(placed("1").build()));
        hears(session, beginning);
        clock.advance(Duration.ofSeconds(1));
        session.onTick(clock.nanoTime());
        clock.advance(Duration.ofHours(1)); // the loop ran late: nobody is judged by that
        for (int tick = 0; tick < 290; tick++) {
            session.onTick(clock.nanoTime());
            clock.advance(Duration.ofMillis(100));
        }
        assertThatThrownBy(() -> {
                    session.onTick(clock.nanoTime());
                    clock.advance(Duration.ofMillis(100));
                    session.onTick(clock.nanoTime());
                })
                .isInstanceOfSatisfying(ProtocolException.class, end -> {
                    assertThat(end.reason()).isEqualTo(EndReason.CORRUPT);
                    assertThat(end.leastBackoff()).isEqualTo(Duration.ofSeconds(10));
                })
                .hasMessageContaining("not answered within 30 s");
        assertThat(said()).isEmpty();
    }

    @Test
    void theLastChunkEndsTheConnection() {
        var session = open(new NtripTask(builder("2").build()));
        assertThatThrownBy(() -> hears(
                        session, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nmore"))
                .isInstanceOfSatisfying(
                        ProtocolException.class, end -> assertThat(end.reason()).isEqualTo(EndReason.ENDED));
        session.onEnd(0);
        assertThat(slot.corruptBytes()).isEqualTo(3);
    }

    @Test
    void whereACasterHasGoneIsToldWithoutWhatIsBehindIt() {
        var session = open(new NtripTask(builder("2").build()));
        assertThatThrownBy(() -> hears(
                        session, "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://b.example/NEAR?token=x\r\n\r\n"))
                .isInstanceOfSatisfying(
                        ProtocolException.class, end -> assertThat(end.reason()).isEqualTo(EndReason.REFUSED))
                .hasMessageEndingWith("it names 'http://b.example/NEAR'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 ", "ICY 200 OK\r\nServer: ", "ERROR"})
    void anEndlessLineEndsTheConnection(String beginning) {
        var session = open(new NtripTask(builder("auto").build()));
        assertThatThrownBy(() -> hears(session, beginning + "x".repeat(NtripAnswer.LINE_LIMIT_BYTES + 1)))
                .isInstanceOfSatisfying(
                        ProtocolException.class, end -> assertThat(end.reason()).isEqualTo(EndReason.CORRUPT))
                .hasMessageContaining("no NTRIP caster");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\n", "ICY 200 OK\r\n"})
    void anEndlessHeadEndsTheConnection(String beginning) {
        var session = open(new NtripTask(builder("auto").build()));
        assertThatThrownBy(() -> hears(session, beginning + "X: y\r\n".repeat(1_000)))
                .isInstanceOfSatisfying(
                        ProtocolException.class, end -> assertThat(end.reason()).isEqualTo(EndReason.CORRUPT))
                .hasMessageContaining("lines");
    }

    @Test
    void aSourcetableMayEndWithoutALineEnd() {
        var table = new NtripTable();
        assertThat(table.take(ByteBuffer.wrap("STR;A;b;RTCM 3.2\r\nENDSOURCETABLE".getBytes(US_ASCII))))
                .isFalse();
        assertThat(table.hasEnded()).isTrue();
        assertThat(table.streams()).hasSize(1);
    }

    @Test
    void aLineOfTheSourcetableHasABound() {
        var table = new NtripTable();
        assertThat(table.take(ByteBuffer.allocate(NtripTable.MOST_LINE_BYTES + 1)))
                .isFalse();
        assertThat(table.excess()).contains("line");
    }
}
