package org.stationmaster.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The small parts of the simulator, each alone. */
@Timeout(20)
final class PartsTest {
    private static final long MILLI = 1_000_000;

    @Test
    void theWheelFiresEachOnceAndNotEarly() {
        var wheel = new DueWheel();
        var random = new SplittableRandom(1);
        long[] now = {0};
        int[] fired = {0};
        for (int i = 0; i < 5000; i++) {
            long at = random.nextLong(20_000 * MILLI);
            wheel.add(
                    new Due(time -> {
                        assertThat(time).isBetween(at, at + 3 * MILLI + MILLI);
                        fired[0]++;
                    }),
                    at);
        }
        while (now[0] < 20_100 * MILLI) {
            now[0] += random.nextLong(3 * MILLI);
            wheel.fire(now[0]);
        }
        assertThat(fired[0]).isEqualTo(5000);
    }

    @Test
    void theWheelOutlivesAJumpOfTheClock() {
        var wheel = new DueWheel();
        var fired = new ArrayList<Integer>();
        wheel.add(new Due(now -> fired.add(1)), 10 * MILLI);
        wheel.add(new Due(now -> fired.add(2)), 9_000 * MILLI);
        var later = new Due(now -> fired.add(3));
        wheel.add(later, 3_700_000 * MILLI);
        wheel.fire(3_600_000 * MILLI);
        assertThat(fired).containsExactlyInAnyOrder(1, 2);
        wheel.fire(3_700_000 * MILLI);
        assertThat(fired).hasSize(3);
        assertThat(later.isWaiting()).isFalse();
    }

    @Test
    void anEntryThatAddsItselfIsNotFiredTwiceAtOnce() {
        var wheel = new DueWheel();
        int[] fired = {0};
        var self = new Due[1];
        self[0] = new Due(now -> {
            fired[0]++;
            wheel.add(self[0], 0);
        });
        wheel.add(self[0], 0);
        wheel.fire(0);
        assertThat(fired[0]).isEqualTo(1);
        wheel.remove(self[0]);
        wheel.fire(10 * MILLI);
        assertThat(fired[0]).isEqualTo(1);
    }

    @Test
    void theWheelKnowsHowLongNothingIsDue() {
        var wheel = new DueWheel();
        assertThat(wheel.idleMillis(0, 10)).isEqualTo(10);
        wheel.add(new Due(now -> {}), 4 * MILLI);
        assertThat(wheel.idleMillis(0, 10)).isEqualTo(4);
        assertThat(wheel.idleMillis(9 * MILLI, 10)).isZero();
    }

    @Test
    void aStampIsReadAsItWasWritten() {
        var stamp = new Stamp();
        var out = new byte[100];
        for (long seq : new long[] {0, 9, 10, 12345678901L, Long.MAX_VALUE}) {
            int end = Stamp.write(out, 3, Stamp.head("A-1"), seq, 1_767_225_600_000_000_000L);
            var payload = ByteBuffer.wrap(out, 3, 97);
            assertThat(stamp.read(payload)).isTrue();
            assertThat(stamp.seq()).isEqualTo(seq);
            assertThat(stamp.epochNanos()).isEqualTo(1_767_225_600_000_000_000L);
            assertThat(stamp.sourceId()).isEqualTo("A-1");
            assertThat(stamp.isFrom("A-1")).isTrue();
            assertThat(stamp.isFrom("A-2")).isFalse();
            assertThat(stamp.length()).isEqualTo(end - 3);
            assertThat(payload.position()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SM1",
                "SM1 ",
                "SM2 A 1 2 ",
                "SM1 A 1 2",
                "SM1 A 1",
                "SM1  1 2 ",
                "SM1 A  2 ",
                "SM1 A -1 2 ",
                "SM1 A 1 x ",
                "SM1 A 99999999999999999999 2 ",
                "SM1 A 9999999999999999999 2 "
            })
    void whatIsNoStampIsNotRead(String text) {
        assertThat(new Stamp().read(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII))))
                .isFalse();
    }

    @Test
    void theManualClockMovesByHandOnly() {
        var clock = new ManualClock(5);
        assertThat(clock.nanoTime()).isZero();
        clock.advance(Duration.ofSeconds(2));
        assertThat(clock.nanoTime()).isEqualTo(2_000_000_000L);
        assertThat(clock.epochNanos()).isEqualTo(2_000_000_005L);
        assertThat(clock.elapsed()).isEqualTo(Duration.ofSeconds(2));
        assertThatThrownBy(() -> clock.advance(Duration.ofNanos(-1))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{}", "{\"protocol\": 1}", "{\"totals\": {}, \"sources\": []} x"})
    void whatIsNoReportIsRefused(String text, @TempDir Path folder) throws IOException {
        var file = Files.writeString(folder.resolve("report.json"), text);
        assertThatThrownBy(() -> NetworkReport.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("report.json");
    }

    @Test
    void aReportKeepsStrangeText(@TempDir Path folder) throws IOException {
        var report = new NetworkReport("a\"b\\c\nd", 1, 2, 3, 4, List.of());
        report.write(folder.resolve("report.json"));
        assertThat(NetworkReport.read(folder.resolve("report.json"))).isEqualTo(report);
    }

    @Test
    void cutRangesAreJoinedAndFound() {
        var tally = new Tally();
        tally.cut(0, 4);
        tally.cut(5, 5);
        tally.cut(8, 9);
        var source = tally.report("A", 20);
        assertThat(source.cutRanges()).containsExactly(new NetworkReport.Range(0, 5), new NetworkReport.Range(8, 9));
        assertThat(source.cut()).isEqualTo(8);
        assertThat(source.sent()).isEqualTo(12);
        assertThat(source.isCut(5)).isTrue();
        assertThat(source.isCut(6)).isFalse();
        assertThat(source.isCut(9)).isTrue();
        assertThat(source.isCut(10)).isFalse();
    }

    @Test
    void aWriteBehindThePeersEndShows() throws IOException {
        var network = new Network(NetworkPlan.builder("tcp-lines").build());
        try (var listener =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                var selector = Selector.open()) {
            for (boolean late : new boolean[] {false, true}) {
                var peer = new Socket(
                        InetAddress.getLoopbackAddress(), listener.socket().getLocalPort());
                try (var accepted = listener.accept()) {
                    accepted.configureBlocking(false);
                    var key = accepted.register(selector, 0);
                    var connection = new StationConnection(network, accepted, key, 0);
                    peer.close();
                    if (late) {
                        assertThat(connection.begin(ByteBuffer.wrap(new byte[] {1}), 10))
                                .isTrue();
                    }
                    assertThat(connection.isStanding()).isEqualTo(!late);
                }
            }
        }
    }
}
