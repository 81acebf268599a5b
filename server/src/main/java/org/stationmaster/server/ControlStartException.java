package org.stationmaster.server;

import org.jspecify.annotations.Nullable;

/** The endpoint cannot listen; nothing was left open. The message says what to do. */
public final class ControlStartException extends Exception {
    private static final long serialVersionUID = 1L;

    ControlStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
