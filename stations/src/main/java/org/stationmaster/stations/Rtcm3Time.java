package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.StationRecord;

/**
 * The epoch of RTCM 3 observations: 1001–1004, 1009–1012 and MSM1–7 of every system. Other messages tell of no moment:
 * 1005, 1006, 1019, 1020, 1033 and 1230 among them.
 */
record Rtcm3Time(GnssTime time) implements EventTime {
    /** Behind message type (DF002) and station (DF003). */
    private static final int EPOCH_BIT = 24;

    private static final int GPS_BITS = 30; // DF004, also DF248, DF427 …
    private static final int GLONASS_BITS = 27; // DF034
    private static final int DAY_OF_WEEK_BITS = 3; // DF416
    private static final int NEEDED_BITS = EPOCH_BIT + GPS_BITS;
    private static final int DAY_UNKNOWN = 7;

    @Override
    public long nanos(ByteBuffer frame, long receivedNanos) {
        int message = frame.position() + Rtcm3Decoder.HEAD_BYTES;
        if ((frame.limit() - Crc24q.BYTES - message) * Byte.SIZE < NEEDED_BITS) {
            return StationRecord.UNKNOWN;
        }
        return switch (Rtcm3Message.type(frame)) {
            case 1001, 1002, 1003, 1004 -> gps(frame, message, receivedNanos);
            case 1009, 1010, 1011, 1012 ->
                GnssTime.ofGlonassMillis(
                        DAY_UNKNOWN, Bits.unsigned(frame, message, EPOCH_BIT, GLONASS_BITS), receivedNanos);
            case 1071,
                    1072,
                    1073,
                    1074,
                    1075,
                    1076,
                    1077, // GPS
                    1091,
                    1092,
                    1093,
                    1094,
                    1095,
                    1096,
                    1097, // Galileo
                    1101,
                    1102,
                    1103,
                    1104,
                    1105,
                    1106,
                    1107, // SBAS
                    1111,
                    1112,
                    1113,
                    1114,
                    1115,
                    1116,
                    1117, // QZSS
                    1131,
                    1132,
                    1133,
                    1134,
                    1135,
                    1136,
                    1137 -> // NavIC
                gps(frame, message, receivedNanos);
            case 1081, 1082, 1083, 1084, 1085, 1086, 1087 ->
                GnssTime.ofGlonassMillis(
                        (int) Bits.unsigned(frame, message, EPOCH_BIT, DAY_OF_WEEK_BITS),
                        Bits.unsigned(frame, message, EPOCH_BIT + DAY_OF_WEEK_BITS, GLONASS_BITS),
                        receivedNanos);
            case 1121, 1122, 1123, 1124, 1125, 1126, 1127 ->
                time.ofBeidouMillis(Bits.unsigned(frame, message, EPOCH_BIT, GPS_BITS), receivedNanos);
            default -> StationRecord.UNKNOWN;
        };
    }

    private long gps(ByteBuffer frame, int message, long receivedNanos) {
        return time.ofGpsMillis(Bits.unsigned(frame, message, EPOCH_BIT, GPS_BITS), receivedNanos);
    }
}
