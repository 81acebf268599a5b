package org.stationmaster.core.state;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file cannot be made into a state table, or is none that this program can read; the message says what to do. */
public final class StateTableException extends IOException {
    private static final long serialVersionUID = 1;

    StateTableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    StateTableException(String message) {
        super(message);
    }
}
