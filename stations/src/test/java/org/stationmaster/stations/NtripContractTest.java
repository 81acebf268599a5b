package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Source;
import org.stationmaster.testkit.RecordingConnection;
import org.stationmaster.testkit.RecordingSlot;

/** Version 2: the stream comes in chunks that do not know of frames. */
@Timeout(30)
class NtripContractTest extends NtripContract {
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: gnss/data\r\nTransfer-Encoding: chunked\r\n\r\n";

    @Override
    protected Source source() {
        return Source.builder("QSCO00ECU", "ntrip", "caster.example", 2101)
                .option("mountpoint", "QSCO0")
                .build();
    }

    @Override
    protected byte[] opening() {
        return String.join(
                        "\r\n",
                        "GET /QSCO0 HTTP/1.1",
                        "Host: caster.example:2101",
                        "Ntrip-Version: Ntrip/2.0",
                        "User-Agent: NTRIP Stationmaster/0.1",
                        "Connection: close",
                        "",
                        "")
                .getBytes(US_ASCII);
    }

    @Override
    protected byte[] encoded() {
        return inChunks(HEAD);
    }

    @Override
    protected List<Corrupt> corrupt() {
        return List.of(
                new Corrupt("a page", "<html>hello</html>".getBytes(US_ASCII), Expected.ENDED),
                new Corrupt(
                        "a page with a head",
                        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>".getBytes(US_ASCII),
                        Expected.ENDED),
                new Corrupt("a chunk too large", (HEAD + "ffffffff\r\n").getBytes(US_ASCII), Expected.ENDED),
                new Corrupt("a chunk without a size", (HEAD + "hello\r\n").getBytes(US_ASCII), Expected.ENDED),
                new Corrupt("a chunk that lies", (HEAD + "2\r\nabcd\r\n").getBytes(US_ASCII), Expected.ENDED));
    }

    @Override
    protected long unreadLimitBytes() {
        return NtripAnswer.LINE_LIMIT_BYTES;
    }

    private static RecordingSlot told(Source source, String... answers) throws ProtocolException {
        var slot = new RecordingSlot(source);
        var session = new NtripTask(source).open(slot, new RecordingConnection());
        for (var answer : answers) {
            session.onBytes(ByteBuffer.wrap(answer.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)));
        }
        return slot;
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 401 Unauthorized, login",
        "HTTP/1.1 404 Not Found, no mountpoint",
        "HTTP/1.0 503 Service Unavailable, busy",
        "HTTP/1.1 409 Conflict, busy",
        "SOURCETABLE 200 OK, sourcetable",
        "ERROR - Bad Password, refuses",
        "HTTP/1.1 400 Bad Request, version",
    })
    void aRefusalIsToldByItsKind(String status, String words) {
        assertThatThrownBy(() -> told(source(), status + "\r\n\r\n"))
                .isInstanceOfSatisfying(
                        ProtocolException.class, end -> assertThat(end.reason()).isEqualTo(EndReason.REFUSED))
                .hasMessageContaining(words);
    }

    @ParameterizedTest
    @CsvSource({"''", "'|'", "'Server: NTRIP Caster|Date: today|Content-Type: gnss/data||'"})
    void version1BeginsWithOrWithoutAHead(String head) throws ProtocolException {
        var frame = new String(payloads().getFirst(), java.nio.charset.StandardCharsets.ISO_8859_1);
        var slot = told(source(), "ICY 200 OK\r\n" + head.replace("|", "\r\n") + frame);
        assertThat(slot.payloads()).containsExactly(payloads().getFirst());
        assertThat(slot.corruptBytes()).isZero();
    }

    @Test
    void aSourcetableHasBounds() {
        var table = new NtripTable();
        var line = ByteBuffer.wrap(("STR;A;b;RTCM 3.2;" + "x".repeat(4000) + "\r\n").getBytes(US_ASCII));
        long given = 0;
        while (table.take(line.rewind()) && given < 100 << 20) {
            given += line.limit();
        }
        assertThat(table.excess()).contains("more than");
        assertThat(given).isLessThanOrEqualTo(NtripTable.MOST_BYTES);
    }

    @Test
    void whereWeAreGoesAsASentence() {
        var sentence = new Gga(-0.2150, -78.5, 2800.5).sentence(45_296_780_000_000L);
        assertThat(sentence)
                .startsWith("$GPGGA,123456.78,0012.90000,S,07830.00000,W,1,12,1.0,2800.500,M,0.0,M,,*")
                .hasSizeLessThan(81);
        assertThat(Gga.parse(sentence))
                .hasValueSatisfying(at ->
                        assertThat(at.latitudeDegrees()).isCloseTo(-0.2150, org.assertj.core.data.Offset.offset(1e-6)));
        assertThat(Gga.parse("-0.215 -78.5 2800.5")).contains(new Gga(-0.215, -78.5, 2800.5));
        assertThat(Gga.parse("91 0")).isEmpty();
        assertThat(Gga.parse("here")).isEmpty();
    }
}
