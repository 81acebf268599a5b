package org.stationmaster.core.api;

/** What became of a command to a station. */
public enum CommandOutcome {
    /** The task has acknowledged it. */
    ACKNOWLEDGED,
    /** The source is not known or holds no slot. */
    NO_TASK,
    /** The task takes no commands. */
    UNIDIRECTIONAL,
    /** The source is paused. */
    PAUSED,
    /** There is no connection at the moment. */
    NOT_CONNECTED,
    /** The task refused it or failed. */
    FAILED,
    /** No acknowledgement within the deadline; the station may or may not have it. */
    DEADLINE
}
