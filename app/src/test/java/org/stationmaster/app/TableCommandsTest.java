package org.stationmaster.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Headroom;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.Desired;
import org.stationmaster.core.state.DesiredWriter;
import org.stationmaster.core.state.Observed;
import org.stationmaster.core.state.ObservedWriter;
import org.stationmaster.core.state.ProcessIdentity;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.state.Total;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code status} and {@code top} on tables of machines that do not exist: their process is this one, or none. */
@Timeout(30)
class TableCommandsTest {
    private static final MachineSize SIZE = new MachineSize(2, 8);
    private static final long SECOND = 1_000_000_000L;
    private static final long BOOT = Instant.parse("2026-11-24T12:00:00Z").getEpochSecond() * SECOND;
    private static final long NOW = BOOT + 100 * SECOND;

    @TempDir
    private Path directory = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final HandClock clock = new HandClock();
    private Path file = Path.of("");
    private DesiredWriter desired = StateTable.onHeap(SIZE, 0).desiredWriter();
    private List<ObservedWriter> workers = List.of();

    /** Moved by hand. */
    private static final class HandClock implements Clock {
        private long nanos;

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public long epochNanos() {
            return NOW + nanos;
        }
    }

    @BeforeEach
    void create() throws IOException {
        file = directory.resolve(MachineRun.TABLE);
        Files.createDirectories(file.resolveSibling(""));
        var table = StateTable.create(file, SIZE, BOOT);
        desired = table.desiredWriter();
        workers = List.of(table.observedWriter(new WorkerId(0)), table.observedWriter(new WorkerId(1)));
        var self = ProcessIdentity.current();
        for (var worker : workers) {
            worker.born(1, self.pid(), self.startMillis());
            worker.state(WorkerState.READY);
        }
    }

    /** A source that was activated at boot, with a record each second until so many seconds ago. */
    private void source(String id, int worker, int slot, SlotState state, long agoSeconds, boolean failing) {
        var last = NOW - agoSeconds * SECOND;
        var totals = new long[Total.values().length];
        totals[Total.RECORDS.ordinal()] = 100 - agoSeconds;
        observe(
                id,
                worker,
                slot,
                new Observed(
                        state,
                        BOOT / 1_000_000,
                        true,
                        failing,
                        failing ? EndReason.UNREACHABLE : EndReason.NONE,
                        last,
                        StationRecord.UNKNOWN,
                        totals,
                        BOOT));
    }

    private void observe(String id, int worker, int slot, Observed observed) {
        desired.write(new SlotId(new WorkerId(worker), slot), new Desired(new SourceId(id), BOOT / 1_000_000, false));
        workers.get(worker).write(slot, observed);
    }

    /** The supervisor and its workers are gone, however they ended. */
    private void die() throws IOException {
        for (var worker : workers) {
            worker.born(2, Integer.MAX_VALUE, 1);
        }
        header(4, Integer.MAX_VALUE);
    }

    private void header(int word, long value) throws IOException {
        var bytes =
                ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value);
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(bytes, (long) word * Long.BYTES);
        }
    }

    private int execute(String... args) {
        var signals = new StopSignals(code -> {
            throw new AssertionError("ended at once with " + code);
        });
        signals.ask(); // no second of waiting
        return Cli.commandLine(signals, new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(args);
    }

    private int executeHere(String command, String... more) {
        var args = new String[more.length + 3];
        args[0] = command;
        args[1] = "--data";
        args[2] = directory.toString();
        System.arraycopy(more, 0, args, 3, more.length);
        return execute(args);
    }

    private TableSnapshot look(int rows) throws Failure {
        return TableWatch.open(file, clock, rows).look();
    }

    private static List<String> ids(TableSnapshot.Ranked ranked) {
        return ranked.rows().stream().map(source -> source.id().value()).toList();
    }

    private JsonNode json() {
        return new JsonMapper().readTree(out.toString());
    }

    @Test
    void eachSourceIsToldWhereItBelongs() throws Failure {
        source("WELL", 0, 0, SlotState.RUNNING, 1, false);
        source("LATE", 0, 1, SlotState.RUNNING, 4, false);
        source("QUIET", 1, 0, SlotState.RUNNING, 30, false);
        source("WORSE", 1, 1, SlotState.BACKOFF, 90, true);
        source("BAD", 1, 2, SlotState.STARTING, 50, true);
        source("RESTS", 1, 3, SlotState.PAUSED, 80, false);
        var table = look(10);
        assertThat(table.life()).isEqualTo(TableSnapshot.Life.ALIVE);
        assertThat(table.held()).isEqualTo(6);
        assertThat(ids(table.failing())).containsExactly("WORSE", "BAD");
        assertThat(ids(table.silent())).containsExactly("QUIET");
        assertThat(ids(table.slowest())).containsExactly("LATE", "WELL");
        var late = table.slowest().rows().getFirst();
        assertThat(late.ageNanos()).isEqualTo(4 * SECOND);
        assertThat(late.usualNanos()).isEqualTo(SECOND);
    }

    @Test
    void withoutARecordItsAgeCountsFromTheActivation() throws Failure {
        observe(
                "NEVER",
                0,
                0,
                new Observed(
                        SlotState.BACKOFF,
                        BOOT / 1_000_000,
                        true,
                        true,
                        EndReason.UNREACHABLE,
                        StationRecord.UNKNOWN,
                        StationRecord.UNKNOWN,
                        new long[Total.values().length],
                        NOW - SECOND));
        var never = look(10).failing().rows().getFirst();
        assertThat(never.ageNanos()).isEqualTo(100 * SECOND);
        assertThat(never.usualNanos()).isNull();
    }

    @Test
    void theWorstAreKept() throws Failure {
        for (int i = 0; i < 6; i++) {
            source("S" + i, 0, i, SlotState.BACKOFF, 10 + i, true);
        }
        var failing = look(2).failing();
        assertThat(failing.count()).isEqualTo(6);
        assertThat(ids(failing)).containsExactly("S5", "S4");
        assertThat(look(0).failing().rows()).isEmpty();
    }

    @Test
    void anOldActivationIsNotTakenForTheNewOne() throws Failure {
        source("OLD", 0, 0, SlotState.BACKOFF, 50, true);
        desired.write(new SlotId(new WorkerId(0), 0), new Desired(new SourceId("NEW"), BOOT, false));
        assertThat(look(10).failing().count()).isZero();
    }

    @Test
    void latencyCountsAsDelay() throws Failure {
        source("OVERDUE", 0, 0, SlotState.RUNNING, 4, false);
        var totals = new long[Total.values().length];
        totals[Total.RECORDS.ordinal()] = 100;
        observe(
                "FAR",
                0,
                1,
                new Observed(
                        SlotState.RUNNING,
                        BOOT / 1_000_000,
                        true,
                        false,
                        EndReason.NONE,
                        NOW,
                        20 * SECOND,
                        totals,
                        BOOT));
        assertThat(ids(look(10).slowest())).containsExactly("FAR", "OVERDUE");
    }

    @Test
    void aBeatIsTimedByItsChanges() throws Failure {
        var watch = TableWatch.open(file, clock, 1);
        assertThat(watch.look().workers().getFirst().pulse().ageNanos()).isEmpty();
        beatAfter(SECOND, SECOND / 10, watch);
        beatAfter(SECOND, SECOND / 4, watch);
        clock.nanos += SECOND / 2;
        var pulse = watch.look().workers().getFirst().pulse();
        assertThat(pulse.cpuShare()).hasValue(0.15);
        assertThat(pulse.ageNanos()).hasValue(SECOND / 2);
        assertThat(watch.look().workers().getLast().pulse().cpuShare())
                .as("it does not beat")
                .isEmpty();
        workers.getFirst().add(Total.RECORDS, 50);
        clock.nanos += SECOND;
        watch.look();
        assertThat(watch.rates().recordsPerSecond()).isPositive();
    }

    private void beatAfter(long nanos, long cpuNanos, TableWatch watch) throws Failure {
        clock.nanos += nanos;
        workers.getFirst().beat(cpuNanos, 1_000_000);
        watch.feel();
    }

    @Tag("system")
    @Test
    void aMachineThatLivesIsToldWithZero() {
        source("QSCO", 0, 0, SlotState.RUNNING, 1, false);
        assertThat(executeHere("status")).isZero();
        assertThat(out.toString())
                .contains(
                        "2 workers × 8 slots",
                        "alive",
                        "pid " + ProcessHandle.current().pid(),
                        "1/8",
                        "QSCO",
                        "w0/0")
                .contains("stationmaster alarms")
                .doesNotContain("\u001b", "--state waiting");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void theRoomForMoreIsTold() throws Failure {
        assertThat(executeHere("status")).isZero();
        assertThat(out.toString()).doesNotContain("room for");
        desired.headroom(Optional.of(new Headroom(1_412, 1)));
        assertThat(executeHere("status")).isZero();
        assertThat(out.toString()).contains("room for 1,412 more at 1.00 Hz");
        var look = new Look(100, 30, Look.Colours.NONE, true);
        assertThat(TableView.screen(look(1), Trend.Rates.NONE, Instant.ofEpochSecond(0, NOW), look))
                .as("top")
                .anyMatch(line -> line.contains("room for 1,412 more at 1.00 Hz"));
        out.getBuffer().setLength(0);
        assertThat(executeHere("status", "--json")).isZero();
        assertThat(json().get("headroom").longValue()).isEqualTo(1_412);
        assertThat(json().get("headroomRate").doubleValue()).isEqualTo(1);
    }

    @Test
    void whatTheTableDoesNotKnowIsToldByWhomToAsk() {
        assertThat(executeHere("status")).isZero();
        assertThat(out.toString()).doesNotContain("--state waiting", "stationmaster alarms");
        for (int worker = 0; worker < SIZE.workers(); worker++) {
            for (int slot = 0; slot < SIZE.slots(); slot++) {
                source("S" + worker + "-" + slot, worker, slot, SlotState.BACKOFF, 60, true);
            }
        }
        assertThat(executeHere("status")).isZero();
        assertThat(out.toString()).contains("stationmaster sources list --state waiting", "stationmaster alarms");
    }

    @Test
    void aDeadMachineIsToldWithOneAndItsAgesAreThoseOfItsEnd() throws Exception {
        die();
        source("QSCO", 0, 0, SlotState.RUNNING, 1, false);
        source("ANTC", 0, 1, SlotState.RUNNING, 31, false);
        assertThat(executeHere("status")).isEqualTo(1);
        assertThat(out.toString())
                .contains("DIED", "pid " + Integer.MAX_VALUE + " is gone", "wrote last 2026-11-24 12:01:39 UTC", "dead")
                .containsPattern("SILENT\\R +ANTC +w0/1 +running +last record +30 s ago +usual 1.0 s");
        var table = look(10);
        assertThat(ids(table.slowest())).containsExactly("QSCO");
        assertThat(table.workers()).noneMatch(TableSnapshot.Worker::isAlive);
        assertThat(executeHere("top")).as("no line is told twice of the dead").isEqualTo(1);
        assertThat(out.toString()).contains("died  held 2/16");
    }

    @Test
    void aMachineThatStoppedInOrderIsNoAccident() throws Exception {
        workers.forEach(worker -> worker.state(WorkerState.STOPPING));
        die();
        assertThat(executeHere("status")).isEqualTo(1);
        assertThat(out.toString()).contains("stopped in order").doesNotContain("DIED", "dead");
    }

    @Test
    void everythingAsJson() throws Exception {
        die();
        source("BAD", 1, 2, SlotState.BACKOFF, 50, true);
        assertThat(executeHere("top", "--json")).isEqualTo(1);
        assertThat(err.toString()).isEmpty();
        var document = json();
        assertThat(document.get("life").stringValue()).isEqualTo("died");
        assertThat(document.get("size").get("slots").intValue()).isEqualTo(8);
        assertThat(document.get("slots").get("BACKOFF").intValue()).isEqualTo(1);
        assertThat(document.get("recordsPerSecond").isNull()).isTrue();
        assertThat(document.get("workers").get(1).get("alive").booleanValue()).isFalse();
        var bad = document.get("failing").get("sources").get(0);
        assertThat(bad.get("id").stringValue()).isEqualTo("BAD");
        assertThat(bad.get("worker").stringValue()).isEqualTo("w1");
        assertThat(bad.get("slot").intValue()).isEqualTo(2);
        assertThat(bad.get("reason").stringValue()).isEqualTo("UNREACHABLE");
        assertThat(bad.get("latencyMillis").isNull()).isTrue();
    }

    @Test
    void whatCannotBeReadIsOneClearSentence() throws IOException {
        refused("there is no state table", "--state", directory.resolve("none").toString());
        refused("is no file", "--state", directory.toString());
        header(15, 99);
        refused("is a state table of layout 99");
        header(15, 5);
        header(1, 3);
        refused("is damaged");
        Files.writeString(file, "something else entirely");
        refused("is no state table");
    }

    private void refused(String message, String... args) {
        for (var command : List.of("status", "top")) {
            err.getBuffer().setLength(0);
            assertThat(args.length == 0 ? executeHere(command) : execute(command, args[0], args[1]))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("stationmaster " + command + ": ", message);
            assertThat(err.toString().lines()).hasSize(1);
        }
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aTableThatChangesUnderTheLookIsOneClearSentence() throws Exception {
        var watch = TableWatch.open(file, clock, 1);
        watch.look();
        var next = directory.resolve("next");
        StateTable.create(next, SIZE, BOOT + 1);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(catchThrowable(watch::look))
                .asInstanceOf(InstanceOfAssertFactories.type(Failure.class))
                .satisfies(failure -> assertThat(failure.exitCode()).isEqualTo(1))
                .satisfies(failure -> assertThat(failure).hasMessageContaining("another state table"));
        var again = TableWatch.open(file, clock, 1);
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(256);
        }
        assertThat(catchThrowable(again::look)).hasMessageContaining("has changed the length");
    }

    @Test
    void aRowThatMakesNoSenseIsDamage() throws Exception {
        int row = 16 + SIZE.workers() * 240;
        header(row + 16 + 2, 0xff);
        refused("is damaged");
    }

    @Test
    void wrongUsage() {
        assertThat(execute("status", "--state", "a", "--data", "b")).isEqualTo(2);
        assertThat(err.toString()).contains("give one of them");
        assertThat(execute("top", "--rows", "-1")).isEqualTo(2);
        assertThat(err.toString()).contains("out of range 0 to 10000");
    }

    @Test
    void theScreenIsNeverOverfull() throws Exception {
        for (int i = 0; i < 8; i++) {
            source("FAILING" + i, 0, i, SlotState.BACKOFF, 10 + i, true);
            source("SLOW" + i, 1, i, SlotState.RUNNING, i < 4 ? 2 : 20, false);
        }
        var table = look(10);
        for (int height = 1; height <= 60; height++) {
            for (int width : new int[] {1, 20, 40, 80, 160}) {
                var look = new Look(width, height, Look.Colours.NONE, true);
                var lines = TableView.screen(table, Trend.Rates.NONE, Instant.ofEpochSecond(0, NOW), look);
                assertThat(lines).as(width + " × " + height).hasSizeLessThanOrEqualTo(height);
                assertThat(lines).allMatch(line -> line.length() <= width);
            }
        }
        var ordinary = new Look(80, 32, Look.Colours.NONE, true);
        assertThat(String.join(
                        "\n", TableView.screen(table, Trend.Rates.NONE, Instant.ofEpochSecond(0, NOW), ordinary)))
                .as("each has its share")
                .contains("FAILING7", "SILENT", "SLOWEST", "q or Ctrl-C ends");
    }
}
