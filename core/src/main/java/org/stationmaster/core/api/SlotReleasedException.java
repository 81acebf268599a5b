package org.stationmaster.core.api;

/** Output of a task whose activation is over. The record was refused and counted; the task should end. */
public final class SlotReleasedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public SlotReleasedException(SourceId source, long epoch) {
        super("epoch " + epoch + " of " + source + " is over: its record was refused");
    }
}
