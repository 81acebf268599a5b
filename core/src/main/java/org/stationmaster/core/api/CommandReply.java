package org.stationmaster.core.api;

/** Answers one command, once; later answers are ignored. Safe from any thread. */
public interface CommandReply {
    /** The station has it. */
    void acknowledge();

    /** The station does not have it, and why. */
    void refuse(CommandOutcome outcome, String detail);
}
