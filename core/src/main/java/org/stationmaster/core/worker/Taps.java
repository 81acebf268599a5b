package org.stationmaster.core.worker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.RecordListener;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Tap;
import org.stationmaster.core.api.TappedRecord;

/**
 * Who looks on at which sources' records. While nobody does, a batch costs the reading of one field. What is seen is what
 * leaves the worker, on its way to the sinks: a sink that is down does not delay it. Safe from any thread.
 */
public final class Taps {
    private static final Logger LOG = LoggerFactory.getLogger(Taps.class);

    /** Replaced whole, under this object's lock. */
    private volatile Map<SourceId, List<RecordListener>> listeners = Map.of();

    private volatile Runnable changed = () -> {};
    private final AtomicBoolean failed = new AtomicBoolean();

    /** Copies of the source's records from now on, until the tap is closed. */
    public Tap open(SourceId source, RecordListener listener) {
        var own = new RecordListener() { // equal to nothing else, so that one listener may have two taps
                    @Override
                    public void record(TappedRecord copy) {
                        listener.record(copy);
                    }

                    @Override
                    public void dropped(long count) {
                        listener.dropped(count);
                    }
                };
        change(source, list -> list.add(own));
        return () -> change(source, list -> list.remove(own));
    }

    private void change(SourceId source, Consumer<List<RecordListener>> how) {
        synchronized (this) {
            var next = new HashMap<>(listeners);
            var list = new ArrayList<>(next.getOrDefault(source, List.of()));
            how.accept(list);
            if (list.isEmpty()) {
                next.remove(source);
            } else {
                next.put(source, List.copyOf(list));
            }
            listeners = Map.copyOf(next);
        }
        changed.run();
    }

    /** In a worker process: these sources alone, with a listener for each. */
    void only(Set<SourceId> sources, Function<SourceId, RecordListener> listener) {
        synchronized (this) {
            listeners =
                    sources.stream().collect(Collectors.toUnmodifiableMap(id -> id, id -> List.of(listener.apply(id))));
        }
    }

    /** What runs behind every change of {@link #sources}, on the thread that changed it. */
    void whenChanged(Runnable action) {
        changed = action;
    }

    boolean isIdle() {
        return listeners.isEmpty();
    }

    Set<SourceId> sources() {
        return listeners.keySet();
    }

    /** On the thread that hands the batch over, before it does. */
    void see(RecordBatch batch) {
        var now = listeners;
        if (!now.isEmpty()) {
            batch.forEach(seen -> see(now, seen));
        }
    }

    private void see(Map<SourceId, List<RecordListener>> now, StationRecord seen) {
        var who = now.get(seen.source().id());
        if (who == null) {
            return;
        }
        if (seen.payload().remaining() > TappedRecord.MAX_PAYLOAD_BYTES) {
            tell(who, listener -> listener.dropped(1));
            return;
        }
        var copy = new TappedRecord(
                seen.source().id(),
                seen.epoch(),
                seen.seq(),
                seen.eventNanos(),
                seen.receivedNanos(),
                seen.position(),
                seen.bytes());
        tell(who, listener -> listener.record(copy));
    }

    /** From a worker process. */
    void pass(TappedRecord copy, long droppedBefore) {
        var who = listeners.get(copy.source());
        if (who == null) {
            return; // the tap was closed meanwhile
        }
        if (droppedBefore > 0) {
            tell(who, listener -> listener.dropped(droppedBefore));
        }
        tell(who, listener -> listener.record(copy));
    }

    /** Whatever a listener does, records go on. */
    private void tell(List<RecordListener> who, Consumer<RecordListener> what) {
        for (var listener : who) {
            try {
                what.accept(listener);
            } catch (RuntimeException e) {
                if (failed.compareAndSet(false, true)) { // the first of what may be a flood
                    LOG.error("a listener to records failed: {}", e.toString());
                }
            }
        }
    }
}
