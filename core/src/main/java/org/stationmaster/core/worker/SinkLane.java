package org.stationmaster.core.worker;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Text;
import org.stationmaster.core.worker.Delivery.LaneStatus;
import org.stationmaster.core.worker.Delivery.Parcel;

/** One sink and the thread that feeds it: collects what arrives within its {@link Linger}, delivers, tries again. */
final class SinkLane {
    private static final Logger LOG = LoggerFactory.getLogger(SinkLane.class);
    private static final long FIRST_RETRY_NANOS = 100_000_000L;
    private static final long LONGEST_RETRY_NANOS = 1_000_000_000L;
    /** With this much waiting, lingering on would only cost memory. */
    private static final long HURRY_BYTES = 4L << 20;
    /** After the deadline, how long an interrupted sink gets to come back. */
    private static final long LAST_WAIT_MILLIS = 500;

    private final Sink sink;
    private final Clock clock;
    private final Thread thread;
    /** Asked once, before the thread starts: no code of the sink runs under the lock. */
    private Linger linger = new Linger(0);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Guarded by the lock; bounded by the outlets' limits. */
    private final ArrayDeque<Parcel> queue = new ArrayDeque<>();

    private long queuedBytes;
    private boolean finishing;
    private boolean abandoned;

    /** Written by the lane's thread. */
    private volatile LaneStatus status;

    /** Records of the batch that the sink has and has not acknowledged; written by the lane's thread. */
    private volatile long inHand;

    private volatile String undone = "";

    SinkLane(Sink sink, Clock clock, ThreadFactory threads) {
        this.sink = sink;
        this.clock = clock;
        this.status = new LaneStatus(sink.name(), 0, 0, 0, "", 0, 0);
        this.thread = threads.newThread(this::run);
        thread.setName("sink-" + sink.name());
    }

    /** @throws SinkException whatever is wrong with it, the machine does not start */
    void open() throws SinkException {
        try {
            linger = new Linger(sink.linger().toNanos());
            sink.open();
        } catch (RuntimeException | Error e) {
            throw new SinkException("sink " + sink.name() + " cannot be opened: " + e, e);
        }
    }

    void closeUnused() {
        guarded("closed", sink::close);
    }

    void start() {
        thread.start();
    }

    void add(Parcel parcel) {
        lock.lock();
        try {
            queue.add(parcel);
            queuedBytes += parcel.batch().weightBytes();
            if (queue.size() == 1 || queuedBytes >= HURRY_BYTES) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** No more will come: deliver what is there, then flush and close. */
    void finish() {
        lock.lock();
        try {
            finishing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the end; past the time the sink is given up, and what it did not take is named. */
    Optional<String> awaitEnd(long nanos) throws InterruptedException {
        if (!thread.join(java.time.Duration.ofNanos(nanos))) {
            abandon();
            if (!thread.join(java.time.Duration.ofMillis(LAST_WAIT_MILLIS))) {
                return Optional.of("sink " + sink.name() + " did not come back from a delivery of "
                        + Text.count(inHand, "record") + "; " + queuedRecords() + " more waited for it");
            }
        }
        return undone.isEmpty() ? Optional.empty() : Optional.of(undone);
    }

    /** Gives up: what the sink did not take stays undone. */
    void abandon() {
        lock.lock();
        try {
            finishing = true;
            abandoned = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
    }

    LaneStatus status() {
        return status;
    }

    private void run() {
        try {
            while (turn()) {
                var _ = Thread.interrupted(); // a sink's own: only abandon() ends this lane early
            }
        } finally {
            var _ = Thread.interrupted(); // what was acknowledged is made durable even so
            countUndone();
            guarded("flushed", sink::flush);
            guarded("closed", sink::close);
        }
    }

    /** Takes what waits and delivers it; false when all is done or given up. */
    private boolean turn() {
        try {
            var load = take();
            return load != null && deliver(load);
        } catch (RuntimeException | Error e) { // the lane's own trouble, no memory say: told, and tried again
            failed(e);
            return waitForRetry(FIRST_RETRY_NANOS);
        }
    }

    /** What is delivered together. */
    private record Load(List<Parcel> parcels, RecordBatch batch) {}

    /** What comes next; null when all is done or given up. */
    private @Nullable Load take() {
        lock.lock();
        try {
            await(() -> !queue.isEmpty() || finishing, Long.MAX_VALUE);
            if (queue.isEmpty() || abandoned) {
                return null;
            }
            long due = linger.dueNanos(queue.getFirst().arrivedNanos());
            await(() -> finishing || queuedBytes >= HURRY_BYTES, due - clock.nanoTime());
            var parcels = List.copyOf(queue);
            var load = new Load(parcels, joined(parcels));
            queue.clear();
            queuedBytes = 0;
            return load;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits, holding the lock, until it is over or the time is. An interrupt is for the sink's code, and ends nothing
     * here: {@link #abandon} says so.
     */
    private void await(BooleanSupplier over, long nanos) {
        long left = nanos;
        while (!over.getAsBoolean() && left > 0) {
            try {
                left = changed.awaitNanos(left);
            } catch (InterruptedException e) {
                // by abandon(), which `over` knows, or left behind by the sink
            }
        }
    }

    /** Delivers until the sink has it; false when given up. */
    private boolean deliver(Load load) {
        inHand = load.batch().size();
        long retryNanos = FIRST_RETRY_NANOS;
        while (!isDelivered(load)) {
            if (!waitForRetry(retryNanos)) {
                return false;
            }
            retryNanos = Math.min(LONGEST_RETRY_NANOS, retryNanos * 2);
        }
        inHand = 0;
        load.parcels().forEach(Parcel::acknowledged);
        return true;
    }

    private boolean isDelivered(Load load) {
        try {
            long begin = clock.nanoTime();
            var taken = sink.deliver(load.batch());
            long end = clock.nanoTime();
            linger.took(end - begin);
            succeeded(taken, end - load.parcels().getFirst().arrivedNanos());
            return true;
        } catch (SinkException | RuntimeException | Error e) { // an Error too must not end the lane in silence
            failed(e);
            return false;
        }
    }

    private static RecordBatch joined(List<Parcel> parcels) {
        if (parcels.size() == 1) {
            return parcels.getFirst().batch();
        }
        var batches = new ArrayList<BatchBuffer>(parcels.size());
        parcels.forEach(parcel -> batches.add(parcel.batch()));
        return new Joined(batches);
    }

    /** Several batches as one. */
    private record Joined(List<BatchBuffer> batches) implements RecordBatch {
        @Override
        public int size() {
            return batches.stream().mapToInt(BatchBuffer::size).sum();
        }

        @Override
        public long bytes() {
            return batches.stream().mapToLong(BatchBuffer::bytes).sum();
        }

        @Override
        public void forEach(Consumer<? super StationRecord> visitor) {
            batches.forEach(batch -> batch.forEach(visitor));
        }
    }

    private void succeeded(Acknowledgement taken, long heldNanos) {
        var before = status;
        if (!before.failure().isEmpty()) {
            LOG.info("sink {} takes records again", sink.name());
        }
        status = new LaneStatus(
                before.sink(),
                before.delivered() + taken.records(),
                before.refused() + taken.refused(),
                before.failures(),
                "",
                0,
                heldNanos);
    }

    private void failed(Throwable cause) {
        var before = status;
        var message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        if (!before.failure().equals(message)) {
            if (cause instanceof SinkException) {
                LOG.error("sink {} cannot take records; reading stops when buffers are full: {}", sink.name(), message);
            } else {
                LOG.error("sink {} failed unexpectedly: {}", sink.name(), message, cause);
            }
        }
        long since = before.failure().isEmpty() ? clock.epochNanos() : before.sinceNanos();
        status = new LaneStatus(
                before.sink(),
                before.delivered(),
                before.refused(),
                before.failures() + 1,
                message,
                since,
                before.heldNanos());
    }

    private boolean waitForRetry(long nanos) {
        lock.lock();
        try {
            await(() -> abandoned, nanos);
            return !abandoned;
        } finally {
            lock.unlock();
        }
    }

    /** One of the sink's last acts. */
    private interface LastAct {
        void run() throws SinkException;
    }

    private void guarded(String done, LastAct act) {
        try {
            act.run();
        } catch (SinkException | RuntimeException | Error e) {
            failed(e);
            addUndone("sink " + sink.name() + " could not be " + done + ": " + status.failure());
        }
    }

    private void countUndone() {
        if (inHand > 0) {
            addUndone(Text.count(inHand, "record") + (inHand == 1 ? " was" : " were") + " not taken by sink "
                    + sink.name() + ": " + status.failure());
        }
        long waiting = queuedRecords();
        if (waiting > 0) {
            addUndone(Text.count(waiting, "more record") + " waited for sink " + sink.name());
        }
    }

    private void addUndone(String what) {
        undone = undone.isEmpty() ? what : undone + "; " + what;
    }

    private long queuedRecords() {
        lock.lock();
        try {
            return queue.stream().mapToLong(parcel -> parcel.batch().size()).sum();
        } finally {
            lock.unlock();
        }
    }
}
