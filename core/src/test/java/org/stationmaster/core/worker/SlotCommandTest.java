package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.SlotReleasedException;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.state.Total;

/** Commands to a slot, and output that comes too late. */
@Timeout(20)
class SlotCommandTest {
    private @Nullable Slot lastSlot;
    private final WorkerRig rig = WorkerRig.plan()
            .task(Task.events((slot, connection) -> {
                lastSlot = slot;
                return new ScriptedSession(slot, connection);
            }))
            .build();

    @Test
    void everyCommandGetsOneAnswer() {
        rig.send(1, 1, "too early");
        rig.activate(1).send(1, 2, "not connected");
        rig.connect()
                .send(1, 3, "hello")
                .send(1, 4, "refuse")
                .send(1, 5, "twice")
                .send(1, 6, "throw")
                .send(1, 7, "ignore")
                .send(9, 8, "another epoch");
        rig.dialer.last().end(EndReason.ENDED, "bye");
        rig.send(1, 9, "in backoff").pause(1).send(1, 10, "paused");
        assertThat(rig.replies())
                .containsExactly(
                        "1 NO_TASK",
                        "2 NOT_CONNECTED",
                        "3 ACKNOWLEDGED",
                        "4 FAILED",
                        "5 ACKNOWLEDGED",
                        "6 FAILED",
                        "8 NO_TASK",
                        "9 NOT_CONNECTED",
                        "10 PAUSED");
        assertThat(rig.dialer.last().written()).containsExactly("hello");
    }

    @Test
    void whileItDrainsACommandIsRefused() {
        rig.activate(1).connect().pause(1).send(1, 1, "x").resume(1).release(1).send(1, 2, "x");
        assertThat(rig.replies()).containsExactly("1 PAUSED", "2 NO_TASK");
    }

    @Test
    void lateOutputIsRefusedAndCounted() {
        rig.activate(1).connect();
        var old = Objects.requireNonNull(lastSlot);
        old.emit("in time");
        rig.dialer.last().end(EndReason.RESET, "Connection reset");
        assertThatThrownBy(() -> old.emit("late"))
                .isInstanceOf(SlotReleasedException.class)
                .hasMessageContaining("QSCO");
        assertThat(old.isActive()).isFalse();
        rig.advance(0.2);
        assertThat(rig.observed().total(Total.LATE)).isEqualTo(1);
        rig.cancel(1);
        assertThatThrownBy(() -> old.emit("later still")).isInstanceOf(SlotReleasedException.class);
        rig.core.beat(0, 0);
        assertThat(rig.total(Total.LATE)).as("also when the slot is long idle").isEqualTo(2);
        assertThat(rig.total(Total.RECORDS)).isEqualTo(1);
    }

    @Test
    void anOldEpochCannotEmitIntoTheNewOne() {
        rig.activate(1).connect();
        var old = Objects.requireNonNull(lastSlot);
        rig.cancel(1).activate(2).connect();
        assertThatThrownBy(() -> old.emit("late")).isInstanceOf(SlotReleasedException.class);
        Objects.requireNonNull(lastSlot).emit("new");
        rig.advance(0.2);
        assertThat(rig.observed().total(Total.RECORDS)).isEqualTo(1);
    }

    @Test
    void onlyTheFirstAnswerCounts() {
        List<String> answers = new ArrayList<>();
        var reply = new OnceReply((outcome, detail) -> answers.add(outcome + detail));
        reply.acknowledge();
        reply.acknowledge();
        reply.refuse(org.stationmaster.core.api.CommandOutcome.FAILED, "x");
        assertThat(answers).containsExactly("ACKNOWLEDGED");
    }

    @Test
    void aClockThatIsOffIsCountedAndHasNoLatency() {
        rig.activate(1).connect();
        var slot = Objects.requireNonNull(lastSlot);
        long now = slot.receivedNanos();
        long day = Duration.ofDays(1).toNanos();
        var payload = ByteBuffer.allocate(1);
        slot.emit(payload, now - day, StationRecord.UNKNOWN);
        rig.advance(0.2);
        assertThat(rig.observed().latencyNanos()).isEqualTo(day);
        assertThat(rig.observed().total(Total.CLOCK_OFF)).isZero();
        for (long off : new long[] {-day - 1, day + 1, Long.MAX_VALUE - now, Long.MIN_VALUE + 1 - now}) {
            slot.emit(payload, now + off, StationRecord.UNKNOWN);
        }
        rig.advance(0.2);
        assertThat(rig.observed().latencyNanos()).isEqualTo(StationRecord.UNKNOWN);
        assertThat(rig.observed().total(Total.CLOCK_OFF)).isEqualTo(4);
        assertThat(rig.total(Total.CLOCK_OFF)).isEqualTo(4);
    }

    @Test
    void corruptPiecesAreCounted() {
        rig.activate(1).connect().receive("#12").receive("#3456").advance(0.2);
        assertThat(rig.observed().total(Total.CORRUPT)).isEqualTo(2);
        assertThat(rig.observed().total(Total.CORRUPT_BYTES))
                .isEqualTo("#12#3456".getBytes(StandardCharsets.UTF_8).length);
    }
}
