package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stationmaster.core.fixtures.Await.await;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.fixtures.TestSink;

/** Batches on their way to sinks of several paces and faults, on real threads. */
@Timeout(20)
class DeliveryTest {
    private static final Duration SOON = Duration.ofMillis(150);

    private final List<BatchBuffer> back = new CopyOnWriteArrayList<>();
    private final Activation owner = new Activation(WorkerRig.SLOT, WorkerRig.source("QSCO"), 5);
    private final List<TestSink> toRelease = new CopyOnWriteArrayList<>();
    private long seq;

    @AfterEach
    void releaseWhatHangs() {
        toRelease.forEach(TestSink::release);
    }

    private Delivery start(Sink... sinks) throws SinkException {
        var delivery = new Delivery(
                List.of(sinks), Clock.SYSTEM, Thread.ofPlatform().daemon().factory());
        delivery.start();
        return delivery;
    }

    private BatchBuffer batch(String... payloads) {
        var batch = new BatchBuffer();
        for (var payload : payloads) {
            batch.append(owner, ByteBuffer.wrap(payload.getBytes(StandardCharsets.UTF_8)), seq++, 1, 2, 3);
        }
        return batch;
    }

    @Test
    void everyBatchGoesToEverySinkInOrderAndComesBackOnce() throws Exception {
        var one = new TestSink("one");
        var two = new TestSink("two");
        var delivery = start(one, two);
        for (int i = 0; i < 100; i++) {
            delivery.submit(batch("a" + i, "b" + i), back::add);
        }
        assertThat(delivery.stop(Duration.ofSeconds(10))).isEmpty();
        var expected = IntStream.range(0, 200)
                .mapToObj(i -> "QSCO/5/" + i + (i % 2 == 0 ? " a" : " b") + i / 2)
                .toList();
        assertThat(one.taken).isEqualTo(expected);
        assertThat(two.taken).isEqualTo(expected);
        assertThat(back).hasSize(100).doesNotHaveDuplicates();
        assertThat(one.flushes).hasValue(1);
        assertThat(one.closes).hasValue(1);
        assertThat(delivery.lanes()).allMatch(lane -> lane.delivered() == 200);
    }

    @Test
    void aSlowSinkDelaysOnlyItselfAndHoldsTheBatch() throws Exception {
        var fast = new TestSink("fast");
        var slow = new TestSink("slow").hold();
        toRelease.add(slow);
        var delivery = start(fast, slow);
        for (int i = 0; i < 10; i++) {
            delivery.submit(batch("x" + i), back::add);
        }
        await().until(() -> fast.taken.size() == 10);
        assertThat(back).as("not before the last sink has it").isEmpty();
        slow.release();
        assertThat(delivery.stop(Duration.ofSeconds(10))).isEmpty();
        assertThat(back).hasSize(10);
        assertThat(slow.taken).isEqualTo(fast.taken);
    }

    @Test
    void aSinkThatFailsGetsTheSameBatchObjectAgain() throws Exception {
        var sink = new TestSink("disk").fail(() -> new SinkException("the disk is full: make room", null));
        var delivery = start(sink);
        delivery.submit(batch("a"), back::add);
        await().until(() -> sink.given.size() >= 3);
        assertThat(sink.given.stream().distinct()).hasSize(1);
        var lane = delivery.lanes().getFirst();
        assertThat(lane.failure()).contains("make room");
        assertThat(lane.failures()).isGreaterThanOrEqualTo(2);
        assertThat(back).isEmpty();
        sink.fail(null);
        assertThat(delivery.stop(Duration.ofSeconds(10))).isEmpty();
        assertThat(sink.taken).containsExactly("QSCO/5/0 a");
        assertThat(delivery.lanes().getFirst().failure()).isEmpty();
        assertThat(back).hasSize(1);
    }

    @Test
    void anErrorOfASinkIsAnAlarmAndNotTheEndOfItsThread() throws Exception {
        var sink = new TestSink("odd").fail(() -> new AssertionError("a bug of the sink"));
        var delivery = start(sink);
        delivery.submit(batch("a"), back::add);
        await().until(() -> delivery.lanes().getFirst().failures() >= 2);
        assertThat(delivery.lanes().getFirst().failure()).contains("a bug of the sink");
        sink.fail(null);
        assertThat(delivery.stop(Duration.ofSeconds(10))).isEmpty();
        assertThat(sink.taken).hasSize(1);
    }

    @Test
    void anErrorOfItsLastActsIsToldAndKeepsNoOtherSinkFromItsEnd() throws Exception {
        var bad = new TestSink("bad").failAtEnd(() -> new NoClassDefFoundError("org/example/Missing"));
        var good = new TestSink("good");
        var delivery = start(bad, good);
        delivery.submit(batch("a"), back::add);
        assertThat(delivery.stop(Duration.ofSeconds(10)))
                .singleElement()
                .asString()
                .contains("sink bad could not be flushed: org/example/Missing")
                .contains("sink bad could not be closed: org/example/Missing");
        assertThat(bad.closes).hasValue(1);
        assertThat(bad.taken).hasSize(1);
        assertThat(good.flushes).hasValue(1);
        assertThat(good.closes).hasValue(1);
        assertThat(delivery.lanes().getFirst().failures()).isEqualTo(2);
    }

    @Test
    void aSinkWhoseLingerFailsDoesNotStart() {
        var good = new TestSink("good");
        var bad = new TestSink("bad").linger(() -> {
            throw new IllegalStateException("a bug of the sink");
        });
        assertThatThrownBy(() -> start(good, bad))
                .isInstanceOf(SinkException.class)
                .hasMessageContaining("sink bad cannot be opened: ")
                .hasMessageContaining("a bug of the sink");
        assertThat(bad.opens).hasValue(0);
        assertThat(good.closes).hasValue(1);
    }

    @Test
    void aLingerThatFailsLaterIsNotAskedFor() throws Exception {
        var asked = new AtomicInteger();
        var sink = new TestSink("odd").linger(() -> {
            if (asked.incrementAndGet() > 1) {
                throw new AssertionError("a bug of the sink");
            }
            return Duration.ZERO;
        });
        var delivery = start(sink);
        for (int i = 0; i < 3; i++) {
            delivery.submit(batch("x" + i), back::add);
        }
        await().until(() -> back.size() == 3);
        assertThat(delivery.stop(Duration.ofSeconds(10))).isEmpty();
    }

    @Test
    void aSinkThatInterruptsItsOwnThreadIsGivenOnAndOn() throws Exception {
        var sink = new TestSink("odd");
        var delivery = start(sink);
        for (int i = 0; i < 5; i++) {
            sink.fail(() -> {
                sink.fail(null);
                Thread.currentThread().interrupt();
                return new SinkException("interrupted by nobody", null);
            });
            delivery.submit(batch("x" + i), back::add);
            int taken = i + 1;
            await().until(() -> back.size() == taken);
        }
        assertThat(delivery.stop(Duration.ofSeconds(10))).isEmpty();
        assertThat(sink.taken).hasSize(5);
    }

    @Test
    void aBatchThatCannotBeGivenBackIsNotDeliveredTwice() throws Exception {
        var sink = new TestSink("sink");
        var delivery = start(sink);
        delivery.submit(batch("a"), _ -> {
            throw new IllegalStateException("its worker is gone");
        });
        await().until(() -> sink.taken.size() == 1);
        delivery.submit(batch("b"), back::add);
        await().until(() -> back.size() == 1);
        assertThat(delivery.stop(Duration.ofSeconds(10))).isEmpty();
        assertThat(sink.taken).containsExactly("QSCO/5/0 a", "QSCO/5/1 b");
    }

    @Test
    void whatASinkThatFailsForEverDidNotTakeIsNamedWithItsCount() throws Exception {
        for (int round = 0; round < 3; round++) { // the interrupt may come before or behind the retry's wait
            var sink = new TestSink("disk").fail(() -> new SinkException("the disk is full", null));
            var delivery = start(sink);
            delivery.submit(batch("a", "b", "c"), back::add);
            await().until(() -> sink.given.size() >= 1);
            delivery.submit(batch("d", "e"), back::add);
            assertThat(delivery.stop(SOON))
                    .singleElement()
                    .asString()
                    .contains("3 records were not taken by sink disk: the disk is full")
                    .contains("2 more records waited for sink disk");
            assertThat(sink.flushes).as("what it took before is made durable").hasValue(1);
            assertThat(sink.closes).hasValue(1);
        }
    }

    @Test
    void whatWaitedForASinkThatWasInterruptedIsNamedWithItsCount() throws Exception {
        var sink = new TestSink("slow").hold();
        var delivery = start(sink);
        delivery.submit(batch("a", "b", "c"), back::add);
        await().until(() -> sink.given.size() == 1);
        assertThat(delivery.stop(SOON)).singleElement().asString().contains("3 records were not taken by sink slow");
        assertThat(sink.closes).hasValue(1);
    }

    @Test
    void whatWaitedForASinkThatHangsIsNamedWithItsCount() throws Exception {
        var sink = new TestSink("stuck").hang();
        toRelease.add(sink);
        var well = new TestSink("well");
        var delivery = start(sink, well);
        delivery.submit(batch("a", "b", "c"), back::add);
        await().until(() -> sink.given.size() == 1);
        delivery.submit(batch("d"), back::add);
        assertThat(delivery.stop(SOON))
                .singleElement()
                .asString()
                .contains("stuck")
                .contains("3 records")
                .contains("1 more");
        assertThat(well.taken).hasSize(4);
        assertThat(well.closes).hasValue(1);
    }

    @Test
    void lingeringJoinsBatchesAndAStopDoesNotLinger() throws Exception {
        var sink = new TestSink("archive").linger(Duration.ofHours(1));
        var delivery = start(sink);
        for (int i = 0; i < 5; i++) {
            delivery.submit(batch("x" + i), back::add);
        }
        assertThat(sink.given).isEmpty();
        assertThat(delivery.stop(Duration.ofSeconds(10))).isEmpty();
        assertThat(sink.given).hasSize(1);
        assertThat(sink.taken).hasSize(5);
        assertThat(back).hasSize(5);
    }

    @Test
    void muchThatWaitsIsNotLingeredOver() throws Exception {
        var sink = new TestSink("archive").linger(Duration.ofHours(1));
        var delivery = start(sink);
        delivery.submit(batch("x".repeat(5 << 20)), back::add);
        await().until(() -> back.size() == 1);
        assertThat(delivery.stop(Duration.ofSeconds(10))).isEmpty();
    }

    @Test
    void eitherAllSinksOpenOrNone() {
        var good = new TestSink("good");
        var bad = new TestSink("bad").failToOpen("no such directory");
        assertThatThrownBy(() -> start(good, bad))
                .isInstanceOf(SinkException.class)
                .hasMessage("no such directory");
        assertThat(good.opens).hasValue(1);
        assertThat(good.closes).hasValue(1);
        assertThat(bad.closes).hasValue(0);
    }
}
