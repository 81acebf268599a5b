package org.stationmaster.core.api;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a slot does. {@link #moves()} is the one table of legal moves:
 *
 * <pre>
 *             ┌────────────────────────────┐
 *   IDLE → STARTING → RUNNING → BACKOFF ───┘      STARTING → BACKOFF when a connect fails
 *             ↓↑         ↓         ↓
 *             PAUSED ←───┴─────────┘
 *   every state but IDLE → STOPPING → IDLE
 * </pre>
 */
public enum SlotState {
    /** Holds no source and costs nothing. */
    IDLE,
    /** Holds a source; connecting, or waiting for its turn to connect. */
    STARTING,
    /** Connected: a blocking task runs, or a session reads. */
    RUNNING,
    /** Waiting before the next attempt. */
    BACKOFF,
    /** Told to rest: no connection, slot and epoch are kept. */
    PAUSED,
    /** Giving its source back. */
    STOPPING;

    /** Where this state may go. */
    public Set<SlotState> moves() {
        return switch (this) {
            case IDLE -> EnumSet.of(STARTING);
            case STARTING -> EnumSet.of(RUNNING, BACKOFF, PAUSED, STOPPING);
            case RUNNING -> EnumSet.of(BACKOFF, PAUSED, STOPPING);
            case BACKOFF -> EnumSet.of(STARTING, PAUSED, STOPPING);
            case PAUSED -> EnumSet.of(STARTING, STOPPING);
            case STOPPING -> EnumSet.of(IDLE);
        };
    }
}
