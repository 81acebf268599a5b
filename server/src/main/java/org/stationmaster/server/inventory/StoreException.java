package org.stationmaster.server.inventory;

import org.jspecify.annotations.Nullable;

/** What was added at run time cannot be stored or read back. The message says what to do. */
public final class StoreException extends Exception {
    private static final long serialVersionUID = 1L;

    StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
