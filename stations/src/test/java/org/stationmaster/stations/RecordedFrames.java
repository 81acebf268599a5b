package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.Decoder.Result;

/** A recording through a decoder in all kinds of pieces: always the same frames and the same count of what is none. */
@SuppressWarnings("ArrayRecordComponent") // a sample, never compared
public record RecordedFrames(
        Supplier<Decoder> decoder, byte[] recording, List<String> frames, long corruptBytes, int tornBytes) {
    private static final int WINDOW_FRAMES = 2;

    /** In one piece: that is what the others are compared with. */
    public static RecordedFrames of(Supplier<Decoder> decoder, byte[] recording) {
        var decoding = new Decoding(decoder.get());
        assertThat(decoding.feed(recording)).isTrue();
        return new RecordedFrames(
                decoder,
                recording,
                decoding.frames,
                sum(decoding.corrupt),
                decoding.left() + (int) decoding.decoder().untoldBytes());
    }

    private static long sum(List<Long> pieces) {
        return pieces.stream().mapToLong(Long::longValue).sum();
    }

    /** Splits in two at every byte; what is far from the split cannot matter, so a few frames around it are enough. */
    public void assertEverySplit() {
        int[] ends = ends();
        for (int frame = 0; frame < ends.length; frame++) {
            int from = frame < WINDOW_FRAMES ? 0 : ends[frame - WINDOW_FRAMES];
            int to = frame + WINDOW_FRAMES < ends.length ? ends[frame + WINDOW_FRAMES] : recording.length;
            var whole = new Decoding(decoder.get());
            whole.feed(recording, from, to);
            for (int split = frame == 0 ? 0 : ends[frame - 1]; split <= ends[frame]; split++) {
                var decoding = new Decoding(decoder.get());
                decoding.feed(recording, from, split);
                decoding.feed(recording, split, to);
                assertThat(decoding.frames).as("split at %d", split).isEqualTo(whole.frames);
                assertThat(decoding.corrupt).as("split at %d", split).isEqualTo(whole.corrupt);
                assertThat(decoding.left()).isEqualTo(whole.left());
            }
        }
    }

    void assertByteByByte() {
        assertPieces(i -> 1);
    }

    void assertRandomPieces() {
        for (int seed = 0; seed < 5; seed++) {
            var random = new SplittableRandom(seed);
            assertPieces(_ -> random.nextInt(1, 3_000));
        }
    }

    private void assertPieces(java.util.function.IntUnaryOperator pieceAt) {
        var decoding = new Decoding(decoder.get());
        for (int from = 0; from < recording.length; ) {
            int to = Math.min(recording.length, from + pieceAt.applyAsInt(from));
            decoding.feed(recording, from, to);
            from = to;
        }
        assertThat(decoding.frames).isEqualTo(frames);
        assertThat(sum(decoding.corrupt)).isEqualTo(corruptBytes);
        assertThat(decoding.left() + decoding.decoder().untoldBytes()).isEqualTo(tornBytes);
    }

    /** Where each frame ends in the recording. */
    private int[] ends() {
        var text = new String(recording, StandardCharsets.ISO_8859_1);
        var ends = new ArrayList<Integer>();
        int at = 0;
        for (var frame : frames) {
            at = text.indexOf(frame, at) + frame.length();
            ends.add(at);
        }
        return ends.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Decodes it again and again, with the event times: the thread allocates nothing. */
    void assertNothingIsAllocated(EventTime eventTime) {
        var bytes = ByteBuffer.allocateDirect(recording.length);
        bytes.put(recording).flip();
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        var tried = decoder.get();
        long allocated = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) { // what is linked at its first use allocates, once
            long before = threads.getCurrentThreadAllocatedBytes();
            long sum = run(tried, bytes, eventTime);
            allocated = Math.min(allocated, threads.getCurrentThreadAllocatedBytes() - before);
            assertThat(sum).isNotZero();
        }
        assertThat(allocated).isZero();
    }

    private static long run(Decoder decoder, ByteBuffer bytes, EventTime eventTime) {
        int size = bytes.limit();
        long sum = 0;
        bytes.position(0);
        for (var result = decoder.decode(bytes); result != Result.NEED_MORE; result = decoder.decode(bytes)) {
            if (result == Result.FRAME) {
                int next = bytes.position();
                bytes.limit(decoder.frameStart() + decoder.frameLength()).position(decoder.frameStart());
                sum += eventTime.nanos(bytes, 0) + 1;
                bytes.limit(size).position(next);
            }
        }
        return sum;
    }
}
