package org.stationmaster.core.machine;

/**
 * Numbers activations: {@code max(previous + 1, wall-clock milliseconds)}, so that (source, epoch, seq) never repeats,
 * not after a release or a restart.
 *
 * <p>Of released sources only the highest number is remembered: it stands for all of them.
 */
final class Epochs {
    private long released;

    /** The next epoch of a source whose previous one was {@code previous}; 0 when it has none that is known. */
    long next(long previous, long wallMillis) {
        return Math.max(Math.max(previous, released) + 1, wallMillis);
    }

    /** A source that had this epoch is being forgotten. */
    void forget(long epoch, long wallMillis) {
        if (epoch >= wallMillis) { // else the wall clock alone is enough
            released = Math.max(released, epoch);
        }
    }
}
