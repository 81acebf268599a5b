package org.stationmaster.core.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.core.fixtures.Await.await;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A blocking link over a real socket. */
@Timeout(20)
class LinkTest {
    private ServerSocket server;
    private Socket station;
    private Link link;

    LinkTest() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        link = Link.open(source(0));
        station = server.accept();
    }

    private Source source(int limitBytes) {
        return Source.builder("QSCO", "test", "127.0.0.1", server.getLocalPort())
                .frameLimitBytes(limitBytes)
                .build();
    }

    @BeforeEach
    void isOpen() {
        assertThat(station.isConnected()).isTrue();
    }

    private void reopen(int limitBytes) throws IOException {
        link.close();
        station.close();
        link = Link.open(source(limitBytes));
        station = server.accept();
    }

    @AfterEach
    void close() throws IOException {
        link.close();
        station.close();
        server.close();
    }

    private void send(String text) throws IOException {
        station.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void linesWithoutAndWithTheirBytes() throws IOException {
        send("$GPGGA\r\nplain\n\n\r\n\u00ff\u00fe\nas it came\r\n");
        assertThat(link.readLine()).isEqualTo("$GPGGA");
        assertThat(link.readLine()).isEqualTo("plain");
        assertThat(link.readLine()).isEmpty();
        assertThat(link.readLine()).isEmpty();
        assertThat(link.readLine()).isEqualTo("\ufffd\ufffd");
        assertThat(link.readLineBytes()).isEqualTo("as it came\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void aLineAtItsLimitAndOneOver() throws IOException {
        reopen(10);
        send("123456789\n1234567890\n");
        assertThat(link.readLine()).isEqualTo("123456789");
        assertThatThrownBy(() -> link.readLine())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("10 bytes");
    }

    @Test
    void anEndlessLineIsGivenUpAtTheLimit() throws IOException {
        reopen(1000);
        send("x".repeat(5000));
        assertThatThrownBy(() -> link.readLine())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("limit");
    }

    @Test
    void frames() throws IOException {
        reopen(5);
        send("\0\0\0\0\0\0\0\5hello\0\0\0\6");
        assertThat(link.readFrame()).isEmpty();
        assertThat(link.readFrame()).isEqualTo("hello".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> link.readFrame())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("6 bytes");
    }

    @Test
    void aNegativeLengthIsOverTheLimit() throws IOException {
        send("\u00ff\u00ff\u00ff\u00ff");
        assertThatThrownBy(() -> link.readFrame()).hasMessageContaining("4294967295");
    }

    @Test
    void theEndIsAnEofEvenInsideARecord() throws IOException {
        send("torn");
        station.close();
        assertThatThrownBy(() -> link.readLine()).isInstanceOf(EOFException.class);
    }

    @Test
    void bytesInPiecesOfAnySize() throws IOException {
        var all = "0123456789".repeat(3_000);
        send(all);
        var read = new StringBuilder();
        var piece = new byte[20_000];
        assertThat(link.read(piece, 0, 0)).isZero();
        while (read.length() < all.length()) {
            int count = link.read(piece, 3, read.length() % 2 == 0 ? 7 : 20_000 - 3);
            assertThat(count).isPositive();
            read.append(new String(piece, 3, count, StandardCharsets.US_ASCII));
        }
        assertThat(read.toString()).isEqualTo(all);
    }

    @Test
    void whatIsWrittenArrives() throws IOException {
        link.writeLine("hello");
        link.writeFrame(new byte[] {1, 2});
        assertThat(station.getInputStream().readNBytes(12))
                .isEqualTo("hello\n\0\0\0\2\1\2".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void itIsDrainedOnlyWhenItsReaderWaitsWithNothingInHand() throws Exception {
        assertThat(link.isDrained()).as("nobody reads").isFalse();
        send("one\ntwo\n");
        assertThat(link.readLine()).isEqualTo("one");
        assertThat(link.isDrained()).as("a line is read ahead").isFalse();
        assertThat(link.readLine()).isEqualTo("two");
        assertThat(link.isDrained()).as("the reader works").isFalse();
        assertThat(link.readBytes()).as("read, but perhaps not used").isZero();
        var reader = new FutureTask<>(() -> link.readLine());
        Thread.ofVirtual().start(reader);
        await().until(() -> link.isDrained());
        assertThat(link.readBytes()).isEqualTo("one\ntwo\n".length());
        send("three\n");
        assertThat(reader.get()).isEqualTo("three");
        assertThat(link.isDrained()).isFalse();
        link.close();
        await().until(() -> !link.isDrained() || station.getInputStream().read() < 0);
    }

    @Test
    void aPortThatNobodyServesIsRefused() throws IOException {
        int free = server.getLocalPort();
        close();
        var gone = Source.of("QSCO", "test", "127.0.0.1", free);
        assertThatThrownBy(() -> Link.open(gone)).isInstanceOf(java.net.ConnectException.class);
    }
}
