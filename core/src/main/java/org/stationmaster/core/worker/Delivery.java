package org.stationmaster.core.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.SourceId;

/**
 * The way from the workers to the sinks: each batch goes to every sink, in the order in which it was handed over. A
 * batch is given back to its outlet when the last sink has acknowledged it; what is on the way is bounded by the
 * outlets' limits.
 *
 * <p>Safe from any thread.
 */
public final class Delivery {
    private final List<SinkLane> lanes;

    /** A batch on its way. */
    record Parcel(
            BatchBuffer batch,
            long arrivedNanos,
            AtomicInteger lanesLeft,
            Positions positions,
            Map<SourceId, Positions.Kept> kept,
            Consumer<BatchBuffer> giveBack) {
        /** A lane acknowledges its parcels in order, so the last one of each parcel comes in order, too. */
        void acknowledged() {
            if (lanesLeft.decrementAndGet() == 0) {
                positions.acknowledged(kept);
                giveBack.accept(batch);
            }
        }
    }

    /**
     * What can be told of one sink.
     *
     * @param failure empty while it works
     * @param heldNanos how long the oldest record of its last delivery was on its way, until it was acknowledged
     */
    public record LaneStatus(
            String sink, long delivered, long refused, long failures, String failure, long sinceNanos, long heldNanos) {
        /** With what another has counted before. */
        public LaneStatus plus(LaneStatus before) {
            return new LaneStatus(
                    sink,
                    delivered + before.delivered,
                    refused + before.refused,
                    failures + before.failures,
                    failure,
                    sinceNanos,
                    heldNanos);
        }
    }

    private final Clock clock;
    private final Taps taps = new Taps();

    private final Positions positions;

    public Delivery(List<Sink> sinks, Clock clock, ThreadFactory threads) {
        this(sinks, Positions.NONE, clock, threads);
    }

    /** @param positions told of what all sinks have acknowledged */
    public Delivery(List<Sink> sinks, Positions positions, Clock clock, ThreadFactory threads) {
        this.clock = clock;
        this.positions = positions;
        this.lanes =
                sinks.stream().map(sink -> new SinkLane(sink, clock, threads)).toList();
    }

    /**
     * Opens every sink, or none.
     *
     * @throws SinkException one of them cannot work
     */
    public void start() throws SinkException {
        var opened = new ArrayList<SinkLane>();
        try {
            for (var lane : lanes) {
                lane.open();
                opened.add(lane);
            }
        } catch (SinkException | RuntimeException e) {
            opened.forEach(SinkLane::closeUnused);
            throw e;
        }
        lanes.forEach(SinkLane::start);
    }

    /** Where the sources' records are acknowledged up to. */
    Positions positions() {
        return positions;
    }

    /** Who looks on. */
    public Taps taps() {
        return taps;
    }

    /** Whether records go nowhere, and nobody looks on. */
    boolean isEmpty() {
        return lanes.isEmpty() && taps.isIdle();
    }

    /** Takes a batch; {@code giveBack} gets it when all sinks have it, on a sink's thread; or at once without sinks. */
    void submit(BatchBuffer batch, Consumer<BatchBuffer> giveBack) {
        taps.see(batch);
        if (lanes.isEmpty()) {
            giveBack.accept(batch);
            return;
        }
        var kept = positions.submitted(batch);
        var parcel = new Parcel(batch, clock.nanoTime(), new AtomicInteger(lanes.size()), positions, kept, giveBack);
        lanes.forEach(lane -> lane.add(parcel));
    }

    /** Runs {@code then} when every sink has all that was submitted so far; on a sink's thread, or at once without sinks. */
    void whenDelivered(Runnable then) {
        if (lanes.isEmpty()) {
            then.run();
        } else {
            submit(new BatchBuffer(), _ -> then.run());
        }
    }

    /**
     * Delivers what is on the way, flushes and closes the sinks.
     *
     * @return what was left undone, for people
     */
    public List<String> stop(Duration deadline) throws InterruptedException {
        long end = System.nanoTime() + deadline.toNanos();
        lanes.forEach(SinkLane::finish);
        var left = new ArrayList<String>();
        for (var lane : lanes) {
            lane.awaitEnd(Math.max(0, end - System.nanoTime())).ifPresent(left::add);
        }
        return left;
    }

    /** Gives up what is not delivered yet; nothing when {@link #stop} has ended. Does not wait. */
    public void abandon() {
        lanes.forEach(SinkLane::abandon);
    }

    public List<LaneStatus> lanes() {
        var all = new ArrayList<LaneStatus>(
                lanes.size()); // asked by idle workers, which run uncompiled: a stream takes 1 ms there
        for (var lane : lanes) {
            all.add(lane.status());
        }
        return all;
    }
}
