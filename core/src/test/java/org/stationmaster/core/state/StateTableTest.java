package org.stationmaster.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Headroom;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.WorkerId;

/** The layout, word by word, and rows that a dead writer left torn. */
@Timeout(10)
@ParameterizedClass
@EnumSource(Twin.class)
class StateTableTest {
    private static final MachineSize SIZE = new MachineSize(2, 2);
    private static final WorkerId SECOND = new WorkerId(1);
    /** Worker 1, slot 1: behind the header, two worker rows and three slot rows. */
    private static final int ROW = 16 + 2 * 240 + 3 * 48;

    private static final SlotId SLOT = new SlotId(SECOND, 1);

    private final Words words;
    private final StateTable table;

    StateTableTest(Twin twin) {
        words = twin.words(Layout.words(SIZE));
        table = StateTable.create(words, SIZE, 77, new ProcessIdentity(4710, 88));
    }

    private static Observed running(long epoch) {
        return new Observed(
                SlotState.RUNNING,
                epoch,
                true,
                true,
                EndReason.RESET,
                10,
                11,
                new long[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13},
                12);
    }

    private long[] words(int from, int count) {
        var copy = new long[count];
        for (int i = 0; i < count; i++) {
            copy[i] = words.getOpaque(from + i);
        }
        return copy;
    }

    @Test
    void theHeader() {
        assertThat(words.length()).isEqualTo(16 + 2 * 240 + 4 * 48);
        assertThat(words(0, 16))
                .containsExactly(0x4d4e4f4954415453L, 2, 2, 77, 4710, 88, -1, 0, 0, 0, 0, 0, 0, 0, 0, 5);
        for (int i = 16; i < words.length(); i++) {
            assertThat(words.getOpaque(i)).isZero();
        }
        assertThat(table.reader().bootNanos()).isEqualTo(77);
        assertThat(table.reader().supervisor()).isEqualTo(new ProcessIdentity(4710, 88));
    }

    @Test
    void theHeadroom() {
        assertThat(table.reader().headroom()).isEmpty();
        table.desiredWriter().headroom(Optional.of(new Headroom(412, 0.1)));
        assertThat(words(6, 2)).containsExactly(412, Double.doubleToRawLongBits(0.1));
        assertThat(table.reader().headroom()).contains(new Headroom(412, 0.1));
        table.desiredWriter().headroom(Optional.empty());
        assertThat(words(6, 1)).containsExactly(-1);
        assertThat(table.reader().headroom()).isEmpty();
    }

    @Test
    void aDesiredHalf() {
        table.desiredWriter().write(SLOT, new Desired(new SourceId("ABCDEFGHI"), 5, true));
        assertThat(words(ROW, 16))
                .containsExactly(2, 5, 0x0901, 0x4847464544434241L, 'I', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(words(ROW + 16, 32)).containsOnly(0);
    }

    @Test
    void anObservedHalf() {
        table.observedWriter(SECOND).write(1, running(9));
        assertThat(words(ROW + 16, 17))
                .containsExactly(2, 9, 2 | 5 << 8 | 1 << 16 | 1 << 17, 10, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 12);
        assertThat(words(ROW, 16)).containsOnly(0);
    }

    @Test
    void aWorkerRow() {
        var writer = table.observedWriter(SECOND);
        writer.born(100, 4711, 99);
        writer.state(WorkerState.READY);
        writer.beat(55, 66);
        writer.beat(56, 67);
        writer.add(Total.BYTES, 8);
        writer.add(Total.BYTES, 1);
        writer.ended(EndReason.SILENT);
        writer.woken(1 << 13);
        writer.woken(9 << 10);
        var row = words(16 + 240, 240);
        assertThat(Arrays.copyOf(row, 19))
                .containsExactly(2, 100, 4711, 99, 1, 2, 56, 67, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(row[19 + EndReason.SILENT.ordinal()]).isEqualTo(1);
        assertThat(Arrays.copyOfRange(row, 32, 36)).containsExactly(9 << 10, 1, 1, 0);
        var reader = table.reader();
        assertThat(reader.incarnation(SECOND)).contains(new Incarnation(100, new ProcessIdentity(4711, 99)));
        assertThat(reader.memoryBytes(SECOND)).isEqualTo(67);
        assertThat(reader.pid(SECOND)).isEqualTo(4711);
        assertThat(reader.workerState(SECOND)).isEqualTo(WorkerState.READY);
        assertThat(reader.beat(SECOND)).isEqualTo(2);
        assertThat(reader.cpuNanos(SECOND)).isEqualTo(56);
        assertThat(reader.total(SECOND, Total.BYTES)).isEqualTo(9);
        assertThat(reader.ends(SECOND, EndReason.SILENT)).isEqualTo(1);
        assertThat(reader.pid(new WorkerId(0))).isZero();
        assertThat(reader.incarnation(new WorkerId(0))).contains(new Incarnation(0, new ProcessIdentity(0, 0)));
    }

    @Test
    void theMachinesSumsAreThoseOfItsWorkers() {
        var first = table.observedWriter(new WorkerId(0));
        var second = table.observedWriter(SECOND);
        first.add(Total.RECORDS, 3);
        second.add(Total.RECORDS, 4);
        first.ended(EndReason.RESET);
        second.ended(EndReason.RESET);
        var reader = table.reader();
        assertThat(reader.total(Total.RECORDS)).isEqualTo(7);
        assertThat(reader.ends(EndReason.RESET)).isEqualTo(2);
        assertThat(reader.ends(EndReason.SILENT)).isZero();

        assertThat(reader.wakeMillis()).isEqualTo(new Quantiles(0, 0, 0, 0));
        for (int i = 0; i < 98; i++) {
            (i % 2 == 0 ? first : second).woken(1_000_000);
        }
        first.woken(50_000_000);
        second.woken(300_000_000_000L);
        var wakes = reader.wakeMillis();
        assertThat(wakes.p50()).isCloseTo(1, within(0.0625));
        assertThat(wakes.p99()).isCloseTo(50, within(50 * 0.0625));
        assertThat(wakes.max()).isEqualTo(300_000);
        assertThat(wakes.count()).isEqualTo(100);
    }

    @Test
    void aNewIncarnationTakesTheRowsOver() {
        var dead = table.observedWriter(SECOND);
        dead.born(1, 4711, 99);
        dead.write(0, running(4));
        dead.write(1, running(5));
        dead.add(Total.RECORDS, 3);
        dead.ended(EndReason.RESET);
        dead.beat(1, 2);
        table.observedWriter(new WorkerId(0)).write(1, running(6));
        words.setOpaque(ROW + 16, words.getOpaque(ROW + 16) + 1); // it died here
        words.setOpaque(16 + 240, words.getOpaque(16 + 240) + 1); // and one before it while it was born
        var reader = table.reader();
        assertThat(reader.incarnation(SECOND)).isEmpty();

        table.observedWriter(SECOND).born(2, 4712, 100);
        assertThat(reader.incarnation(SECOND)).contains(new Incarnation(2, new ProcessIdentity(4712, 100)));
        for (int slot = 0; slot < SIZE.slots(); slot++) {
            assertThat(reader.observed(new SlotId(SECOND, slot)).orElseThrow())
                    .usingRecursiveComparison()
                    .isEqualTo(Observed.idle(100_000_000));
        }
        assertThat(reader.total(SECOND, Total.RECORDS)).isEqualTo(3);
        assertThat(reader.ends(SECOND, EndReason.RESET)).isEqualTo(1);
        assertThat(reader.beat(SECOND)).isEqualTo(1);
        assertThat(reader.observed(new SlotId(new WorkerId(0), 1)).orElseThrow().epoch())
                .isEqualTo(6);
    }

    @Test
    void nobodyWritesInAnothersRows() {
        var writer = table.observedWriter(new WorkerId(0));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> writer.write(2, running(1)));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> table.observedWriter(new WorkerId(2)));
        assertThat(words(ROW - 2 * 48, 3 * 48)).containsOnly(0);
    }

    @Test
    void orderIsLayout() {
        assertThat(SlotState.values())
                .extracting(Enum::name)
                .containsExactly("IDLE", "STARTING", "RUNNING", "BACKOFF", "PAUSED", "STOPPING");
        assertThat(EndReason.values())
                .extracting(Enum::name)
                .startsWith(
                        "NONE",
                        "UNREACHABLE",
                        "CONNECT_TIMEOUT",
                        "TLS",
                        "ENDED",
                        "RESET",
                        "SILENT",
                        "CORRUPT",
                        "REFUSED",
                        "TASK_FAILED",
                        "TOLD");
        assertThat(WorkerState.values())
                .extracting(Enum::name)
                .containsExactly("STARTING", "READY", "LOST", "STOPPING");
        assertThat(Total.values())
                .extracting(Enum::name)
                .startsWith(
                        "RECORDS",
                        "BYTES",
                        "RECONNECTS",
                        "CORRUPT",
                        "CORRUPT_BYTES",
                        "LATE",
                        "SILENCES",
                        "GAPS",
                        "OVERLAPS",
                        "FOREIGN",
                        "CLOCK_OFF");
    }

    @Test
    void whatIsWrittenIsRead() {
        for (var id : new String[] {"A", "ABCDEFGH", "ABCDEFGHI", "0123456789ABCDEF".repeat(4)}) {
            var desired = new Desired(new SourceId(id), Long.MAX_VALUE, false);
            table.desiredWriter().write(SLOT, desired);
            assertThat(table.reader().desired(SLOT)).contains(desired);
        }
        table.desiredWriter().write(SLOT, new Desired(null, 3, true));
        assertThat(table.reader().desired(SLOT)).contains(new Desired(null, 3, true));

        table.observedWriter(SECOND).write(1, running(4));
        assertThat(table.reader().observed(SLOT).orElseThrow())
                .usingRecursiveComparison()
                .isEqualTo(running(4));
        assertThat(table.reader().slotState(SLOT)).isEqualTo(SlotState.RUNNING);
        assertThat(table.reader().isFailing(SLOT)).isTrue();
        assertThat(table.reader().slotState(new SlotId(SECOND, 0))).isEqualTo(SlotState.IDLE);
    }

    @Test
    void allFlagsAndReasonsComeBack() {
        for (var state : SlotState.values()) {
            for (var reason : EndReason.values()) {
                var observed = new Observed(
                        state, 1, false, true, reason, StationRecord.UNKNOWN, -5, new long[Total.values().length], 0);
                table.observedWriter(SECOND).write(0, observed);
                assertThat(table.reader().observed(new SlotId(SECOND, 0)).orElseThrow())
                        .usingRecursiveComparison()
                        .isEqualTo(observed);
            }
        }
    }

    @Test
    void aRowThatItsWriterLeftHalfWrittenIsTornUntilTheNextWholeWrite() {
        var writer = table.observedWriter(SECOND);
        writer.write(1, running(4));
        words.setOpaque(ROW + 16, words.getOpaque(ROW + 16) + 1); // it died here
        words.setOpaque(ROW + 17, 5);
        assertThat(table.reader().observed(SLOT)).isEmpty();
        table.observedWriter(SECOND).write(1, running(6)); // a new owner
        assertThat(table.reader().observed(SLOT).orElseThrow().epoch()).isEqualTo(6);
        assertThat(words.getOpaque(ROW + 16)).isEven();

        words.setOpaque(ROW, 1);
        assertThat(table.reader().desired(SLOT)).isEmpty();
        table.desiredWriter().write(SLOT, new Desired(null, 1, false));
        assertThat(table.reader().desired(SLOT)).isPresent();
    }

    @Test
    void aTableThatIsTooLargeIsRefusedWithItsSize() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StateTable.onHeap(new MachineSize(1024, 1_000_000), 0))
                .withMessageContaining("1024 workers");
    }
}
