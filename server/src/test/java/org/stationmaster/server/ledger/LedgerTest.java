package org.stationmaster.server.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.SourcePage;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.MachineView.WorkerStatus;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.server.FakeMachine;
import org.stationmaster.server.ledger.Ledger.Interval;
import org.stationmaster.server.ledger.Ledger.OfCause;
import org.stationmaster.server.ledger.Ledger.OfSource;

/** From what is seen of a machine, a look a second, to what is told of it, over restarts. */
@Timeout(60)
class LedgerTest {
    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");

    /** Sources of 1 Hz: their silence limit is 5 s. */
    private final TreeMap<String, Seen> sources = new TreeMap<>();

    private final List<Alarm> alarms = new ArrayList<>();
    private final int[] losses = new int[2];
    private Instant now = NOON;

    @TempDir
    private Path directory;

    private @Nullable Ledger open;

    /** What the machine shows of one source. */
    private record Seen(
            SourceState state,
            int worker,
            long epoch,
            long reconnects,
            EndReason reason,
            @Nullable Instant lastRecord) {}

    private static final Seen RUNNING = new Seen(SourceState.RUNNING, 0, 1_000, 0, EndReason.NONE, null);

    @AfterEach
    void close() {
        if (open != null) {
            open.close();
        }
    }

    private Ledger ledger() throws IOException {
        return ledger(LedgerStore.MAX_GAPS, Ledger.MAX_UNWRITTEN);
    }

    private Ledger ledger(int maxGaps, int maxUnwritten) throws IOException {
        var made = new Ledger(
                new Ledger.Eyes(this::workers, this::page, () -> alarms),
                new LedgerStore(directory.resolve("ledger.db"), maxGaps),
                new Clock() {
                    @Override
                    public long nanoTime() {
                        return epochNanos();
                    }

                    @Override
                    public long epochNanos() {
                        return now.toEpochMilli() * 1_000_000;
                    }
                },
                maxUnwritten);
        open = made;
        return made;
    }

    private List<WorkerStatus> workers() {
        return IntStream.range(0, losses.length)
                .mapToObj(i -> new WorkerStatus(
                        new WorkerId(i), "process", 1, WorkerState.READY, Map.of(), 0, null, losses[i]))
                .toList();
    }

    /** Two at a time, however many are asked for: no test has hundreds. */
    private SourcePage page(SourceQuery query) {
        var after = query.after();
        var page = (after == null ? sources : sources.tailMap(after, false))
                .entrySet().stream()
                        .limit(2)
                        .map(entry -> status(entry.getKey(), entry.getValue()))
                        .toList();
        boolean isLast = page.isEmpty() || page.getLast().source().id().value().equals(sources.lastKey());
        return new SourcePage(page, isLast ? null : page.getLast().source().id().value());
    }

    private static SourceStatus status(String id, Seen seen) {
        boolean isHeld = seen.state() != SourceState.WAITING && seen.state() != SourceState.FILTERED;
        return new SourceStatus(
                Source.builder(id, "tcp-lines", "h", 1).rate(1).build(),
                seen.state(),
                isHeld ? new SlotId(new WorkerId(seen.worker()), 0) : null,
                isHeld ? seen.epoch() : 0,
                true,
                false,
                seen.reason(),
                seen.reason() == EndReason.NONE ? "" : "in words",
                seen.lastRecord(),
                null,
                0,
                0,
                seen.reconnects(),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0);
    }

    private static Seen as(Seen seen, SourceState state, EndReason reason) {
        return new Seen(state, seen.worker(), seen.epoch(), seen.reconnects(), reason, seen.lastRecord());
    }

    /** Seconds in which every source that runs has a record. */
    private void flow(Ledger ledger, int seconds) {
        for (int i = 0; i < seconds; i++) {
            now = now.plusSeconds(1);
            sources.replaceAll((_, seen) -> seen.state() == SourceState.RUNNING
                    ? new Seen(seen.state(), seen.worker(), seen.epoch(), seen.reconnects(), seen.reason(), now)
                    : seen);
            ledger.look();
        }
    }

    /** Seconds in which nothing comes. */
    private void still(Ledger ledger, int seconds) {
        for (int i = 0; i < seconds; i++) {
            now = now.plusSeconds(1);
            ledger.look();
        }
    }

    private OfSource told(Ledger ledger, String source) throws IOException {
        var all = ledger.told(source, null, null, 100).sources();
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    private static Instant at(int seconds) {
        return NOON.plusSeconds(seconds);
    }

    @Test
    void whoAlwaysSendsIsComplete() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 60);
        assertThat(told(ledger, "A").gaps()).isEmpty();
        assertThat(told(ledger, "A").completeness()).isEqualTo(1.0);
        var all = ledger.told(null, null, null, 100);
        assertThat(all.sources()).isEmpty();
        assertThat(all.complete()).isEqualTo(1);
        assertThat(all.since()).isEqualTo(at(1).toString());
    }

    @Test
    void aLinkThatBreaksIsMissingFromItsLastRecordToTheFirstOne() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        sources.compute("A", (_, seen) -> as(seen, SourceState.BACKOFF, EndReason.RESET));
        still(ledger, 20);
        assertThat(told(ledger, "A").gaps())
                .containsExactly(new Interval(at(10).toString(), null, 20, "NETWORK", "in words"));
        sources.compute(
                "A", (_, seen) -> new Seen(SourceState.RUNNING, 0, 1_000, 1, EndReason.RESET, seen.lastRecord()));
        still(ledger, 1);
        assertThat(told(ledger, "A").gaps())
                .as("connected, and no record yet")
                .first()
                .extracting(Interval::to)
                .isNull();
        flow(ledger, 70);
        var told = told(ledger, "A");
        assertThat(told.gaps())
                .containsExactly(new Interval(at(10).toString(), at(32).toString(), 22, "NETWORK", "in words"));
        assertThat(told.wantedSeconds()).isEqualTo(100);
        assertThat(told.missingSeconds()).isEqualTo(22);
        assertThat(told.completeness()).isCloseTo(0.78, within(1e-9));
        assertThat(ledger.told(null, at(20), at(25), 10).causes())
                .as("cut to the window")
                .containsExactly(new OfCause("NETWORK", 1, 1, 5));
        assertThat(ledger.told("A", at(40), at(50), 10).causes()).isEmpty();
    }

    @Test
    void aReconnectBetweenTwoLooksShows() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        sources.put("A", new Seen(SourceState.RUNNING, 0, 1_000, 1, EndReason.ENDED, at(10)));
        flow(ledger, 5);
        assertThat(told(ledger, "A").gaps())
                .containsExactly(new Interval(at(10).toString(), at(11).toString(), 1, "NETWORK", "in words"));
    }

    @Test
    void silenceIsMissingFromItsLastRecord() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        still(ledger, 5);
        assertThat(told(ledger, "A").gaps()).isEmpty();
        still(ledger, 1);
        assertThat(told(ledger, "A").gaps())
                .containsExactly(new Interval(at(10).toString(), null, 6, "SOURCE_SILENT", ""));
        flow(ledger, 1);
        assertThat(told(ledger, "A").gaps())
                .containsExactly(new Interval(at(10).toString(), at(17).toString(), 7, "SOURCE_SILENT", ""));
    }

    @Test
    void aSinkThatTakesNothingIsNoSilenceOfTheStation() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        alarms.add(new Alarm(Alarm.Kind.SINK, "archive", now, "disk full"));
        still(ledger, 6);
        assertThat(told(ledger, "A").gaps()).extracting(Interval::cause).containsExactly("OVERFLOW");
    }

    @Test
    void aStationThatWasNeverHeardIsMissingFromTheTimeItWasWanted() throws IOException {
        var ledger = ledger();
        sources.put("A", as(RUNNING, SourceState.BACKOFF, EndReason.UNREACHABLE));
        still(ledger, 5);
        assertThat(told(ledger, "A").gaps()).as("it may just be starting").isEmpty();
        still(ledger, 5);
        assertThat(told(ledger, "A").gaps())
                .containsExactly(new Interval(at(1).toString(), null, 9, "NETWORK", "in words"));
        assertThat(told(ledger, "A").completeness()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "UNREACHABLE, NETWORK",
        "CONNECT_TIMEOUT, NETWORK",
        "TLS, NETWORK",
        "ENDED, NETWORK",
        "RESET, NETWORK",
        "SILENT, SOURCE_SILENT",
        "CORRUPT, CORRUPT",
        "REFUSED, REFUSED",
        "TASK_FAILED, TASK_FAILED",
        "NO_ROOM, OVERFLOW",
        "NOT_CALLED, NOT_CALLED"
    })
    void theReasonOfAnEndIsTheCause(EndReason reason, String cause) throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 3);
        sources.compute("A", (_, seen) -> as(seen, SourceState.BACKOFF, reason));
        still(ledger, 1);
        assertThat(told(ledger, "A").gaps()).extracting(Interval::cause).containsExactly(cause);
    }

    @Test
    void aLostWorkerIsTheCauseForItsOwnSourcesAlone() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        sources.put("B", new Seen(SourceState.RUNNING, 1, 1_000, 0, EndReason.NONE, null));
        flow(ledger, 10);
        losses[0]++;
        sources.put("A", new Seen(SourceState.STARTING, 1, 2_000, 0, EndReason.NONE, null));
        still(ledger, 1);
        sources.put("A", new Seen(SourceState.RUNNING, 1, 2_000, 0, EndReason.NONE, null));
        flow(ledger, 5);
        assertThat(told(ledger, "A").gaps())
                .containsExactly(new Interval(at(10).toString(), at(12).toString(), 2, "WORKER_LOST", ""));
        assertThat(told(ledger, "B").gaps()).isEmpty();
    }

    @Test
    void otherMetadataAndAWaitForASlotHaveTheirNames() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        sources.put("B", RUNNING);
        flow(ledger, 10);
        sources.put("A", new Seen(SourceState.RUNNING, 0, 2_000, 0, EndReason.NONE, null));
        sources.put("B", as(RUNNING, SourceState.WAITING, EndReason.NONE));
        flow(ledger, 2);
        assertThat(told(ledger, "A").gaps())
                .containsExactly(new Interval(at(10).toString(), at(11).toString(), 1, "MOVED", ""));
        assertThat(told(ledger, "B").gaps()).extracting(Interval::cause).containsExactly("NO_SLOT");
    }

    @Test
    void whatIsNotWantedIsNotMissing() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        sources.compute("A", (_, seen) -> as(seen, SourceState.PAUSED, EndReason.TOLD));
        still(ledger, 60);
        sources.compute("A", (_, seen) -> as(seen, SourceState.RUNNING, EndReason.TOLD));
        flow(ledger, 10);
        var told = told(ledger, "A");
        assertThat(told.gaps())
                .containsExactly(new Interval(at(11).toString(), at(71).toString(), 60, "NOT_WANTED", ""));
        assertThat(told.wantedSeconds()).isEqualTo(19);
        assertThat(told.completeness()).isEqualTo(1.0);
    }

    /** It keeps its activation: what it shows last is from before the pause until the station has sent again. */
    @Test
    void behindAPauseOnlyTheTimeSinceIsMissing() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        sources.compute("A", (_, seen) -> as(seen, SourceState.PAUSED, EndReason.TOLD));
        still(ledger, 60);
        sources.compute("A", (_, seen) -> as(seen, SourceState.STARTING, EndReason.TOLD));
        still(ledger, 1);
        sources.compute("A", (_, seen) -> as(seen, SourceState.RUNNING, EndReason.TOLD));
        still(ledger, 3);
        assertThat(told(ledger, "A").gaps()).extracting(Interval::cause).containsExactly("NOT_WANTED");
        still(ledger, 4);
        flow(ledger, 5);
        var told = told(ledger, "A");
        assertThat(told.gaps())
                .containsExactly(
                        new Interval(at(11).toString(), at(71).toString(), 60, "NOT_WANTED", ""),
                        new Interval(at(71).toString(), at(79).toString(), 8, "SOURCE_SILENT", "in words"));
        assertThat(told.missingSeconds()).isEqualTo(8);
    }

    @Test
    void anOutageThatAPauseEndsKeepsItsPlace() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        sources.compute("A", (_, seen) -> as(seen, SourceState.BACKOFF, EndReason.RESET));
        still(ledger, 5);
        sources.compute("A", (_, seen) -> as(seen, SourceState.PAUSED, EndReason.TOLD));
        still(ledger, 60);
        sources.compute("A", (_, seen) -> as(seen, SourceState.RUNNING, EndReason.TOLD));
        still(ledger, 2);
        flow(ledger, 5);
        assertThat(told(ledger, "A").gaps())
                .containsExactly(
                        new Interval(at(10).toString(), at(16).toString(), 6, "NETWORK", "in words"),
                        new Interval(at(16).toString(), at(76).toString(), 60, "NOT_WANTED", ""));
    }

    @Test
    void aReleasedSourceIsKnownForItsTimeAndComesBack() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        sources.remove("A");
        still(ledger, 20);
        assertThat(told(ledger, "A").wantedSeconds()).isEqualTo(10);
        sources.put("A", new Seen(SourceState.RUNNING, 0, 2_000, 0, EndReason.NONE, null));
        flow(ledger, 10);
        var told = told(ledger, "A");
        assertThat(told.gaps()).extracting(Interval::cause).containsExactly("NOT_WANTED");
        assertThat(told.completeness()).isEqualTo(1.0);
        assertThat(ledger.told("B", null, null, 100).sources())
                .as("never known")
                .isEmpty();
    }

    /** There are as many as before. */
    @Test
    void aSourceThatGoesAsAnotherComesIsNotTakenForIt() throws IOException {
        var ledger = ledger();
        for (var id : List.of("A", "B", "C", "D")) {
            sources.put(id, RUNNING);
        }
        flow(ledger, 10);
        sources.remove("C");
        sources.put("E", RUNNING);
        flow(ledger, 10);
        assertThat(told(ledger, "C").wantedSeconds()).isEqualTo(10);
        assertThat(told(ledger, "D").wantedSeconds()).isEqualTo(19);
    }

    @Test
    void aMachineThatWasDownIsTheCauseUntilTheFirstRecord() throws IOException {
        var first = ledger();
        sources.put("A", RUNNING);
        sources.put("B", RUNNING);
        sources.put("C", RUNNING);
        flow(first, 10);
        sources.compute("B", (_, seen) -> as(seen, SourceState.BACKOFF, EndReason.UNREACHABLE));
        still(first, 1);
        first.close();

        now = now.plusSeconds(100);
        sources.remove("C");
        sources.put("A", new Seen(SourceState.STARTING, 0, 2_000, 0, EndReason.NONE, null));
        sources.put("B", new Seen(SourceState.STARTING, 0, 2_000, 0, EndReason.NONE, null));
        var second = ledger();
        still(second, 1);
        sources.replaceAll((_, seen) -> as(seen, SourceState.RUNNING, EndReason.NONE));
        flow(second, 10);
        assertThat(told(second, "A").gaps())
                .containsExactly(new Interval(at(11).toString(), at(113).toString(), 102, "MACHINE_DOWN", ""));
        assertThat(told(second, "B").gaps())
                .as("it was away before, and after: one gap")
                .containsExactly(new Interval(at(10).toString(), at(113).toString(), 103, "NETWORK", "in words"));
        assertThat(told(second, "C").gaps())
                .as("taken away while no machine ran")
                .isEmpty();
        assertThat(told(second, "C").wantedSeconds()).isLessThan(120);
    }

    @Test
    void whatKeepsASourceAwayFromTheNextMachineIsNoLongerThatItWasDown() throws IOException {
        var first = ledger();
        for (var id : List.of("REFUSED", "SILENT", "WAITS")) {
            sources.put(id, RUNNING);
        }
        flow(first, 10);
        first.close();

        now = now.plusSeconds(100);
        sources.replaceAll((_, _) -> new Seen(SourceState.STARTING, 0, 2_000, 0, EndReason.NONE, null));
        var second = ledger();
        still(second, 1);
        sources.compute("REFUSED", (_, seen) -> as(seen, SourceState.BACKOFF, EndReason.UNREACHABLE));
        sources.compute("SILENT", (_, seen) -> as(seen, SourceState.RUNNING, EndReason.NONE));
        sources.compute("WAITS", (_, seen) -> as(seen, SourceState.WAITING, EndReason.NONE));
        still(second, 30);
        assertThat(causes(second, "REFUSED")).containsExactly("MACHINE_DOWN", "NETWORK");
        assertThat(causes(second, "SILENT")).containsExactly("MACHINE_DOWN", "SOURCE_SILENT");
        assertThat(causes(second, "WAITS")).containsExactly("MACHINE_DOWN", "NO_SLOT");
        assertThat(told(second, "REFUSED").missingSeconds())
                .as("nothing between the two, and nothing twice")
                .isEqualTo(131);
    }

    private List<String> causes(Ledger ledger, String id) throws IOException {
        return told(ledger, id).gaps().stream().map(Interval::cause).toList();
    }

    @Test
    void aStartThatFailsHasSeenNothing() throws IOException {
        var killed = ledger();
        sources.put("A", RUNNING);
        flow(killed, 35);
        now = now.plusSeconds(100);
        ledger().close(); // the port was taken
        now = now.plusSeconds(100);
        sources.put("A", new Seen(SourceState.RUNNING, 0, 2_000, 0, EndReason.NONE, null));
        var third = ledger();
        flow(third, 2);
        assertThat(Instant.parse(told(third, "A").gaps().getFirst().from())).isBetween(at(25), at(35));
        killed.close();
    }

    @Test
    void aKillCostsTheLastTenSecondsAtTheMost() throws IOException {
        var killed = ledger();
        sources.put("A", RUNNING);
        flow(killed, 35);
        // not closed: the second one reads what was committed
        now = now.plusSeconds(100);
        sources.put("A", new Seen(SourceState.RUNNING, 0, 2_000, 0, EndReason.NONE, null));
        var second = ledger();
        flow(second, 2);
        var gap = told(second, "A").gaps().getFirst();
        assertThat(gap.cause()).isEqualTo("MACHINE_DOWN");
        assertThat(Instant.parse(gap.from())).isBetween(at(25), at(35));
        killed.close();
    }

    @Test
    void sumsAreOfTheWindowAndOfAllGaps() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        for (int i = 0; i < 10; i++) {
            flow(ledger, 10);
            still(ledger, 9);
        }
        flow(ledger, 1);
        var all = ledger.told(null, at(0), at(200), 3);
        assertThat(all.more()).isTrue();
        assertThat(all.sources().getFirst().gaps()).hasSize(3);
        assertThat(all.sources().getFirst().missingSeconds()).isEqualTo(100);
        var part = ledger.told("A", at(15), at(25), 100).sources().getFirst();
        assertThat(part.missingSeconds()).as("a gap from 10 to 20").isEqualTo(5);
        assertThat(part.wantedSeconds()).isEqualTo(10);
        assertThatThrownBy(() -> ledger.told("A", at(25), at(25), 100))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be before");
    }

    @Test
    void theOldestGapsGoWhenThereAreTooMany() throws IOException {
        var ledger = ledger(4, Ledger.MAX_UNWRITTEN);
        sources.put("A", RUNNING);
        for (int i = 0; i < 10; i++) {
            flow(ledger, 10);
            still(ledger, 9);
        }
        now = now.plusSeconds(3_600);
        flow(ledger, 1);
        var all = ledger.told(null, NOON, null, 100);
        assertThat(all.sources().getFirst().gaps()).hasSize(4);
        assertThat(Instant.parse(all.since())).isAfter(at(20));
    }

    @Test
    void whatCannotBeWrittenWaitsAndIsBounded() throws Exception {
        var ledger = ledger(LedgerStore.MAX_GAPS, 3);
        IntStream.range(0, 5).forEach(i -> sources.put("S" + i, RUNNING));
        flow(ledger, 10);
        run("CREATE TRIGGER full BEFORE INSERT ON gaps BEGIN SELECT RAISE(ABORT, 'no room'); END");
        still(ledger, 6);
        var told = ledger.told(null, NOON, null, 100);
        assertThat(told.trouble()).contains("no room");
        assertThat(ledger.alarms())
                .containsExactly(
                        new Alarm(Alarm.Kind.DISK, "ledger", at(16), "the ledger keeps no gaps: " + told.trouble()));
        assertThat(told.dropped()).isEqualTo(2);
        run("DROP TRIGGER full");
        still(ledger, 1);
        var later = ledger.told(null, NOON, null, 100);
        assertThat(later.trouble()).isEmpty();
        assertThat(ledger.alarms()).isEmpty();
        assertThat(later.sources()).extracting(OfSource::source).containsExactly("S2", "S3", "S4");
    }

    /** As another process would. */
    private void run(String sql) throws Exception {
        try (var other = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("ledger.db"));
                var statement = other.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void aClockThatIsSetBackMakesNoNegativeGap() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        sources.compute("A", (_, seen) -> as(seen, SourceState.BACKOFF, EndReason.RESET));
        still(ledger, 2);
        now = now.minusSeconds(3_600);
        sources.compute("A", (_, seen) -> as(seen, SourceState.PAUSED, EndReason.TOLD));
        still(ledger, 1);
        now = now.plusSeconds(7_200);
        assertThat(told(ledger, "A").missingSeconds()).isZero();
    }

    /** The new time is the one that counts from there on. */
    @Test
    void behindAClockThatIsSetBackOutagesAreStillFound() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        now = at(3_600);
        flow(ledger, 10);
        now = at(100);
        flow(ledger, 10);
        sources.compute("A", (_, seen) -> as(seen, SourceState.BACKOFF, EndReason.RESET));
        still(ledger, 5);
        sources.compute("A", (_, seen) -> as(seen, SourceState.RUNNING, EndReason.RESET));
        flow(ledger, 2);
        var told = told(ledger, "A");
        assertThat(told.gaps())
                .containsExactly(new Interval(at(110).toString(), at(116).toString(), 6, "NETWORK", "in words"));
    }

    /** What it showed last lies behind now, and says nothing of the time before. */
    @Test
    void whoSendsSeldomIsNotMissingBecauseTheClockIsSetBack() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        now = at(3_600);
        flow(ledger, 10);
        now = at(100);
        still(ledger, 5);
        assertThat(told(ledger, "A").gaps()).isEmpty();
        still(ledger, 5);
        assertThat(told(ledger, "A").gaps())
                .containsExactly(new Interval(at(101).toString(), null, 9, "SOURCE_SILENT", ""));
    }

    @Test
    void anOutageOverAClockThatIsSetBackGoesOnFromNow() throws IOException {
        var ledger = ledger();
        sources.put("A", RUNNING);
        flow(ledger, 10);
        now = at(3_600);
        flow(ledger, 10);
        sources.compute("A", (_, seen) -> as(seen, SourceState.BACKOFF, EndReason.RESET));
        still(ledger, 5);
        now = at(100);
        still(ledger, 5);
        sources.compute("A", (_, seen) -> as(seen, SourceState.RUNNING, EndReason.RESET));
        flow(ledger, 2);
        var told = told(ledger, "A");
        assertThat(told.gaps())
                .containsExactly(new Interval(at(101).toString(), at(106).toString(), 5, "NETWORK", "in words"));
    }

    @Test
    void oneThatCannotBeUsedSaysSoAndKeepsNothing() throws Exception {
        Files.writeString(directory.resolve("ledger.db"), "this is no database, and long enough to show it");
        var ledger = Ledger.open(new FakeMachine(1), directory.resolve("ledger.db"), Clock.SYSTEM);
        ledger.look();
        assertThat(ledger.alarms()).extracting(Alarm::kind).containsExactly(Alarm.Kind.DISK);
        assertThat(ledger.alarms().getFirst().message()).contains("ledger.db", "move it away");
        assertThatThrownBy(() -> ledger.told(null, null, null, 10))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("move it away");
        ledger.close();
    }
}
