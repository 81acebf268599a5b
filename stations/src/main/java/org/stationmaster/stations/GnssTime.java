package org.stationmaster.stations;

import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.StationRecord;

/**
 * From the time scales of satellite systems to nanoseconds since 1970 UTC.
 *
 * @param gpsMinusUtcSeconds by how much GPS time is ahead of UTC: 18 since 2017
 */
record GnssTime(int gpsMinusUtcSeconds) {
    /** The system property that sets it, for the day of the next leap second. */
    static final String PROPERTY = "stationmaster.gpsMinusUtcSeconds";

    static final long SECOND_NANOS = 1_000_000_000L;
    static final long MILLI_NANOS = 1_000_000L;
    static final long DAY_NANOS = 86_400 * SECOND_NANOS;
    static final long WEEK_NANOS = 7 * DAY_NANOS;
    static final long WEEK_MILLIS = WEEK_NANOS / MILLI_NANOS;

    private static final int DEFAULT_GPS_MINUS_UTC_SECONDS = 18;

    /** 1980-01-06 00:00, a Sunday: where the weeks begin. */
    private static final long GPS_EPOCH_NANOS = 315_964_800 * SECOND_NANOS;

    private static final long BEIDOU_BEHIND_GPS_NANOS = 14 * SECOND_NANOS;
    private static final long MOSCOW_NANOS = 3 * 3_600 * SECOND_NANOS;

    /** At the end of a day with a leap second: the second after 23:59:59. */
    private static final long GLONASS_DAY_MILLIS = 86_401_000;

    private static final int DAYS_OF_WEEK = 7;

    /** @throws InvalidSourceException the property is no number of seconds from 0 to 99 */
    static GnssTime configured() {
        var text = System.getProperty(PROPERTY, Integer.toString(DEFAULT_GPS_MINUS_UTC_SECONDS));
        if (!text.matches("[0-9]{1,2}")) {
            throw new InvalidSourceException(
                    "protocol",
                    "the system property " + PROPERTY + " '" + text + "' is no number of seconds from 0 to 99: it is 18"
                            + " since 2017");
        }
        return new GnssTime(Integer.parseInt(text));
    }

    private long leapNanos() {
        return gpsMinusUtcSeconds * SECOND_NANOS;
    }

    /** A GPS week, counted from 1980 without rolling over, and the time in it. */
    long ofGpsWeek(long week, long nanosOfWeek) {
        return GPS_EPOCH_NANOS + week * WEEK_NANOS + nanosOfWeek - leapNanos();
    }

    /** A time of an unknown week of GPS, Galileo, QZSS, SBAS or NavIC. */
    long ofGpsMillis(long millisOfWeek, long nearNanos) {
        return millisOfWeek < 0 || millisOfWeek >= WEEK_MILLIS
                ? StationRecord.UNKNOWN
                : nearest(ofGpsWeek(0, millisOfWeek * MILLI_NANOS), WEEK_NANOS, nearNanos);
    }

    /** A time of an unknown week of BeiDou. */
    long ofBeidouMillis(long millisOfWeek, long nearNanos) {
        return millisOfWeek < 0 || millisOfWeek >= WEEK_MILLIS
                ? StationRecord.UNKNOWN
                : nearest(ofGpsWeek(0, millisOfWeek * MILLI_NANOS + BEIDOU_BEHIND_GPS_NANOS), WEEK_NANOS, nearNanos);
    }

    /**
     * A time of day of GLONASS, which keeps the time of Moscow.
     *
     * @param dayOfWeek 0: Sunday; above 6: not known
     */
    static long ofGlonassMillis(int dayOfWeek, long millisOfDay, long nearNanos) {
        if (millisOfDay < 0 || millisOfDay >= GLONASS_DAY_MILLIS) {
            return StationRecord.UNKNOWN;
        }
        long ofDay = millisOfDay * MILLI_NANOS - MOSCOW_NANOS;
        return dayOfWeek < DAYS_OF_WEEK
                ? nearest(GPS_EPOCH_NANOS + dayOfWeek * DAY_NANOS + ofDay, WEEK_NANOS, nearNanos)
                : nearest(ofDay, DAY_NANOS, nearNanos);
    }

    /** A UTC time of an unknown day. */
    static long ofDay(long nanosOfDay, long nearNanos) {
        return nearest(nanosOfDay, DAY_NANOS, nearNanos);
    }

    /** Of all times that are whole periods away from {@code nanos} the one nearest to {@code nearNanos}. */
    private static long nearest(long nanos, long period, long nearNanos) {
        return nanos + Math.floorDiv(nearNanos - nanos + period / 2, period) * period;
    }
}
