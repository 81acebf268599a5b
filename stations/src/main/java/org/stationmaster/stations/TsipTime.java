package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.StationRecord;

/**
 * The time in TSIP packets: 0x41 (GPS time) and 0x8F-AB (primary timing) of version 0, 0xA1-00 (timing information) of version 1.
 * Packets that say that their time is not set, or not known, tell none. Used by one session.
 */
final class TsipTime implements EventTime {
    private static final int GPS_TIME = 0x41;
    private static final int SUPERPACKET = 0x8F;
    private static final int PRIMARY_TIMING = 0xAB;
    private static final int TIMING_INFORMATION = 0xA1;

    // 0x8F-AB, timing flags
    private static final int IS_UTC = 1;
    private static final int IS_NOT_SET = 4;
    private static final int HAS_NO_OFFSET = 8;
    private static final int IS_FROM_USER = 16;

    // 0xA1-00, time flags
    private static final int OFFSET_IS_VALID = 1;
    private static final int TIME_IS_VALID = 2;

    private static final int BEIDOU_BEHIND_GPS_SECONDS = 14;

    private final GnssTime time;

    /** The first bytes of a packet from its id on, each DLE once. */
    private final ByteBuffer head = ByteBuffer.allocate(24);

    TsipTime(GnssTime time) {
        this.time = time;
    }

    @Override
    public long nanos(ByteBuffer frame, long receivedNanos) {
        TsipPacket.unstuff(frame, head.clear());
        int count = head.position();
        int id = unsigned(0);
        if (id == GPS_TIME && count >= 11) {
            return gpsTime();
        }
        if (id == SUPERPACKET && unsigned(1) == PRIMARY_TIMING && count >= 18) {
            return primaryTiming();
        }
        if (id == TIMING_INFORMATION && unsigned(1) == 0 && count >= 23) {
            return timingInformation();
        }
        return StationRecord.UNKNOWN;
    }

    private int unsigned(int index) {
        return head.get(index) & 0xff;
    }

    private long gpsTime() {
        double seconds = head.getFloat(1);
        int week = head.getShort(5);
        // Also false when it is no number. Without an offset the receiver has no almanac yet, and its week may be
        // wrong.
        boolean isKnown = seconds >= 0 && seconds < 604_800 && week >= 0 && head.getFloat(7) > 0;
        return isKnown ? time.ofGpsWeek(week, (long) (seconds * GnssTime.SECOND_NANOS)) : StationRecord.UNKNOWN;
    }

    private long primaryTiming() {
        int flags = unsigned(9 + 1);
        if ((flags & (IS_NOT_SET | IS_FROM_USER)) != 0) {
            return StationRecord.UNKNOWN;
        }
        int offset = (flags & HAS_NO_OFFSET) != 0 ? time.gpsMinusUtcSeconds() : head.getShort(8);
        return dated(
                (flags & IS_UTC) != 0 ? 0 : offset,
                head.getShort(16),
                unsigned(15),
                unsigned(14),
                unsigned(13),
                unsigned(12),
                unsigned(11));
    }

    private long timingInformation() {
        int flags = unsigned(20);
        if ((flags & TIME_IS_VALID) == 0) {
            return StationRecord.UNKNOWN;
        }
        int offset = (flags & OFFSET_IS_VALID) != 0 ? head.getShort(21) : time.gpsMinusUtcSeconds();
        return switch (unsigned(18)) {
            case 0, 3 -> timingInformation(offset); // GPS, Galileo
            case 2 -> timingInformation(offset - BEIDOU_BEHIND_GPS_SECONDS);
            case 4, 5, 6, 7 -> timingInformation(0); // UTC, by one of the four
            default -> StationRecord.UNKNOWN; // GLONASS: it is not said whether UTC + 3 h is meant
        };
    }

    private long timingInformation(int aheadSeconds) {
        return dated(
                aheadSeconds, head.getShort(16), unsigned(14), unsigned(15), unsigned(11), unsigned(12), unsigned(13));
    }

    private static long dated(int aheadSeconds, int year, int month, int day, int hour, int minute, int second) {
        long midnight = UtcDate.midnightNanos(year, month, day);
        if (midnight == StationRecord.UNKNOWN || hour > 23 || minute > 59 || second > 60) {
            return StationRecord.UNKNOWN;
        }
        return midnight + (hour * 3_600L + minute * 60L + second - aheadSeconds) * GnssTime.SECOND_NANOS;
    }
}
