package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.StationRecord;

/**
 * The time in GGA, RMC and ZDA sentences, which is UTC. GGA has a time of day alone: it is taken for the one nearest to the last
 * date of this connection or, before there is one, to the receive time. A receiver without a fix (GGA quality 0, RMC status V)
 * tells no time.
 */
final class NmeaTime implements EventTime {
    private static final int FIRST_FIELD = 7; // behind $ttfff,
    private static final int CENTURY_TURN = 80;
    private static final long NOT_THERE = -1;

    private long lastDated = StationRecord.UNKNOWN;

    @Override
    public long nanos(ByteBuffer frame, long receivedNanos) {
        int start = frame.position();
        if (frame.remaining() <= FIRST_FIELD || frame.get(start + FIRST_FIELD - 1) != ',') {
            return StationRecord.UNKNOWN;
        }
        int first = start + FIRST_FIELD;
        return switch (frame.get(start + 3) << 16 | frame.get(start + 4) << 8 | frame.get(start + 5)) {
            case 'G' << 16 | 'G' << 8 | 'A' -> gga(frame, first, receivedNanos);
            case 'R' << 16 | 'M' << 8 | 'C' -> rmc(frame, first);
            case 'Z' << 16 | 'D' << 8 | 'A' -> zda(frame, first);
            default -> StationRecord.UNKNOWN;
        };
    }

    private long gga(ByteBuffer frame, int first, long receivedNanos) {
        long ofDay = nanosOfDay(frame, first);
        int quality = field(frame, first, 5);
        if (ofDay == NOT_THERE || quality == frame.limit() || frame.get(quality) == '0' || frame.get(quality) == ',') {
            return StationRecord.UNKNOWN;
        }
        return GnssTime.ofDay(ofDay, lastDated == StationRecord.UNKNOWN ? receivedNanos : lastDated);
    }

    private long rmc(ByteBuffer frame, int first) {
        int status = field(frame, first, 1);
        int date = field(frame, first, 8);
        int year = number(frame, date + 4, 2);
        if (status == frame.limit() || frame.get(status) != 'A' || year < 0) {
            return StationRecord.UNKNOWN;
        }
        int century = year < CENTURY_TURN ? 2000 : 1900;
        return dated(nanosOfDay(frame, first), century + year, number(frame, date + 2, 2), number(frame, date, 2));
    }

    private long zda(ByteBuffer frame, int first) {
        return dated(
                nanosOfDay(frame, first),
                number(frame, field(frame, first, 3), 4),
                number(frame, field(frame, first, 2), 2),
                number(frame, field(frame, first, 1), 2));
    }

    private long dated(long nanosOfDay, int year, int month, int day) {
        long midnight = UtcDate.midnightNanos(year, month, day);
        if (nanosOfDay == NOT_THERE || midnight == StationRecord.UNKNOWN) {
            return StationRecord.UNKNOWN;
        }
        lastDated = midnight + nanosOfDay;
        return lastDated;
    }

    /** {@code hhmmss} and, perhaps, a fraction. */
    private static long nanosOfDay(ByteBuffer frame, int at) {
        int hours = number(frame, at, 2);
        int minutes = number(frame, at + 2, 2);
        int seconds = number(frame, at + 4, 2);
        if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60) {
            return NOT_THERE;
        }
        long nanos = (hours * 3_600L + minutes * 60L + seconds) * GnssTime.SECOND_NANOS;
        int point = at + 6;
        if (point < frame.limit() && frame.get(point) == '.') {
            long unit = GnssTime.SECOND_NANOS / 10;
            for (int i = point + 1; i < frame.limit() && isDigit(frame.get(i)); i++, unit /= 10) {
                nanos += (frame.get(i) - '0') * unit;
            }
        }
        return nanos;
    }

    /** Where the field begins that lies so many commas behind {@code from}; the limit: there is none. */
    private static int field(ByteBuffer frame, int from, int commas) {
        int left = commas;
        int at = from;
        while (at < frame.limit() && left > 0) {
            left -= frame.get(at++) == ',' ? 1 : 0;
        }
        return at;
    }

    /** So many digits; negative: they are not all there. */
    private static int number(ByteBuffer frame, int at, int digits) {
        if (at + digits > frame.limit()) {
            return -1;
        }
        int value = 0;
        for (int i = at; i < at + digits; i++) {
            if (!isDigit(frame.get(i))) {
                return -1;
            }
            value = value * 10 + frame.get(i) - '0';
        }
        return value;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }
}
