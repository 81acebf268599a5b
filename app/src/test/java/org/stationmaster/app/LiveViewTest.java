package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.SlotState;

@Timeout(20)
class LiveViewTest {
    private static final String ARCHIVE = "archive /data/demo/archive";
    private static final Trend.Rates RATES = new Trend.Rates(203.4, 41_234, List.of(0.0, 50.0, 100.0, 203.0));

    private static LiveView.Header header() {
        return new LiveView.Header(
                "200 stations × 1 Hz on 2 workers × 128 slots",
                Duration.ofSeconds(12),
                Duration.ofSeconds(60),
                List.of("Ctrl-C ends with a summary     http://127.0.0.1:8470/", ARCHIVE));
    }

    private static Look plain(int width, int height) {
        return new Look(width, height, Look.Colours.NONE, true);
    }

    private static String draw(Snapshot snapshot, Look look) {
        return String.join("\n", LiveView.lines(header(), snapshot, RATES, look)) + "\n";
    }

    @Test
    void fillsAnOrdinaryTerminal() {
        assertThat(draw(Snapshots.eventful(Snapshots.of(2, 128, 200)), plain(80, 24)))
                .isEqualTo("""
 STATIONMASTER  200 stations × 1 Hz on 2 workers × 128 slots       00:12 / 01:00

 w0  ■■■■■■■▲■■■■■+■■■■■■■■■■■■■▲■■■■■+■■■■■■■■■             100/128  load  4.0%
     ■■■■▲■■■■■+■■■■■■■■■■■■■▲■■■■■+■■■■■■■■■■■■
     ■▲■■■■■+■■■■■■····························
 w1  ■■■■■■■▲■■■■■+■■■■■■■■■■■■■▲■■■■■+■■■■■■■■■             100/128  load  4.0%
     ■■■■▲■■■■■+■■■■■■■■■■■■■▲■■■■■+■■■■■■■■■■■■
     ■▲■■■■■+■■■■■■····························
 ■ running 180  + starting 10  ▲ backoff 10  · idle 56

 records   203/s  41.2 kB/s   12,000 in all                                ▁▂▄█
 latency   p50 81.3  p99 190  max 212 ms  sent to archived
 sources   200  running 200  failing 2
 wake      p50 0.12  p99 0.90  max 1.40 ms  accepted to started
 ends      17 reconnects  reset 9  silent 4  corrupt 3  undecodable 3  late 1
 ALARM     failing SIM00007  3 attempts brought no record: connection refused
 ALARM     sink archive  no space left on device; free some

 12:00:05  SIM00007 w0/7  running → backoff  reset  connection reset by peer
 12:00:05  SIM00007 w0/7  backoff → starting
 12:00:05  SIM00007 w0/7  starting → running
 Ctrl-C ends with a summary     http://127.0.0.1:8470/
 archive /data/demo/archive
""");
    }

    @Test
    void aNarrowAndLowTerminalWithoutUnicodeShowsWhatMattersMost() {
        assertThat(draw(Snapshots.eventful(Snapshots.of(2, 128, 200)), new Look(40, 10, Look.Colours.NONE, false)))
                .isEqualTo("""
 STATIONMASTER  200 stati~ 00:12 / 01:00
 w0 ##!#+####!#+###!#+####       100/128
    !#+####!#+##.........
 w1 ##!#+####!#+###!#+####       100/128
    !#+####!#+##.........
 # running 180  + starting 10
 records   203/s  41.2 kB/s
 latency   p50 81.3  p99 190  max 212 ms
 ALARM     failing SIM00007  3~  +1 more
 Ctrl-C ends with a summary     http:/~
""");
    }

    @Test
    void anIdleMachine() {
        assertThat(draw(Snapshots.idle(3, 40), plain(72, 14))).isEqualTo("""
 STATIONMASTER  200 stations × 1 Hz on 2 workers × 128 sl… 00:12 / 01:00
 w0  ········································           0/40  load  0.0%
 w1  ········································           0/40  load  0.0%
 w2  ········································           0/40  load  0.0%
 ■ running 0  · idle 120

 records   203/s  41.2 kB/s   0 in all                             ▁▂▄█
 latency   nothing archived yet
 sources   0
 wake      nothing woken yet
 ends      0 reconnects
 Ctrl-C ends with a summary     http://127.0.0.1:8470/
 archive /data/demo/archive
""");
    }

    @Test
    void moreSlotsThanCellsAreGroupedAndTheWorstShows() {
        var slots = new ArrayList<>(Collections.nCopies(1_000, SlotState.RUNNING));
        slots.set(777, SlotState.BACKOFF);
        var snapshot = with(Snapshots.idle(1, 1_000), Snapshots.row(0, WorkerState.READY, slots, 0.2));
        var text = draw(snapshot, plain(80, 14));
        assertThat(text).contains("a cell is 3 slots");
        assertThat(text.lines().filter(line -> line.startsWith(" w0") || line.startsWith("    ")))
                .hasSize(7);
        assertThat(text.lines().filter(line -> !line.contains("backoff")).filter(line -> line.contains("▲")))
                .as("the one in trouble is to be seen")
                .hasSize(1);
    }

    @Test
    void everyPairOfStatesShowsTheWorse() {
        var fromBestToWorst = List.of(
                SlotState.IDLE,
                SlotState.RUNNING,
                SlotState.PAUSED,
                SlotState.STOPPING,
                SlotState.STARTING,
                SlotState.BACKOFF);
        assertThat(fromBestToWorst).containsExactlyInAnyOrder(SlotState.values());
        for (int better = 0; better < fromBestToWorst.size(); better++) {
            for (var worse : fromBestToWorst.subList(better, fromBestToWorst.size())) {
                assertThat(SlotGrid.cells(List.of(worse, fromBestToWorst.get(better)), 2))
                        .containsExactly(worse);
                assertThat(SlotGrid.cells(List.of(fromBestToWorst.get(better), worse), 2))
                        .containsExactly(worse);
            }
        }
    }

    @Test
    void statesDifferInShapeAndInColour() {
        for (boolean unicode : new boolean[] {true, false}) {
            assertThat(Stream.of(SlotState.values())
                            .map(state -> Glyph.of(state, unicode))
                            .distinct())
                    .hasSameSizeAs(SlotState.values());
        }
        assertThat(List.of(SlotState.values()).stream().map(Glyph::paint).distinct())
                .hasSameSizeAs(SlotState.values());
    }

    @Test
    void moreWorkersThanRowsAreNamed() {
        assertThat(draw(Snapshots.idle(50, 10), plain(80, 20))).contains("more workers");
        assertThat(draw(Snapshots.idle(50, 10), plain(80, 120)))
                .contains(" w49 ")
                .doesNotContain("more workers");
    }

    @Test
    void aLostWorkerIsNamed() {
        var row = Snapshots.row(0, WorkerState.LOST, Collections.nCopies(8, SlotState.IDLE), 0);
        assertThat(draw(with(Snapshots.idle(1, 8), row), plain(80, 24))).containsPattern("w0 .*0/8  lost");
    }

    /** Nothing may ever wrap or scroll, whatever the size of the terminal. */
    @Test
    void neverWiderOrHigherThanTheScreen() {
        var snapshots = List.of(
                Snapshots.idle(1, 1), Snapshots.eventful(Snapshots.of(2, 128, 200)), Snapshots.of(16, 1_000, 15_000));
        for (var snapshot : snapshots) {
            for (int width = 1; width <= 150; width += width < 60 ? 1 : 13) {
                for (int height = 1; height <= 60; height += height < 30 ? 1 : 7) {
                    var look = plain(width, height);
                    var lines = LiveView.lines(header(), snapshot, RATES, look);
                    assertThat(lines).as("%s", look).hasSizeBetween(1, height);
                    assertThat(lines).as("%s", look).allMatch(line -> line.length() <= look.width());
                }
            }
        }
    }

    @Test
    void coloursAddNothingButColours() {
        var snapshot = Snapshots.eventful(Snapshots.of(2, 128, 200));
        for (var colours : List.of(Look.Colours.SIXTEEN, Look.Colours.MANY)) {
            var coloured = draw(snapshot, new Look(80, 24, colours, true));
            assertThat(coloured).contains("\u001b[");
            assertThat(coloured.replaceAll("\u001b\\[[0-9;]*m", "").replaceAll(" +\n", "\n"))
                    .isEqualTo(draw(snapshot, plain(80, 24)));
        }
        assertThat(draw(snapshot, plain(80, 24))).doesNotContain("\u001b");
    }

    /** Details come from stations and their operators: they must not steer the terminal. */
    @Test
    void controlCharactersFromOutsideAreShownAsQuestionMarks() {
        var quiet = Snapshots.eventful(Snapshots.of(1, 8, 4));
        var evil = new Alarm(Alarm.Kind.FAILING, "X", quiet.events().getFirst().at(), "a\u001b[2Jb\nc\u009b1md");
        var snapshot = new Snapshot(
                0,
                quiet.size(),
                quiet.workers(),
                quiet.totals(),
                List.of(evil),
                quiet.events(),
                quiet.latencyMillis(),
                quiet.wakeMillis());
        assertThat(draw(snapshot, plain(80, 24))).contains("a?[2Jb?c?1md");
    }

    @Test
    void sparkReachesFromLowestToHighest() {
        assertThat(Figures.spark(List.of(0.0, 1.0, 2.0), 10)).isEqualTo("▁▄█");
        assertThat(Figures.spark(List.of(5.0, 1.0, 2.0), 2))
                .as("only the last fit")
                .isEqualTo("▄█");
        assertThat(Figures.spark(List.of(0.0, 0.0), 10)).isEqualTo("▁▁");
    }

    private static Snapshot with(Snapshot snapshot, Snapshot.Row row) {
        return new Snapshot(
                0,
                snapshot.size(),
                List.of(row),
                snapshot.totals(),
                List.of(),
                List.of(),
                Snapshots.NOTHING,
                Snapshots.NOTHING);
    }
}
