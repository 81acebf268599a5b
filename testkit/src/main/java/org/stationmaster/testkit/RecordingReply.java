package org.stationmaster.testkit;

import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;

/** Keeps the first answer to a command and counts all of them. Safe from any thread. */
public final class RecordingReply implements CommandReply {
    private @Nullable CommandOutcome outcome;
    private String detail = "";
    private int answers;

    @Override
    public void acknowledge() {
        answer(CommandOutcome.ACKNOWLEDGED, "");
    }

    @Override
    public void refuse(CommandOutcome refused, String why) {
        answer(refused, why);
    }

    private synchronized void answer(CommandOutcome given, String why) {
        if (answers++ == 0) {
            outcome = given;
            detail = why;
        }
    }

    /** The first answer; null: none yet. */
    public synchronized @Nullable CommandOutcome outcome() {
        return outcome;
    }

    /** Why it was refused; empty when it was not. */
    public synchronized String detail() {
        return detail;
    }

    /** How many answers were given; one is right. */
    public synchronized int answers() {
        return answers;
    }
}
