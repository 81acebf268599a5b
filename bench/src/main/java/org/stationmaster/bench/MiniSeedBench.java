package org.stationmaster.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.stationmaster.core.api.Decoder.Result;
import org.stationmaster.stations.seedlink.MiniSeedDecoder;

/**
 * The miniSEED decoder over a recording, in a direct buffer. One operation is one MiB: operations/s × 1,048,576 are
 * bytes/s. {@code -prof gc} tells what is allocated.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MiniSeedBench {
    private static final int MIB = 1 << 20;

    /** A file below {@code ../shared/data}. */
    @Param({"mseed2/testdata-3channel-signal.mseed2", "mseed3/testdata-3channel-signal.mseed3"})
    public String recording = "";

    private final MiniSeedDecoder decoder = new MiniSeedDecoder();
    private ByteBuffer bytes = ByteBuffer.allocate(0);

    @Setup
    public void fill() throws IOException {
        var file = Files.readAllBytes(Path.of(System.getProperty("stationmaster.recordings", "../shared/data"))
                .resolve(recording));
        bytes = ByteBuffer.allocateDirect(MIB + file.length);
        while (bytes.position() < MIB) {
            bytes.put(file);
        }
        bytes.flip();
    }

    @Benchmark
    public long decode() {
        bytes.position(0);
        long samples = 0;
        while (bytes.position() < MIB && decoder.decode(bytes) == Result.FRAME) {
            samples += decoder.header().samples();
        }
        return samples;
    }
}
