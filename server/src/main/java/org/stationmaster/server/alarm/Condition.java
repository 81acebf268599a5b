package org.stationmaster.server.alarm;

import java.time.Instant;
import org.stationmaster.core.api.MachineView.Alarm;

/**
 * Something that is wrong now.
 *
 * @param key what it is about; the same for as long as it is the same trouble
 * @param subject a source, a host, a worker, a sink: for people
 * @param sources how many sources it is about; 0: none
 * @param whole all sources that its subject has
 */
record Condition(
        String key, Alarm.Kind kind, String subject, Instant since, int sources, boolean whole, String message) {
    /** As it is now, and as long as it has been: what comes and goes began when it came first. */
    Condition lasting(Condition before) {
        return before.since.isBefore(since)
                ? new Condition(key, kind, subject, before.since, sources, whole, message)
                : this;
    }
}
