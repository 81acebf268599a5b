package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;
import org.stationmaster.core.api.Connection;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;
import org.stationmaster.core.api.Slot;

/** One connection to a caster: the request, its answer, then frames of RTCM 3, and GGA the other way. */
final class NtripSession implements Session {
    private final Slot slot;
    private final Connection connection;
    private final NtripTask task;
    private final NtripBody body;

    /** Null once the stream has begun. */
    private @Nullable NtripAnswer answer;

    /** How long the answer may take. */
    private static final int ANSWER_SECONDS = 30;

    /** A tick that comes later than this was not the caster's doing. */
    private static final long TICK_NANOS = 1_000_000_000L;

    private boolean heard;
    private long waitedNanos;
    private long lastTickNanos;
    private long toldWallNanos;

    /** Wall clock − monotonic clock, once a tick has come behind some bytes. */
    private long wallOffsetNanos;

    private boolean hasOffset;
    private long nextGgaNanos;

    NtripSession(Slot slot, Connection connection, NtripTask task) {
        this.slot = slot;
        this.connection = connection;
        this.task = task;
        this.answer = NtripTask.answer(task.source, task.mountpoint);
        this.body = new NtripBody(slot);
        connection.write(ByteBuffer.wrap(task.request(slot.receivedNanos()).getBytes(US_ASCII)));
    }

    @Override
    public void onBytes(ByteBuffer bytes) throws ProtocolException {
        heard |= bytes.hasRemaining();
        toldWallNanos = slot.receivedNanos();
        hasOffset = false;
        if (answer != null && !isAnswered(bytes, answer)) {
            return;
        }
        body.onBytes(bytes);
    }

    private boolean isAnswered(ByteBuffer bytes, NtripAnswer head) throws ProtocolException {
        switch (head.read(bytes)) {
            case NEED_MORE -> {
                return false;
            }
            case STREAM -> task.answered();
            case TABLE, REFUSED -> throw end(EndReason.REFUSED, head);
            case NOT_UNDERSTOOD -> {
                task.notUnderstood();
                throw end(EndReason.REFUSED, head);
            }
            case NONE -> throw end(EndReason.CORRUPT, head);
        }
        if (head.isChunked()) {
            body.inChunks();
        }
        answer = null;
        return true;
    }

    private static ProtocolException end(EndReason reason, NtripAnswer head) {
        return new ProtocolException(reason, head.why(), head.leastBackoff());
    }

    // ---- where we are

    @Override
    public void onTick(long nanoTime) throws ProtocolException {
        if (answer != null) {
            await(answer, nanoTime);
            return;
        }
        if (heard && !hasOffset) {
            wallOffsetNanos = toldWallNanos - nanoTime;
            hasOffset = true;
        }
        var place = task.place();
        if (place == null || (nextGgaNanos != 0 && nanoTime - nextGgaNanos < 0)) {
            return;
        }
        nextGgaNanos = nanoTime + task.ggaNanos;
        connection.write(line(place.sentence(nanoTime + wallOffsetNanos)));
    }

    private void await(NtripAnswer head, long nanoTime) throws ProtocolException {
        waitedNanos += lastTickNanos == 0 ? 0 : Math.min(nanoTime - lastTickNanos, TICK_NANOS);
        lastTickNanos = nanoTime;
        if (waitedNanos >= ANSWER_SECONDS * 1_000_000_000L) {
            var _ = head.late(ANSWER_SECONDS);
            throw end(EndReason.CORRUPT, head);
        }
    }

    private static ByteBuffer line(String sentence) {
        return ByteBuffer.wrap((sentence + "\r\n").getBytes(US_ASCII));
    }

    /** A sentence GGA, which goes out as it is, or {@code LATITUDE LONGITUDE [HEIGHT]}; from then on we are there. */
    @Override
    public void onCommand(byte[] command, CommandReply reply) {
        if (task.place() == null) {
            reply.refuse(CommandOutcome.UNIDIRECTIONAL, "the source has no 'gga': its position is not told");
            return;
        }
        if (answer != null) {
            reply.refuse(CommandOutcome.NOT_CONNECTED, "the caster has not answered yet");
            return;
        }
        var text = new String(command, US_ASCII).strip();
        var place = Gga.parse(text);
        if (place.isEmpty()) {
            reply.refuse(
                    CommandOutcome.FAILED,
                    "no position: give LATITUDE LONGITUDE [HEIGHT] in degrees and metres, or a GGA sentence");
            return;
        }
        task.move(place.get());
        var sentence = text.startsWith("$") ? text : place.get().sentence(slot.receivedNanos());
        connection.write(line(sentence), reply);
    }

    @Override
    public void onEnd(int leftBytes) {
        if (answer != null) {
            if (!heard) {
                task.notAnswered();
            }
            return;
        }
        body.onEnd(leftBytes);
    }
}
