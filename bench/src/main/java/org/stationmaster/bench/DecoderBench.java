package org.stationmaster.bench;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.stations.Protocols;

/**
 * The decoders behind their session, as the loop calls them: 64 KiB of whole records from a direct buffer to a slot that
 * counts. One operation is 64 KiB: operations/s × 65,536 are bytes/s. {@code -prof gc} tells what is allocated.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DecoderBench {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int LENGTH_BYTES = 4;

    @Param({"tcp-frames", "tcp-lines"})
    public String protocol = "";

    /** What a record takes on the wire. */
    @Param({"64", "256", "1024"})
    public int recordBytes;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Counting slot = new Counting();
    private Session session = input -> {};

    @Setup
    public void fill() {
        boolean frames = protocol.equals("tcp-frames");
        bytes.clear();
        while (bytes.hasRemaining()) {
            int start = bytes.position();
            if (frames) {
                bytes.putInt(recordBytes - LENGTH_BYTES);
            }
            while (bytes.position() < start + recordBytes) {
                bytes.put((byte) 'x');
            }
            if (!frames) {
                bytes.put(bytes.position() - 1, (byte) '\n');
            }
        }
        var task = Protocols.found().byName(protocol).orElseThrow().taskFor(slot.source());
        session = ((Task.Events) task).open(slot, new Nowhere());
    }

    @Benchmark
    public long decode() throws ProtocolException {
        bytes.clear();
        session.onBytes(bytes);
        return slot.records;
    }

    /** Counts. */
    private static final class Counting implements Slot {
        private final Source source = Source.of("BENCH", "any", "127.0.0.1", 1);
        private long records;
        private long payloadBytes;

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
            return 1;
        }

        @Override
        public boolean isActive() {
            return true;
        }

        @Override
        public boolean isInitialised() {
            return true;
        }

        @Override
        public void emit(ByteBuffer payload, long eventNanos, long position) {
            records++;
            payloadBytes += payload.remaining();
        }

        @Override
        public void corrupt(long skipped, String what) {
            throw new IllegalStateException(what + " after " + payloadBytes + " bytes");
        }
    }

    /** Nobody is there. */
    private static final class Nowhere implements Connection {
        @Override
        public void write(ByteBuffer written, CommandReply reply) {
            reply.acknowledge();
        }

        @Override
        public void write(ByteBuffer written) {}
    }
}
