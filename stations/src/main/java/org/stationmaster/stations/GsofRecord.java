package org.stationmaster.stations;

import java.nio.ByteBuffer;

/**
 * A record of GSOF (Trimble's General Serial Output Format), as {@link GsofTransmission} finds it. Field names follow Trimble's
 * description of the format; angles are radians, lengths metres.
 */
public sealed interface GsofRecord {
    /**
     * Type 1.
     *
     * @param millisOfWeek of GPS time
     * @param week since January 1980
     * @param satellites used for the position
     */
    record PositionTime(long millisOfWeek, int week, int satellites, int flags1, int flags2, int initialisations)
            implements GsofRecord {}

    /** Type 2, WGS-84. */
    record LatitudeLongitudeHeight(double latitude, double longitude, double height) implements GsofRecord {}

    /** Type 3, WGS-84. */
    record EcefPosition(double x, double y, double z) implements GsofRecord {}

    /** Type 6: from the base station to the rover. */
    record EcefDelta(double x, double y, double z) implements GsofRecord {}

    /**
     * Type 8, metres per second.
     *
     * @param heading from true north
     */
    record Velocity(int flags, float horizontal, float heading, float vertical) implements GsofRecord {}

    /** Type 9. */
    record DilutionOfPrecision(float position, float horizontal, float vertical, float time) implements GsofRecord {}

    /**
     * Type 12.
     *
     * @param orientation of the error ellipse's semi-major axis, degrees from true north
     */
    record Sigma(
            float positionRms,
            float east,
            float north,
            float covarianceEastNorth,
            float up,
            float semiMajorAxis,
            float semiMinorAxis,
            float orientation,
            float unitVariance,
            int epochs)
            implements GsofRecord {}

    /**
     * Any other, or one that is shorter than its type should be.
     *
     * @param data without type and length; read-only
     */
    record Other(int type, ByteBuffer data) implements GsofRecord {}

    /** @param data position to limit, big-endian; may hold more than the type needs: newer receivers add fields */
    static GsofRecord of(int type, ByteBuffer data) {
        var in = data.slice();
        return switch (type) {
            case 1 ->
                in.limit() < 10
                        ? new Other(type, data)
                        : new PositionTime(
                                in.getInt() & 0xffff_ffffL,
                                in.getShort() & 0xffff,
                                in.get() & 0xff,
                                in.get() & 0xff,
                                in.get() & 0xff,
                                in.get() & 0xff);
            case 2 ->
                in.limit() < 24
                        ? new Other(type, data)
                        : new LatitudeLongitudeHeight(in.getDouble(), in.getDouble(), in.getDouble());
            case 3 ->
                in.limit() < 24
                        ? new Other(type, data)
                        : new EcefPosition(in.getDouble(), in.getDouble(), in.getDouble());
            case 6 ->
                in.limit() < 24 ? new Other(type, data) : new EcefDelta(in.getDouble(), in.getDouble(), in.getDouble());
            case 8 ->
                in.limit() < 13
                        ? new Other(type, data)
                        : new Velocity(in.get() & 0xff, in.getFloat(), in.getFloat(), in.getFloat());
            case 9 ->
                in.limit() < 16
                        ? new Other(type, data)
                        : new DilutionOfPrecision(in.getFloat(), in.getFloat(), in.getFloat(), in.getFloat());
            case 12 ->
                in.limit() < 38
                        ? new Other(type, data)
                        : new Sigma(
                                in.getFloat(),
                                in.getFloat(),
                                in.getFloat(),
                                in.getFloat(),
                                in.getFloat(),
                                in.getFloat(),
                                in.getFloat(),
                                in.getFloat(),
                                in.getFloat(),
                                in.getShort() & 0xffff);
            default -> new Other(type, data);
        };
    }
}
