package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.state.Total;

/** Stations that begin large records and do not end them cost a bounded memory together, and no other its life. */
@Timeout(20)
class RestBudgetTest {
    private static final int LIMIT_BYTES = 64 * 1024;

    /** One record up to a full stop. */
    private static final Task SENTENCES = Task.events((slot, connection) -> (Session) bytes -> {
        if (bytes.get(bytes.limit() - 1) == '.') {
            slot.emit(bytes);
            bytes.position(bytes.limit());
        }
    });

    private final WorkerRig rig =
            WorkerRig.plan().task(SENTENCES).restLimitBytes(LIMIT_BYTES).build();

    private Dialer.Dialled connected(int slot) {
        rig.activate(slot, WorkerRig.source("S" + slot), 1, false).connect();
        return rig.dialer.last();
    }

    @Test
    void whoDoesNotFitIsEndedAndTheOthersGoOn() {
        connected(0);
        rig.receive("x".repeat(20_000)); // 32 KiB
        connected(1);
        rig.receive("x".repeat(20_000)); // 64 KiB: all of it
        connected(2);
        rig.receive("x".repeat(20_000));
        assertThat(rig.observed(2).state()).isEqualTo(SlotState.BACKOFF);
        assertThat(rig.observed(2).reason()).isEqualTo(EndReason.NO_ROOM);
        connected(3);
        rig.receive("a small one that has begun").receive(" and ended.");
        assertThat(rig.observed(0).state()).isEqualTo(SlotState.RUNNING);
        assertThat(rig.observed(1).state()).isEqualTo(SlotState.RUNNING);
        rig.advance(0.2);
        assertThat(rig.observed(3).total(Total.RECORDS)).isEqualTo(1);
    }

    @Test
    void whatEndsGivesItsRoomBack() {
        for (int round = 0; round < 10; round++) {
            connected(round);
            rig.receive("x".repeat(20_000));
            rig.receive("y".repeat(20_000)).receive(".");
            connected(100 + round);
            rig.receive("x".repeat(40_000));
            rig.core.obey(new WorkerCommand.Release(100 + round, 1, true));
            assertThat(rig.observed(100 + round).state()).isEqualTo(SlotState.IDLE);
        }
        assertThat(rig.ends(EndReason.NO_ROOM)).isZero();
    }

    @Test
    void smallRestsAreAlwaysKept() {
        var budget = new RestBudget(0);
        assertThat(budget.resize(0, RestBudget.FREE_BYTES)).isTrue();
        assertThat(budget.resize(RestBudget.FREE_BYTES, RestBudget.FREE_BYTES + 1))
                .isFalse();
        assertThat(budget.usedBytes()).isZero();
    }
}
