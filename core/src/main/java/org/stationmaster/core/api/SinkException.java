package org.stationmaster.core.api;

import org.jspecify.annotations.Nullable;

/** A sink cannot take records now: a full disk, a server that is down. Retried until it can. */
public final class SinkException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message what failed and what to do about it, for an operator */
    public SinkException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
