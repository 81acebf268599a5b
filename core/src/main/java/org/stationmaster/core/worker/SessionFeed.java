package org.stationmaster.core.worker;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;

/** Gives arriving bytes to a session and keeps what it leaves unread, in front of what follows. */
final class SessionFeed {
    private static final int FIRST_REST_BYTES = 512;

    private final Session session;
    private final RestBudget budget;
    /** What was left: position 0 to limit; null when nothing is. */
    private @Nullable ByteBuffer rest;

    SessionFeed(Session session, RestBudget budget) {
        this.session = session;
        this.budget = budget;
    }

    void accept(ByteBuffer bytes) throws ProtocolException {
        var kept = rest;
        if (kept == null) {
            session.onBytes(bytes);
            if (bytes.hasRemaining()) {
                rest = grown(null, bytes.remaining()).put(bytes).flip();
            }
            return;
        }
        if (kept.capacity() - kept.limit() < bytes.remaining()) {
            kept = grown(kept, bytes.remaining());
        } else {
            kept.position(kept.limit()).limit(kept.capacity());
        }
        kept.put(bytes).flip();
        rest = kept;
        session.onBytes(kept);
        if (!kept.hasRemaining()) {
            forget();
        } else if (kept.position() > 0) {
            kept.compact().flip();
        }
    }

    /** A buffer that holds {@code kept} and has room for {@code more}; in writing position. */
    private ByteBuffer grown(@Nullable ByteBuffer kept, int more) throws ProtocolException {
        int filled = kept == null ? 0 : kept.remaining();
        int capacity = (int)
                Math.clamp(Long.highestOneBit((long) filled + more) * 2, FIRST_REST_BYTES, Integer.MAX_VALUE - 8L);
        if (!budget.resize(kept == null ? 0 : kept.capacity(), capacity)) {
            throw new ProtocolException(
                    EndReason.NO_ROOM,
                    "no memory for a record of more than " + filled + " bytes: " + budget.limitBytes()
                            + " bytes of this worker are taken by records that have begun and not ended;"
                            + " give the machine more heap or lower frameLimitBytes");
        }
        var larger = ByteBuffer.allocate(capacity);
        return kept == null ? larger : larger.put(kept);
    }

    /** Gives back the memory of what is left; call it at the end of the connection. */
    void forget() {
        if (rest != null) {
            var _ = budget.resize(rest.capacity(), 0);
            rest = null;
        }
    }

    /** How many bytes are left unread. */
    int restBytes() {
        return rest == null ? 0 : rest.remaining();
    }
}
