package org.stationmaster.examples;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;

/**
 * A protocol in one file: the Vaisala WXT520 weather transmitter, ASCII polled, behind a serial-to-TCP converter. Asked with
 * {@code 0R0} it answers a line, {@code 0R0,Dm=027D,Sm=0.1M,Ta=25.1C,Ua=39.8P,Pa=1006.9H} CR LF (WXT520 User's Guide,
 * composite data message). {@code META-INF/services/org.stationmaster.core.api.Protocol} names this class.
 */
public final class WeatherStation implements Protocol {
    private static final String POLL = "pollSeconds";
    private static final double DEFAULT_POLL_SECONDS = 10;
    private static final int LIMIT_BYTES = 512;
    private static final byte[] QUESTION = "0R0\r\n".getBytes(StandardCharsets.US_ASCII);

    @Override
    public String name() {
        return "wxt520";
    }

    @Override
    public List<Option> options() {
        return List.of(new Option(POLL, Option.Type.NUMBER, "Seconds between two questions; default 10."));
    }

    @Override
    public ArchiveForm archiveForm() {
        return new ArchiveForm.Daily("wxt", ArchiveForm.Framing.LINES);
    }

    @Override
    public void validate(Source source) {
        double seconds = pollSeconds(source);
        if (!(seconds >= 0.1 && seconds <= 3600)) {
            throw new InvalidSourceException(POLL, POLL + " " + seconds + " is out of range 0.1 to 3600");
        }
    }

    private static double pollSeconds(Source source) {
        var text = source.options().get(POLL);
        return text == null ? DEFAULT_POLL_SECONDS : Double.parseDouble(text);
    }

    @Override
    public Task taskFor(Source source) {
        long pollNanos = (long) (pollSeconds(source) * TimeUnit.SECONDS.toNanos(1));
        return Task.events((slot, connection) -> new Poll(slot, connection, pollNanos));
    }

    /** One connection: asks, and emits the answers. */
    private static final class Poll implements Session {
        private final Slot slot;
        private final Connection connection;
        private final long pollNanos;
        private long dueNanos;
        private boolean ticked;
        /** Whether the line that comes is too long, and what has come of it was counted. */
        private boolean skipping;

        private Poll(Slot slot, Connection connection, long pollNanos) {
            this.slot = slot;
            this.connection = connection;
            this.pollNanos = pollNanos;
            ask();
        }

        private void ask() {
            connection.write(ByteBuffer.wrap(QUESTION));
        }

        @Override
        public void onTick(long nanoTime) {
            if (!ticked) {
                ticked = true;
                dueNanos = nanoTime + pollNanos;
            } else if (nanoTime - dueNanos >= 0) {
                dueNanos = nanoTime + pollNanos;
                ask();
            }
        }

        @Override
        public void onBytes(ByteBuffer bytes) {
            for (int i = bytes.position(); i < bytes.limit(); i++) {
                if (bytes.get(i) == '\n') {
                    line(bytes, i + 1);
                }
            }
            if (skipping || bytes.remaining() > LIMIT_BYTES) {
                skipping = bytes.hasRemaining();
                count(bytes, bytes.limit());
            }
        }

        private void line(ByteBuffer bytes, int end) {
            if (skipping || !isAnswer(bytes, end)) {
                skipping = false;
                count(bytes, end);
                return;
            }
            int limit = bytes.limit();
            slot.emit(bytes.limit(end));
            bytes.limit(limit).position(end);
        }

        private static boolean isAnswer(ByteBuffer bytes, int end) {
            int start = bytes.position();
            int length = end - start;
            return length > 6
                    && length <= LIMIT_BYTES
                    && bytes.get(start) == '0'
                    && bytes.get(start + 1) == 'R'
                    && bytes.get(start + 2) == '0'
                    && bytes.get(start + 3) == ','
                    && bytes.get(end - 2) == '\r';
        }

        private void count(ByteBuffer bytes, int end) {
            if (end > bytes.position()) {
                slot.corrupt(end - bytes.position(), "a line that is no composite data message");
                bytes.position(end);
            }
        }

        @Override
        public void onEnd(int leftBytes) {
            if (leftBytes > 0) {
                slot.corrupt(leftBytes, "the connection ended inside a line");
            }
        }
    }
}
