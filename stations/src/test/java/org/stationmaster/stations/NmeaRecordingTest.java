package org.stationmaster.stations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.testkit.RecordingSlot;

/** Recordings of real receivers through a session of {@code tcp-lines}: every byte is kept. */
@Timeout(20)
class NmeaRecordingTest {
    private static final class Mute implements Connection {
        @Override
        public void write(ByteBuffer bytes, CommandReply reply) {
            throw new AssertionError("it wrote");
        }

        @Override
        public void write(ByteBuffer bytes) {
            throw new AssertionError("it wrote");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nmea-rtk.log", "quectel-L70.log", "st-teseo-liv3f.log"})
    void everyByteIsKept(String name) throws IOException, ProtocolException {
        var recording = Recordings.read("nmea/" + name);
        for (int seed = 0; seed < 20; seed++) {
            var slot = new RecordingSlot(Source.of("NMEA", "tcp-lines", "127.0.0.1", 1));
            if (!(new TcpLines().taskFor(slot.source()) instanceof Task.Events events)) {
                throw new AssertionError("no events");
            }
            feed(events.open(slot, new Mute()), recording, new SplittableRandom(seed));
            var kept = new ByteArrayOutputStream();
            for (var payload : slot.payloads()) {
                assertThat(payload[payload.length - 1]).isEqualTo((byte) '\n');
                kept.writeBytes(payload);
            }
            int end = recording.length;
            while (recording[end - 1] != '\n') {
                end--;
            }
            assertThat(kept.toByteArray()).isEqualTo(java.util.Arrays.copyOf(recording, end));
            assertThat(slot.corruptBytes()).isEqualTo(recording.length - end);
        }
    }

    private static void feed(Session session, byte[] bytes, SplittableRandom random) throws ProtocolException {
        var left = ByteBuffer.allocate(0);
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + random.nextInt(1, 1_500));
            var next = ByteBuffer.allocate(left.remaining() + to - from)
                    .put(left)
                    .put(bytes, from, to - from)
                    .flip();
            session.onBytes(next);
            left = next;
            from = to;
        }
        session.onEnd(left.remaining());
    }
}
