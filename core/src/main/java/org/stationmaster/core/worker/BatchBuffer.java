package org.stationmaster.core.worker;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;

/**
 * Records on their way from the slots to the sinks: payloads one behind the other, what is known of each in parallel
 * arrays. Written by the owner of an {@link Outlet}, then read by sinks; handing it over a queue publishes it.
 */
final class BatchBuffer implements RecordBatch {
    private static final int FIRST_RECORDS = 64;
    private static final int FIRST_BYTES = 8 * 1024;
    /** What a record costs beside its payload, for limits. */
    static final int RECORD_OVERHEAD_BYTES = 48;

    private byte[] payloads = new byte[FIRST_BYTES];
    private Activation[] owners = new Activation[FIRST_RECORDS];
    private int[] ends = new int[FIRST_RECORDS];
    /** Four longs a record: seq, event, received, position. */
    private long[] facts = new long[4 * FIRST_RECORDS];

    private int size;
    private boolean hasPositions;

    void append(Activation owner, ByteBuffer payload, long seq, long eventNanos, long receivedNanos, long position) {
        int start = size == 0 ? 0 : ends[size - 1];
        int end = start + payload.remaining();
        reserve(end);
        payload.get(payload.position(), payloads, start, end - start);
        owners[size] = owner;
        ends[size] = end;
        facts[4 * size] = seq;
        facts[4 * size + 1] = eventNanos;
        facts[4 * size + 2] = receivedNanos;
        facts[4 * size + 3] = position;
        hasPositions |= position != StationRecord.UNKNOWN;
        size++;
    }

    private void reserve(int end) {
        if (size == owners.length) {
            owners = Arrays.copyOf(owners, size * 2);
            ends = Arrays.copyOf(ends, size * 2);
            facts = Arrays.copyOf(facts, size * 8);
        }
        if (end > payloads.length) {
            payloads = Arrays.copyOf(
                    payloads, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(end, 2L * payloads.length)));
        }
    }

    /** Empty again; keeps its memory. */
    void clear() {
        Arrays.fill(owners, 0, size, null);
        size = 0;
        hasPositions = false;
    }

    /** Whether a record of it has a position. */
    boolean hasPositions() {
        return hasPositions;
    }

    Activation owner(int index) {
        return owners[index];
    }

    long position(int index) {
        return facts[4 * index + 3];
    }

    /** Memory it keeps for payloads. */
    int capacityBytes() {
        return payloads.length;
    }

    /** What it weighs against a limit. */
    long weightBytes() {
        return bytes() + (long) size * RECORD_OVERHEAD_BYTES;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public long bytes() {
        return size == 0 ? 0 : ends[size - 1];
    }

    @Override
    public void forEach(Consumer<? super StationRecord> visitor) {
        var view = new View();
        for (int i = 0; i < size; i++) {
            view.move(i);
            visitor.accept(view);
        }
    }

    /** One record of the buffer, moved from one to the next. */
    private final class View implements StationRecord {
        private final ByteBuffer payload = ByteBuffer.wrap(payloads).asReadOnlyBuffer();
        private int index;

        private void move(int to) {
            index = to;
        }

        @Override
        public Source source() {
            return owners[index].source();
        }

        @Override
        public long epoch() {
            return owners[index].epoch();
        }

        @Override
        public long seq() {
            return facts[4 * index];
        }

        @Override
        public long eventNanos() {
            return facts[4 * index + 1];
        }

        @Override
        public long receivedNanos() {
            return facts[4 * index + 2];
        }

        @Override
        public long position() {
            return facts[4 * index + 3];
        }

        @Override
        public ByteBuffer payload() {
            payload.limit(ends[index]);
            payload.position(index == 0 ? 0 : ends[index - 1]);
            return payload;
        }
    }
}
