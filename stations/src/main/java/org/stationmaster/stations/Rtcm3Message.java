package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.stationmaster.core.api.StationRecord;

/**
 * A message of RTCM 3 (RTCM 10403.3, “Differential GNSS Services”), read from the payload of a record of {@link Rtcm3}. A view:
 * good as long as the payload is. Field names (DF…) are the standard's.
 *
 * <pre>{@code
 * machine.onRecord(record -> Rtcm3Message.of(record.payload()).stationPosition().ifPresent(position -> …));
 * }</pre>
 */
public final class Rtcm3Message {
    private static final int TYPE_BITS = 12;
    private static final int STATION_BITS = 12;
    private static final int POSITION_BITS = 38;
    private static final int HEIGHT_BITS = 16;
    private static final int X_BIT = 34;
    private static final int Y_BIT = 74;
    private static final int Z_BIT = 114;
    private static final int HEIGHT_BIT = 152;
    private static final double POSITION_METRES = 0.0001;
    private static final int FIRST_TEXT_BYTE = 3;

    private final ByteBuffer frame;
    private final int start;
    private final int lengthBytes;

    private Rtcm3Message(ByteBuffer frame) {
        this.frame = frame;
        this.start = Rtcm3Decoder.HEAD_BYTES;
        this.lengthBytes = frame.limit() - Rtcm3Decoder.HEAD_BYTES - Crc24q.BYTES;
    }

    /**
     * The antenna reference point of a station, messages 1005 and 1006.
     *
     * @param stationId DF003
     * @param xMetres ECEF, DF025
     * @param yMetres ECEF, DF026
     * @param zMetres ECEF, DF027
     * @param antennaHeightMetres above the marker, DF028; 1006 only
     */
    public record StationPosition(
            int stationId, double xMetres, double yMetres, double zMetres, OptionalDouble antennaHeightMetres) {}

    /**
     * What a station is equipped with, message 1033.
     *
     * @param antenna IGS name, DF030
     * @param antennaSerial DF033
     * @param receiver DF228
     * @param firmware DF230
     * @param receiverSerial DF232
     */
    public record Equipment(
            int stationId,
            String antenna,
            String antennaSerial,
            String receiver,
            String firmware,
            String receiverSerial) {}

    /**
     * Reads one.
     *
     * @param frame position to limit, not moved: one whole frame, as the payload of a record is
     * @throws IllegalArgumentException it is no frame of RTCM 3 with a right CRC
     */
    public static Rtcm3Message of(ByteBuffer frame) {
        var view = frame.slice();
        if (!view.hasRemaining() || new Rtcm3Decoder(0).look(view, 0, view.limit()) != view.limit()) {
            throw new IllegalArgumentException("no whole RTCM 3 frame: " + view.limit() + " bytes");
        }
        return new Rtcm3Message(view);
    }

    /** The type of the frame at the buffer's position, DF002; 0 when it holds no message. */
    static int type(ByteBuffer frame) {
        int message = frame.position() + Rtcm3Decoder.HEAD_BYTES;
        boolean isEmpty = frame.limit() - Crc24q.BYTES - message < 2;
        return isEmpty ? 0 : (int) Bits.unsigned(frame, message, 0, TYPE_BITS);
    }

    /** DF002, for instance 1005; 0 when the frame holds no message. */
    public int type() {
        return type(frame);
    }

    /** DF003, the reference station's id, of those messages that have one. */
    public OptionalInt stationId() {
        return switch (type()) {
            case 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1029, 1032, 1033, 1230 ->
                stationField();
            default -> type() >= 1071 && type() <= 1137 ? stationField() : OptionalInt.empty();
        };
    }

    private OptionalInt stationField() {
        return lengthBytes < FIRST_TEXT_BYTE ? OptionalInt.empty() : OptionalInt.of(station());
    }

    private int station() {
        return (int) Bits.unsigned(frame, start, TYPE_BITS, STATION_BITS);
    }

    /**
     * When its observations were made: 1001–1004, 1009–1012, MSM1–7. Their times repeat each week or day.
     *
     * @param near the receive time of the record: of all possible times the one nearest to it is meant
     */
    public Optional<Instant> epoch(Instant near) {
        long nearNanos = near.getEpochSecond() * GnssTime.SECOND_NANOS + near.getNano();
        long nanos = new Rtcm3Time(GnssTime.configured()).nanos(frame, nearNanos);
        return nanos == StationRecord.UNKNOWN ? Optional.empty() : Optional.of(Instant.EPOCH.plusNanos(nanos));
    }

    /** Of 1005 and 1006. */
    public Optional<StationPosition> stationPosition() {
        boolean hasHeight = type() == 1006;
        int bits = hasHeight ? HEIGHT_BIT + HEIGHT_BITS : HEIGHT_BIT;
        if ((type() != 1005 && !hasHeight) || lengthBytes * Byte.SIZE < bits) {
            return Optional.empty();
        }
        return Optional.of(new StationPosition(
                station(),
                Bits.signed(frame, start, X_BIT, POSITION_BITS) * POSITION_METRES,
                Bits.signed(frame, start, Y_BIT, POSITION_BITS) * POSITION_METRES,
                Bits.signed(frame, start, Z_BIT, POSITION_BITS) * POSITION_METRES,
                hasHeight
                        ? OptionalDouble.of(Bits.unsigned(frame, start, HEIGHT_BIT, HEIGHT_BITS) * POSITION_METRES)
                        : OptionalDouble.empty()));
    }

    /** Of 1033. */
    public Optional<Equipment> equipment() {
        if (type() != 1033 || lengthBytes < FIRST_TEXT_BYTE) {
            return Optional.empty();
        }
        var texts = new Texts(frame.duplicate().limit(start + lengthBytes).position(start + FIRST_TEXT_BYTE));
        var antenna = texts.next();
        texts.skipByte(); // DF031, the setup
        return Optional.of(new Equipment(station(), antenna, texts.next(), texts.next(), texts.next(), texts.next()));
    }

    /** Texts behind their length in one byte; what is cut off is empty. */
    private record Texts(ByteBuffer bytes) {
        String next() {
            int length = bytes.hasRemaining() ? bytes.get() & 0xff : 0;
            var text = new byte[Math.min(length, bytes.remaining())];
            bytes.get(text);
            return new String(text, UTF_8);
        }

        void skipByte() {
            bytes.position(Math.min(bytes.limit(), bytes.position() + 1));
        }
    }
}
