package org.stationmaster.core.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One record of a source. {@code (source id, epoch, seq)} names it and never repeats.
 *
 * <p>A record is a view on a batch: it is valid during the call it was given to; copy what you keep.
 */
public interface StationRecord {
    /** A time or position that the protocol does not have. */
    long UNKNOWN = Long.MIN_VALUE;

    Source source();

    long epoch();

    /** Counts the records of the epoch from 0. */
    long seq();

    /** When it happened, nanoseconds since 1970 UTC, or {@link #UNKNOWN}. */
    long eventNanos();

    /** When its bytes were read, nanoseconds since 1970 UTC. */
    long receivedNanos();

    /** The protocol's own resume token behind this record, or {@link #UNKNOWN}. */
    long position();

    /** The bytes as the station sent them: a read-only view, position to limit, without the protocol's framing. */
    ByteBuffer payload();

    /** What else the protocol knows of this record; mostly empty. */
    default Map<String, String> attributes() {
        return Map.of();
    }

    /** A copy of the payload. */
    default byte[] bytes() {
        var view = payload();
        var copy = new byte[view.remaining()];
        view.get(copy);
        return copy;
    }

    /** The payload as UTF-8 without CR LF at its end; bad bytes are shown as U+FFFD. */
    default String text() {
        var text = new String(bytes(), StandardCharsets.UTF_8);
        int end = text.length();
        while (end > 0 && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
            end--;
        }
        return text.substring(0, end);
    }
}
