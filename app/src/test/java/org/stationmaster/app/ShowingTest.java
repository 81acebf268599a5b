package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The small parts below the live view. */
@Timeout(10)
class ShowingTest {
    @Test
    void numbersAsPeopleReadThem() {
        assertThat(Numbers.count(1_234_567)).isEqualTo("1,234,567");
        assertThat(List.of(Numbers.rate(0), Numbers.rate(0.123), Numbers.rate(12.34), Numbers.rate(1_234.5)))
                .containsExactly("0", "0.12", "12.3", "1,235");
        assertThat(List.of(Numbers.bytes(5), Numbers.bytes(41_234), Numbers.bytes(2.5e6), Numbers.bytes(3e9)))
                .containsExactly("5.00 B", "41.2 kB", "2.50 MB", "3.00 GB");
        assertThat(Numbers.clock(Duration.ofSeconds(75))).isEqualTo("01:15");
        assertThat(Numbers.clock(Duration.ofSeconds(3_675))).isEqualTo("1:01:15");
        assertThat(Numbers.clock(Duration.ofSeconds(-1))).isEqualTo("00:00");
    }

    @Test
    void coloursFollowTheEnvironment() {
        assertThat(Look.coloursOf(Map.of("TERM", "xterm"))).isEqualTo(Look.Colours.SIXTEEN);
        assertThat(Look.coloursOf(Map.of("TERM", "xterm-256color"))).isEqualTo(Look.Colours.MANY);
        assertThat(Look.coloursOf(Map.of("TERM", "xterm", "COLORTERM", "truecolor")))
                .isEqualTo(Look.Colours.MANY);
        assertThat(Look.coloursOf(Map.of("TERM", "xterm-256color", "NO_COLOR", "1")))
                .isEqualTo(Look.Colours.NONE);
        assertThat(Look.coloursOf(Map.of("TERM", "xterm", "NO_COLOR", "")))
                .as("an empty NO_COLOR is none")
                .isEqualTo(Look.Colours.SIXTEEN);
        assertThat(Look.coloursOf(Map.of("TERM", "dumb", "COLORTERM", "truecolor")))
                .isEqualTo(Look.Colours.NONE);
        assertThat(Look.isDumb(Map.of())).isTrue();
        assertThat(Look.isDumb(Map.of("TERM", "dumb"))).isTrue();
        assertThat(Look.isDumb(Map.of("TERM", "linux"))).isFalse();
    }

    @Test
    void theScreenIsLeftAsItWas() {
        var bytes = new ByteArrayOutputStream();
        var screen = new Screen(new PrintStream(bytes, false, StandardCharsets.UTF_8));
        screen.show(List.of("one", "two ■"));
        screen.close();
        screen.show(List.of("too late"));
        screen.close();
        var text = bytes.toString(StandardCharsets.UTF_8);
        assertThat(text)
                .startsWith("\u001b[?1049h\u001b[?25l")
                .contains("\u001b[Hone\u001b[K\r\ntwo ■\u001b[K\u001b[J");
        assertThat(text).endsWith("\u001b[?25h\u001b[?1049l").doesNotContain("too late");
        assertThat(text.split("1049l", -1)).as("left once").hasSize(2);
    }

    @Test
    void ratesAreOverTheLastSecondAndTheHistoryIsSecondBySecond() {
        var trend = new Trend();
        Trend.Rates rates = Trend.Rates.NONE;
        for (int tick = 0; tick <= 40; tick++) { // four looks a second, for ten seconds; 100/s, then 20/s
            long records = tick <= 20 ? tick * 25L : 500 + (tick - 20) * 5L;
            rates = trend.add(at(tick * 250_000_000L, records));
        }
        assertThat(rates.recordsPerSecond()).isEqualTo(20);
        assertThat(rates.bytesPerSecond()).isEqualTo(20 * 200);
        assertThat(rates.history()).containsExactly(100.0, 100.0, 100.0, 100.0, 100.0, 20.0, 20.0, 20.0, 20.0, 20.0);
    }

    @Test
    void theHistoryIsBounded() {
        var trend = new Trend();
        Trend.Rates rates = Trend.Rates.NONE;
        for (int second = 0; second < 500; second++) {
            rates = trend.add(at(second * 1_000_000_000L, second));
        }
        assertThat(rates.history()).hasSize(60);
    }

    @Test
    void withoutATerminalThereIsOneLine() {
        var line = Watch.Lines.line(
                new LiveView.Header("x", Duration.ofSeconds(5), null, List.of()),
                Snapshots.eventful(Snapshots.of(2, 128, 200)),
                new Trend.Rates(203.4, 41_234, List.of()));
        assertThat(line)
                .isEqualTo("00:05  running 200/200  203/s 41.2 kB/s  records 12,000"
                        + "  latency p50 81.3 p99 190 ms  reconnects 17  alarms 2");
    }

    private static Snapshot at(long nanoTime, long records) {
        var idle = Snapshots.idle(1, 1);
        var t = idle.totals();
        var totals = new org.stationmaster.core.api.MachineView.Totals(
                t.sources(), 0, records, records * 200, 0, 0, 0, 0, 0, t.ends(), t.delivered(), t.refused());
        return new Snapshot(
                nanoTime,
                idle.size(),
                idle.workers(),
                totals,
                List.of(),
                List.of(),
                Snapshots.NOTHING,
                Snapshots.NOTHING);
    }
}
