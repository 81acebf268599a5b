package org.stationmaster.testkit;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotReleasedException;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.WorkerId;

/** A slot without a machine: it keeps what a task emits and counts. Safe from any thread; emitting never blocks. */
public final class RecordingSlot implements Slot {
    private static final long EPOCH = 1;

    private final Source source;
    private final List<byte[]> payloads = new ArrayList<>();
    private final List<Long> eventNanos = new ArrayList<>();
    private final List<String> corruptions = new ArrayList<>();
    private final List<Oddity> oddities = new ArrayList<>();
    private long receivedNanos;
    private long corruptBytes;
    private boolean released;
    private boolean initialised;

    /** A slot that holds {@code source}, active and not yet initialised. */
    public RecordingSlot(Source source) {
        this.source = source;
    }

    @Override
    public SlotId id() {
        return new SlotId(new WorkerId(0), 0);
    }

    @Override
    public Source source() {
        return source;
    }

    @Override
    public long epoch() {
        return EPOCH;
    }

    @Override
    public synchronized boolean isActive() {
        return !released;
    }

    @Override
    public synchronized boolean isInitialised() {
        return initialised;
    }

    @Override
    public synchronized long receivedNanos() {
        return receivedNanos;
    }

    @Override
    public synchronized void emit(ByteBuffer payload, long eventNanos, long position) {
        if (released) {
            throw new SlotReleasedException(source.id(), EPOCH);
        }
        var copy = new byte[payload.remaining()];
        payload.duplicate().get(copy);
        payloads.add(copy);
        this.eventNanos.add(eventNanos);
    }

    @Override
    public synchronized void corrupt(long bytes, String what) {
        corruptBytes += bytes;
        corruptions.add(what);
    }

    @Override
    public synchronized void odd(Oddity what, Supplier<String> words) {
        oddities.add(what);
    }

    /** What was counted as odd, in order. */
    public synchronized List<Oddity> oddities() {
        return List.copyOf(oddities);
    }

    /** Bytes from now on were read at this time, nanoseconds since 1970 UTC; 1970 unless set. */
    public synchronized void receivedAt(long epochNanos) {
        receivedNanos = epochNanos;
    }

    /** Sets the init flag, as the machine does once the task was started. */
    public synchronized void initialise() {
        initialised = true;
    }

    /** Ends the activation: what is emitted from now on is refused. */
    public synchronized void release() {
        released = true;
    }

    /** What was emitted, in order. */
    public synchronized List<byte[]> payloads() {
        return List.copyOf(payloads);
    }

    /** The event times of {@link #payloads}. */
    public synchronized List<Long> eventNanos() {
        return List.copyOf(eventNanos);
    }

    /** What was told to be corrupt, in order. */
    public synchronized List<String> corruptions() {
        return Collections.unmodifiableList(new ArrayList<>(corruptions));
    }

    /** How many bytes were told to be corrupt. */
    public synchronized long corruptBytes() {
        return corruptBytes;
    }
}
