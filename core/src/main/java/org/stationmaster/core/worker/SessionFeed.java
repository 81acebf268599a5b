package org.stationmaster.core.worker;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.ProtocolException;
import org.stationmaster.core.api.Session;

/** Gives arriving bytes to a session and keeps what it leaves unread, in front of what follows. */
final class SessionFeed {
    private static final int FIRST_REST_BYTES = 512;

    private final Session session;
    /** What was left: position 0 to limit; null when nothing is. */
    private @Nullable ByteBuffer rest;

    SessionFeed(Session session) {
        this.session = session;
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
            rest = null;
        } else if (kept.position() > 0) {
            kept.compact().flip();
        }
    }

    /** A buffer that holds {@code kept} and has room for {@code more}; in writing position. */
    private static ByteBuffer grown(@Nullable ByteBuffer kept, int more) {
        int filled = kept == null ? 0 : kept.remaining();
        int capacity = (int)
                Math.clamp(Long.highestOneBit((long) filled + more) * 2, FIRST_REST_BYTES, Integer.MAX_VALUE - 8L);
        var larger = ByteBuffer.allocate(capacity);
        return kept == null ? larger : larger.put(kept);
    }

    /** How many bytes are left unread. */
    int restBytes() {
        return rest == null ? 0 : rest.remaining();
    }
}
