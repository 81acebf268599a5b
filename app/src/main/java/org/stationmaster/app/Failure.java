package org.stationmaster.app;

import org.jspecify.annotations.Nullable;

/** A command cannot do its work. The message is one sentence for its user: what failed and what to do. */
final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    static final int FAILED = 1;
    static final int WRONG_USAGE = 2;

    private final int exitCode;

    private Failure(int exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** It was asked for rightly, and failed. */
    static Failure failed(String message, @Nullable Throwable cause) {
        return new Failure(FAILED, message, cause);
    }

    /** What was asked for is wrong. */
    static Failure usage(String message) {
        return new Failure(WRONG_USAGE, message, null);
    }

    int exitCode() {
        return exitCode;
    }
}
