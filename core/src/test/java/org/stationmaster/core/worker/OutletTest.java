package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.fixtures.HandClock;
import org.stationmaster.core.fixtures.TestSink;

/** The limit on what is on its way, for the loop's own outlet and for the one that blocking tasks share. */
@Timeout(20)
class OutletTest {
    private static final int LIMIT = 1_000;
    private static final int PAYLOAD = 52; // and 48 of overhead: 100 a record

    private final TestSink sink = new TestSink("sink");
    private final Delivery delivery = new Delivery(
            List.of(sink), Clock.SYSTEM, Thread.ofPlatform().daemon().factory());
    private final Activation owner = new Activation(WorkerRig.SLOT, WorkerRig.source("QSCO"), 1);
    private final AtomicInteger fulls = new AtomicInteger();
    private final AtomicInteger rooms = new AtomicInteger();
    private final AtomicInteger plans = new AtomicInteger();
    private final Outlet outlet = new Outlet(
            delivery,
            LIMIT,
            new Outlet.Gate() {
                @Override
                public void full() {
                    fulls.incrementAndGet();
                }

                @Override
                public void room() {
                    rooms.incrementAndGet();
                }
            },
            plans::incrementAndGet);

    @AfterEach
    void stop() throws InterruptedException {
        sink.release();
        delivery.stop(Duration.ofSeconds(5));
    }

    private void append(int records) {
        for (int i = 0; i < records; i++) {
            outlet.append(owner, ByteBuffer.allocate(PAYLOAD), 0, 0, 0, 0);
        }
    }

    @Test
    void itFillsAtItsLimitAndOpensAtHalfOfIt() throws SinkException {
        sink.hold();
        delivery.start();
        append(6);
        outlet.handOff();
        await().until(() -> sink.given.size() == 1);
        append(4);
        assertThat(outlet.isFull()).as("exactly the limit").isFalse();
        append(1);
        assertThat(outlet.isFull()).as("one more").isTrue();
        assertThat(fulls).hasValue(1);
        append(3);
        assertThat(fulls).as("told once").hasValue(1);
        outlet.handOff();
        sink.let(1); // 600 of 1,400 come back: 800 are left
        await().until(() -> sink.given.size() == 2);
        assertThat(rooms).as("more than half is still on the way").hasValue(0);
        sink.let(1);
        await().until(() -> rooms.get() == 1);
        assertThat(outlet.isFull()).as("until it is opened on its own thread").isTrue();
        outlet.reopen();
        assertThat(outlet.isFull()).isFalse();
        assertThat(sink.taken).hasSize(14);
    }

    @Test
    void aHandOffIsPlannedOnceForEachBatch() throws SinkException {
        delivery.start();
        append(3);
        assertThat(plans).hasValue(1);
        outlet.handOff();
        outlet.handOff();
        append(1);
        assertThat(plans).hasValue(2);
    }

    @Test
    void aRecordLargerThanTheLimitGoesThrough() throws SinkException {
        delivery.start();
        outlet.append(owner, ByteBuffer.allocate(5 * LIMIT), 0, 0, 0, 0);
        assertThat(fulls).hasValue(1);
        assertThat(rooms)
                .as("nothing is on the way: there is nothing to wait for")
                .hasValue(1);
        outlet.handOff();
        await().until(() -> sink.taken.size() == 1);
    }

    @Test
    void whatWaitsInOneBatchIsBounded() throws SinkException {
        sink.hold();
        delivery.start();
        outlet.append(owner, ByteBuffer.allocate(2 << 20), 0, 0, 0, 0);
        await().until(() -> sink.given.size() == 1); // a megabyte goes on without the planned hand-off
        assertThat(outlet.isFull()).isTrue();
    }

    @Test
    void withoutASinkRecordsAreCountedAndNothingIsKept() throws SinkException {
        delivery.start();
        var empty = new Delivery(List.of(), Clock.SYSTEM, Thread.ofPlatform().factory());
        var shut = new AtomicInteger();
        var bare = new Outlet(
                empty,
                1,
                new Outlet.Gate() {
                    @Override
                    public void full() {
                        shut.incrementAndGet();
                    }

                    @Override
                    public void room() {}
                },
                plans::incrementAndGet);
        for (int i = 0; i < 100; i++) {
            bare.append(owner, ByteBuffer.allocate(PAYLOAD), 0, 0, 0, 0);
        }
        assertThat(owner.records()).isEqualTo(100);
        assertThat(shut).hasValue(0);
        assertThat(plans).hasValue(0);
    }

    @Test
    void thePayloadIsCopiedAndTheCallersBufferLeftAlone() throws SinkException {
        delivery.start();
        var bytes = ByteBuffer.wrap("..hello..".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        bytes.position(2).limit(7);
        outlet.append(owner, bytes, 0, 0, 0, 0);
        bytes.put(2, (byte) 'J');
        assertThat(bytes.position()).isEqualTo(2);
        assertThat(bytes.limit()).isEqualTo(7);
        outlet.handOff();
        await().until(() -> sink.taken.size() == 1);
        assertThat(sink.taken).containsExactly("QSCO/1/0 hello");
    }

    @Test
    void aReusedBatchHoldsNothingOfTheLast() throws SinkException {
        delivery.start();
        for (int round = 0; round < 50; round++) {
            append(1 + round % 7);
            outlet.handOff();
            int expected = IntStream.rangeClosed(0, round).map(i -> 1 + i % 7).sum();
            await().until(() -> sink.taken.size() == expected);
        }
        assertThat(sink.taken).doesNotHaveDuplicates();
    }

    @Test
    void whoFindsTheSharedOutletFullWaitsUntilThereIsRoom() throws Exception {
        sink.hold();
        delivery.start();
        var loop = new ManualLoop(new HandClock());
        var shared = new SharedOutlet(delivery, LIMIT, loop);
        handOff(shared, 6);
        var emitted = new AtomicInteger();
        var done = new CountDownLatch(1);
        var emitter = Thread.ofVirtual().start(() -> {
            for (int i = 0; i < 40; i++) {
                if (append(shared, new AtomicBoolean(true))) {
                    emitted.incrementAndGet();
                }
            }
            done.countDown();
        });
        await().until(() -> emitter.getState() == Thread.State.WAITING);
        assertThat(emitted).as("up to the limit and one more").hasValue(5);
        sink.release();
        await().until(() -> {
            loop.advance(Duration.ofMillis(10));
            return done.getCount() == 0;
        });
        shared.handOff();
        await().until(() -> sink.taken.size() == 46);
        emitter.join();
    }

    @Test
    void aFenceRefusesWhoWaits() throws Exception {
        sink.hold();
        delivery.start();
        var shared = new SharedOutlet(delivery, LIMIT, new ManualLoop(new HandClock()));
        var open = new AtomicBoolean(true);
        handOff(shared, 6);
        for (int i = 0; i < 5; i++) {
            append(shared, open);
        }
        assertThat(shared.isFull()).isTrue();
        var refused = new CountDownLatch(1);
        var emitter = Thread.ofVirtual().start(() -> {
            if (!append(shared, open)) {
                refused.countDown();
            }
        });
        await().until(() -> emitter.getState() == Thread.State.WAITING);
        shared.fence(() -> open.set(false));
        assertThat(refused.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(owner.records()).isEqualTo(11);
    }

    private void handOff(SharedOutlet shared, int records) {
        for (int i = 0; i < records; i++) {
            append(shared, new AtomicBoolean(true));
        }
        shared.handOff();
    }

    private boolean append(SharedOutlet shared, AtomicBoolean open) {
        try {
            return shared.append(owner, ByteBuffer.allocate(PAYLOAD), 0, 0, 0, 0, open::get);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
