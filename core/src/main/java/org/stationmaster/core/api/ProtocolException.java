package org.stationmaster.core.api;

/** A connection that cannot go on; the slot closes it, counts the reason, backs off and connects again. */
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1L;

    private final EndReason reason;

    /**
     * @param reason {@link EndReason#CORRUPT} or {@link EndReason#REFUSED}
     * @param message what came and what was expected
     */
    public ProtocolException(EndReason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public EndReason reason() {
        return reason;
    }
}
