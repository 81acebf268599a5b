package org.stationmaster.core.api;

import java.time.Duration;

/** A connection that cannot go on; the slot closes it, counts the reason, backs off and connects again. */
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1L;

    private static final Duration MOST_BACKOFF = Duration.ofHours(1);

    private final EndReason reason;
    private final Duration leastBackoff;

    /**
     * @param reason {@link EndReason#CORRUPT}, {@link EndReason#REFUSED} when the peer said that it does not want us, or
     *     {@link EndReason#ENDED} when it said that there is no more; {@link EndReason#NO_ROOM} is for the machine
     * @param message what came and what was expected
     * @throws IllegalArgumentException any other reason: the machine finds those itself
     */
    public ProtocolException(EndReason reason, String message) {
        this(reason, message, Duration.ZERO);
    }

    /**
     * With a backoff of its own: what a person must mend first need not be asked for each minute.
     *
     * @param reason as above
     * @param message as above
     * @param leastBackoff the shortest wait until the next attempt; it doubles to a minute, from a minute on to fifteen times itself.
     *     {@link EndReason#REFUSED} waits for 10 s in any case
     * @throws IllegalArgumentException any other reason, or a backoff below zero or above an hour
     */
    public ProtocolException(EndReason reason, String message, Duration leastBackoff) {
        super(message);
        if (leastBackoff.isNegative() || leastBackoff.compareTo(MOST_BACKOFF) > 0) {
            throw new IllegalArgumentException("a backoff of " + leastBackoff + ": give 0 to " + MOST_BACKOFF);
        }
        this.leastBackoff = leastBackoff;
        this.reason = switch (reason) {
            case ENDED, CORRUPT, REFUSED, NO_ROOM -> reason;
            case NONE, UNREACHABLE, CONNECT_TIMEOUT, TLS, RESET, SILENT, TASK_FAILED, TOLD, NOT_CALLED ->
                throw new IllegalArgumentException(
                        "a protocol cannot end a connection with " + reason + ": give CORRUPT, REFUSED or ENDED");
        };
    }

    public EndReason reason() {
        return reason;
    }

    public Duration leastBackoff() {
        return leastBackoff;
    }
}
