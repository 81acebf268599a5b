package org.stationmaster.stations;

import org.stationmaster.core.api.StationRecord;

/** Dates as receivers send them, without an object each. */
final class UtcDate {
    private static final int YEARS_OF_ERA = 400;
    private static final int DAYS_OF_ERA = 146_097;
    private static final int DAYS_BEFORE_1970 = 719_468; // from 0000-03-01
    private static final int MAX_YEAR = 2200; // nanoseconds since 1970 go further

    private UtcDate() {}

    /** Its beginning, nanoseconds since 1970 UTC; {@link StationRecord#UNKNOWN}: it is no date from 1980 on. */
    static long midnightNanos(int year, int month, int day) {
        if (year < 1980 || year > MAX_YEAR || month < 1 || month > 12 || day < 1 || day > lengthOfMonth(year, month)) {
            return StationRecord.UNKNOWN;
        }
        // Years that begin in March have their odd day at the end.
        int marchYear = month > 2 ? year : year - 1;
        int marchMonth = month > 2 ? month - 3 : month + 9;
        int yearOfEra = marchYear % YEARS_OF_ERA;
        int dayOfYear = (153 * marchMonth + 2) / 5 + day - 1;
        int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return (marchYear / YEARS_OF_ERA * DAYS_OF_ERA + dayOfEra - DAYS_BEFORE_1970) * GnssTime.DAY_NANOS;
    }

    private static int lengthOfMonth(int year, int month) {
        return switch (month) {
            case 2 -> year % 4 == 0 && (year % 100 != 0 || year % YEARS_OF_ERA == 0) ? 29 : 28;
            case 4, 6, 9, 11 -> 30;
            default -> 31;
        };
    }
}
