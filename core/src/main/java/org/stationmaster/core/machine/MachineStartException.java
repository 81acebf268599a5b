package org.stationmaster.core.machine;

import org.jspecify.annotations.Nullable;

/** The machine cannot start here; nothing was left running. The message says what to do. */
public final class MachineStartException extends Exception {
    private static final long serialVersionUID = 1L;

    public MachineStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
