package org.stationmaster.core.api;

/** A connection that cannot go on; the slot closes it, counts the reason, backs off and connects again. */
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1L;

    private final EndReason reason;

    /**
     * @param reason {@link EndReason#CORRUPT}, {@link EndReason#REFUSED} when the peer said that it does not want us, or
     *     {@link EndReason#ENDED} when it said that there is no more; {@link EndReason#NO_ROOM} is for the machine
     * @param message what came and what was expected
     * @throws IllegalArgumentException any other reason: the machine finds those itself
     */
    public ProtocolException(EndReason reason, String message) {
        super(message);
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
}
