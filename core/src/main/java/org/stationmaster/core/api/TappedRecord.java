package org.stationmaster.core.api;

/**
 * A copy of a record, for somebody who looks on. Unlike a {@link StationRecord} it may be kept.
 *
 * @param eventNanos nanoseconds since 1970 UTC, or {@link StationRecord#UNKNOWN}
 * @param receivedNanos nanoseconds since 1970 UTC
 * @param position the protocol's resume token, or {@link StationRecord#UNKNOWN}
 * @param payload the bytes as the station sent them; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never changed
public record TappedRecord(
        SourceId source, long epoch, long seq, long eventNanos, long receivedNanos, long position, byte[] payload) {
    /** Larger payloads are not copied: they are told as dropped. */
    public static final int MAX_PAYLOAD_BYTES = 1 << 20;
}
