package org.stationmaster.stations.seedlink;

/** Days of the year into nanoseconds, without an object. */
final class Calendars {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private Calendars() {}

    /** Nanoseconds since 1970 UTC; {@code day} counts from 1. A leap second is the first of the next minute. */
    static long epochNanos(int year, int day, int hour, int minute, int second) {
        int before = year - 1;
        long days = before * 365L + before / 4 - before / 100 + before / 400 - 719_162L + day - 1;
        return (((days * 24 + hour) * 60 + minute) * 60 + second) * SECOND_NANOS;
    }
}
