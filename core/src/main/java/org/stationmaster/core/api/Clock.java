package org.stationmaster.core.api;

/** Time, as the machine sees it. Every wait and every stamp comes from here, so that a test can advance it. */
public interface Clock {
    /** The clock of this host. */
    Clock SYSTEM = new Clock() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long epochNanos() {
            var now = java.time.Instant.now();
            return now.getEpochSecond() * 1_000_000_000L + now.getNano();
        }
    };

    /** Monotonic nanoseconds from an arbitrary origin; only differences mean something. */
    long nanoTime();

    /** Nanoseconds since 1970-01-01T00:00:00 UTC; may jump. */
    long epochNanos();
}
