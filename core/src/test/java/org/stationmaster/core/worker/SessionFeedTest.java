package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;

/** Frames of one length byte, cut anywhere. */
@Timeout(20)
class SessionFeedTest {
    private final List<String> frames = new ArrayList<>();
    private final Session session = new Session() {
        @Override
        public void onBytes(ByteBuffer bytes) {
            while (bytes.hasRemaining() && bytes.remaining() > bytes.get(bytes.position())) {
                var frame = new byte[bytes.get()];
                bytes.get(frame);
                frames.add(new String(frame, StandardCharsets.US_ASCII));
            }
        }
    };

    private static byte[] stream(List<String> texts) {
        var bytes = ByteBuffer.allocate(
                texts.stream().mapToInt(text -> text.length() + 1).sum());
        texts.forEach(text -> bytes.put((byte) text.length()).put(text.getBytes(StandardCharsets.US_ASCII)));
        return bytes.array();
    }

    @Test
    void whateverTheCutsTheFramesAreTheSame() throws ProtocolException {
        var texts = new ArrayList<String>();
        for (int i = 0; i < 200; i++) {
            texts.add("x".repeat(i % 127) + (i % 10));
        }
        var stream = stream(texts);
        for (int seed = 0; seed < 50; seed++) {
            frames.clear();
            var random = new SplittableRandom(seed);
            var feed = new SessionFeed(session, new RestBudget(1 << 20));
            for (int from = 0; from < stream.length; ) {
                int length = Math.min(stream.length - from, random.nextInt(1, seed < 2 ? 2 : 700));
                feed.accept(ByteBuffer.wrap(stream, from, length).slice());
                from += length;
            }
            assertThat(frames).isEqualTo(texts);
            assertThat(feed.restBytes()).isZero();
        }
    }

    @Test
    void whatIsLeftIsTold() throws ProtocolException {
        var feed = new SessionFeed(session, new RestBudget(1 << 20));
        feed.accept(ByteBuffer.wrap(new byte[] {5, 'a', 'b'}));
        assertThat(feed.restBytes()).isEqualTo(3);
        feed.accept(ByteBuffer.wrap(new byte[] {'c'}));
        assertThat(feed.restBytes()).isEqualTo(4);
        feed.accept(ByteBuffer.wrap(new byte[] {'d', 'e', 1}));
        assertThat(frames).containsExactly("abcde");
        assertThat(feed.restBytes()).isEqualTo(1);
    }
}
