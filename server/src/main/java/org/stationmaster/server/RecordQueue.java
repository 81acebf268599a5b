package org.stationmaster.server;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.RecordListener;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.TappedRecord;

/**
 * Copies of records between the machine and one reader: at most 1,024 of them and 1 MiB, or one that is larger. What finds no
 * room is dropped, counted, and told behind what was kept.
 */
final class RecordQueue implements RecordListener {
    static final int MAX_RECORDS = 1_024;
    static final long MAX_BYTES = 1L << 20;
    private static final long LOOK_MILLIS = 250;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<TappedRecord> queue = new ArrayDeque<>();
    private final @Nullable SourceId source;
    private long bytes;
    private long dropped;

    RecordQueue() {
        this(null);
    }

    /** @param source told with what is dropped, where other events are dropped, too; null: it is not */
    RecordQueue(@Nullable SourceId source) {
        this.source = source;
    }

    @Override
    public void record(TappedRecord copy) {
        lock.lock();
        try {
            int size = copy.payload().length;
            if (queue.size() == MAX_RECORDS || (!queue.isEmpty() && bytes + size > MAX_BYTES)) {
                dropped++;
            } else {
                queue.add(copy);
                bytes += size;
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void dropped(long count) {
        lock.lock();
        try {
            dropped += count;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private record Taken(List<TappedRecord> copies, long dropped) {}

    private Taken take(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (queue.isEmpty() && dropped == 0 && left > 0) {
                left = changed.awaitNanos(left);
            }
            var taken = new Taken(List.copyOf(queue), dropped);
            queue.clear();
            bytes = 0;
            dropped = 0;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Writes what comes until the streams are over. */
    void speak(Sse sse, Streams streams) throws IOException, InterruptedException {
        long silentMillis = 0;
        while (!streams.isOver()) {
            silentMillis = write(sse, LOOK_MILLIS) > 0 ? 0 : silentMillis + LOOK_MILLIS;
            if (silentMillis >= streams.commentMillis()) {
                sse.comment();
                silentMillis = 0;
            }
            sse.flush();
        }
    }

    /**
     * Writes what is there, or what comes first within this time.
     *
     * @return how many records that were, those that were dropped too
     */
    long write(Sse sse, long waitMillis) throws IOException, InterruptedException {
        var taken = take(waitMillis);
        for (var copy : taken.copies()) {
            sse.event("record", Told.of(copy));
        }
        if (taken.dropped() > 0) {
            sse.dropped(taken.dropped(), source);
        }
        return taken.copies().size() + taken.dropped();
    }

    /** A record as it is told; the names are the contract. */
    private record Told(
            String source,
            long epoch,
            long seq,
            String receivedAt,
            @Nullable String eventAt,
            @Nullable Long position,
            String payload) {
        static Told of(TappedRecord copy) {
            return new Told(
                    copy.source().value(),
                    copy.epoch(),
                    copy.seq(),
                    Instant.ofEpochSecond(0, copy.receivedNanos()).toString(),
                    copy.eventNanos() == StationRecord.UNKNOWN
                            ? null
                            : Instant.ofEpochSecond(0, copy.eventNanos()).toString(),
                    copy.position() == StationRecord.UNKNOWN ? null : copy.position(),
                    Base64.getEncoder().encodeToString(copy.payload()));
        }
    }
}
