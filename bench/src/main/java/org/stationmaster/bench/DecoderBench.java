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
import org.stationmaster.testkit.SyntheticStream;

/**
 * The decoders behind their session, as the loop calls them: 64 KiB of whole records (or a little less) from a direct buffer to
 * a slot that counts. One operation is 64 KiB: operations/s × 65,536 are bytes/s. {@code -prof gc} tells what is allocated.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DecoderBench {
    private static final int BUFFER_BYTES = 64 * 1024;

    /** The protocol, and what a record takes on the wire. */
    @Param({
        "tcp-frames/64",
        "tcp-frames/256",
        "tcp-frames/1024",
        "tcp-lines/64",
        "tcp-lines/256",
        "tcp-lines/1024",
        "rtcm3/128",
        "rtcm3/256",
        "rtcm3/1024",
        "nmea/80",
        "tsip/80",
        "gsof/200"
    })
    public String records = "";

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Counting slot = new Counting();
    private Session session = input -> {};

    @Setup
    public void fill() {
        int slash = records.indexOf('/');
        var protocol = records.substring(0, slash);
        int recordBytes = Integer.parseInt(records.substring(slash + 1));
        bytes.clear()
                .put(SyntheticStream.of(protocol, recordBytes, BUFFER_BYTES / recordBytes))
                .flip();
        var task = Protocols.found().byName(protocol).orElseThrow().taskFor(slot.source());
        session = ((Task.Events) task).open(slot, new Nowhere());
    }

    @Benchmark
    public long decode() throws ProtocolException {
        bytes.position(0);
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
        public long receivedNanos() {
            return 0;
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
