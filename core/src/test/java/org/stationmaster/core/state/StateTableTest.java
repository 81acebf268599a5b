package org.stationmaster.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.WorkerId;

/** The layout, word by word, and rows that a dead writer left torn. */
@Timeout(10)
class StateTableTest {
    private static final MachineSize SIZE = new MachineSize(2, 2);
    private static final WorkerId SECOND = new WorkerId(1);
    /** Worker 1, slot 1: behind the header, two worker rows and three slot rows. */
    private static final int ROW = 16 + 2 * 32 + 3 * 32;

    private static final SlotId SLOT = new SlotId(SECOND, 1);

    private final Words words = Words.onHeap(Layout.words(SIZE));
    private final StateTable table = StateTable.create(words, SIZE, 77);

    private static Observed running(long epoch) {
        return new Observed(
                SlotState.RUNNING, epoch, true, true, EndReason.RESET, 10, 11, new long[] {1, 2, 3, 4, 5, 6, 7}, 12);
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
        assertThat(words.length()).isEqualTo(16 + 2 * 32 + 4 * 32);
        assertThat(words(0, 16)).containsExactly(0x53544154494f4e4dL, 2, 2, 77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
        for (int i = 16; i < words.length(); i++) {
            assertThat(words.getOpaque(i)).isZero();
        }
    }

    @Test
    void aDesiredHalf() {
        table.desiredWriter().write(SLOT, new Desired(new SourceId("ABCDEFGHI"), 5, true));
        assertThat(words(ROW, 16))
                .containsExactly(2, 5, 0x0901, 0x4847464544434241L, 'I', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(words(ROW + 16, 16)).containsOnly(0);
    }

    @Test
    void anObservedHalf() {
        table.observedWriter(SECOND).write(1, running(9));
        assertThat(words(ROW + 16, 16))
                .containsExactly(2, 9, 2 | 5 << 8 | 1 << 16 | 1 << 17, 10, 11, 1, 2, 3, 4, 5, 6, 7, 12, 0, 0, 0);
        assertThat(words(ROW, 16)).containsOnly(0);
    }

    @Test
    void aWorkerRow() {
        var writer = table.observedWriter(SECOND);
        writer.born(100, 4711);
        writer.state(WorkerState.READY);
        writer.beat(55, 66);
        writer.beat(56, 67);
        writer.add(Total.BYTES, 8);
        writer.add(Total.BYTES, 1);
        writer.ended(EndReason.SILENT);
        var row = words(16 + 32, 32);
        assertThat(java.util.Arrays.copyOf(row, 14)).containsExactly(0, 100, 4711, 1, 2, 56, 67, 0, 9, 0, 0, 0, 0, 0);
        assertThat(row[14 + EndReason.SILENT.ordinal()]).isEqualTo(1);
        var reader = table.reader();
        assertThat(reader.pid(SECOND)).isEqualTo(4711);
        assertThat(reader.workerState(SECOND)).isEqualTo(WorkerState.READY);
        assertThat(reader.beat(SECOND)).isEqualTo(2);
        assertThat(reader.cpuNanos(SECOND)).isEqualTo(56);
        assertThat(reader.total(SECOND, Total.BYTES)).isEqualTo(9);
        assertThat(reader.ends(SECOND, EndReason.SILENT)).isEqualTo(1);
        assertThat(reader.pid(new WorkerId(0))).isZero();
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
        assertThat(Total.values())
                .extracting(Enum::name)
                .startsWith("RECORDS", "BYTES", "RECONNECTS", "CORRUPT", "CORRUPT_BYTES", "LATE", "SILENCES");
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
