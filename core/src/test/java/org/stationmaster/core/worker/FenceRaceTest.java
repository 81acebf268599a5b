package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.fixtures.HandClock;

/** After a fence no record is accepted, whoever was about to emit one. */
@Tag("race")
@Timeout(120)
class FenceRaceTest {
    private static final int ROUNDS = 1_000;
    private static final int EMITTERS = 3;

    /** How many records came in behind the end of the epoch, in so many rounds. */
    private static long lateInRounds(int rounds, BiConsumer<SharedOutlet, Runnable> end) throws InterruptedException {
        long late = 0;
        var delivery = new Delivery(List.of(), Clock.SYSTEM, Thread.ofPlatform().factory());
        for (int round = 0; round < rounds && late == 0; round++) {
            var outlet = new SharedOutlet(delivery, 1 << 20, new ManualLoop(new HandClock()));
            var owner = new Activation(WorkerRig.SLOT, WorkerRig.source("QSCO"), round);
            var open = new AtomicBoolean(true);
            var begun = new CountDownLatch(EMITTERS);
            List<Thread> emitters = new ArrayList<>();
            for (int i = 0; i < EMITTERS; i++) {
                emitters.add(Thread.ofPlatform().start(() -> emit(outlet, owner, open, begun)));
            }
            begun.await();
            end.accept(outlet, () -> open.set(false));
            long atTheEnd = owner.records();
            for (var emitter : emitters) {
                emitter.join();
            }
            late += owner.records() - atTheEnd;
        }
        return late;
    }

    private static void emit(SharedOutlet outlet, Activation owner, AtomicBoolean open, CountDownLatch begun) {
        try {
            boolean taken = true;
            for (int i = 0; taken; i++) {
                taken = outlet.append(owner, ByteBuffer.allocate(8), 0, 0, 0, 0, open::get);
                if (i == 0) {
                    begun.countDown();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void nothingIsAcceptedAfterTheFence() throws InterruptedException {
        assertThat(lateInRounds(ROUNDS, SharedOutlet::fence)).isZero();
    }

    @Test
    void anEndWithoutTheFenceIsCaught() throws InterruptedException {
        assertThat(lateInRounds(300 * ROUNDS, (outlet, change) -> change.run())).isPositive();
    }
}
