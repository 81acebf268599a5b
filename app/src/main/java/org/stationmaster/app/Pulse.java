package org.stationmaster.app;

import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A worker's beats, as somebody times them who looks again and again: only their changes mean something. Looking often
 * makes the times exact.
 *
 * @param beat as it was seen last
 * @param seen the last change that was seen; null: none yet
 * @param cpuShare of one processor, between the last two changes; empty until there were two
 * @param ageNanos since the last change that was seen; empty when none was
 */
record Pulse(long beat, @Nullable Change seen, OptionalDouble cpuShare, OptionalLong ageNanos) {
    /** Before the first look. */
    static final Pulse NONE = new Pulse(-1, null, OptionalDouble.empty(), OptionalLong.empty());

    /** A beat that was new. */
    record Change(long nanoTime, long cpuNanos) {}

    Pulse next(long newBeat, long cpuNanos, long nanoTime) {
        if (beat == -1) {
            return new Pulse(newBeat, null, cpuShare, ageNanos); // when that one was, nobody has seen
        }
        if (newBeat == beat) {
            var age = seen == null ? ageNanos : OptionalLong.of(nanoTime - seen.nanoTime());
            return new Pulse(beat, seen, cpuShare, age);
        }
        var change = new Change(nanoTime, cpuNanos);
        return new Pulse(newBeat, change, share(change), OptionalLong.of(0));
    }

    private OptionalDouble share(Change now) {
        if (seen == null || now.cpuNanos() < seen.cpuNanos() || now.nanoTime() <= seen.nanoTime()) {
            return OptionalDouble.empty(); // the first, or another process now
        }
        return OptionalDouble.of((double) (now.cpuNanos() - seen.cpuNanos()) / (now.nanoTime() - seen.nanoTime()));
    }
}
