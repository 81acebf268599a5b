package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.stationmaster.core.api.StationRecord;

/**
 * A sentence of NMEA 0183 (IEC 61162-1), read from the payload of a record of {@link Nmea}.
 *
 * @param address between {@code $} and the first comma, for instance {@code GNGGA} or {@code PMTK001}
 * @param fields between the commas, without the checksum
 */
public record NmeaSentence(String address, List<String> fields) {
    private static final int ADDRESS_LENGTH = 5;

    /** Copies the fields. */
    public NmeaSentence {
        fields = List.copyOf(fields);
    }

    /**
     * Where a receiver says that it is.
     *
     * @param latitudeDegrees north is positive
     * @param longitudeDegrees east is positive
     * @param heightMetres above mean sea level; GGA only
     */
    public record Position(double latitudeDegrees, double longitudeDegrees, OptionalDouble heightMetres) {}

    /**
     * Reads one.
     *
     * @param frame position to limit, not moved: one whole sentence, as the payload of a record is
     * @throws IllegalArgumentException it is no sentence with a right checksum
     */
    public static NmeaSentence of(ByteBuffer frame) {
        var view = frame.slice();
        if (!view.hasRemaining()
                || new NmeaDecoder(NmeaDecoder.MAX_BYTES).look(view, 0, view.limit()) != view.limit()) {
            throw new IllegalArgumentException("no whole NMEA sentence: " + view.limit() + " bytes");
        }
        var text = US_ASCII.decode(view).toString();
        var parts = List.of(text.substring(1, text.lastIndexOf('*')).split(",", -1));
        return new NmeaSentence(parts.getFirst(), parts.subList(1, parts.size()));
    }

    /** {@code GP}, {@code GN} …; empty when the sentence is a maker's own. */
    public String talker() {
        return isProprietary() ? "" : address.substring(0, 2);
    }

    /** {@code GGA}, {@code RMC} …; the whole address when the sentence is a maker's own. */
    public String formatter() {
        return isProprietary() ? address : address.substring(2);
    }

    private boolean isProprietary() {
        return address.length() != ADDRESS_LENGTH || address.charAt(0) == 'P';
    }

    /**
     * The time in GGA, RMC and ZDA.
     *
     * @param near for GGA, which has no date: of all possible times the one nearest to it is meant
     */
    public Optional<Instant> time(Instant near) {
        long nearNanos = near.getEpochSecond() * GnssTime.SECOND_NANOS + near.getNano();
        var frame = ByteBuffer.wrap(('$' + address + ',' + String.join(",", fields) + '*').getBytes(US_ASCII));
        long nanos = new NmeaTime().nanos(frame, nearNanos);
        return nanos == StationRecord.UNKNOWN ? Optional.empty() : Optional.of(Instant.EPOCH.plusNanos(nanos));
    }

    /** Of GGA with a quality above 0, and of RMC with status A. */
    public Optional<Position> position() {
        return switch (formatter()) {
            case "GGA" -> field(5).matches("[1-9]") ? position(1, number(8)) : Optional.empty();
            case "RMC" -> field(1).equals("A") ? position(2, OptionalDouble.empty()) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private Optional<Position> position(int at, OptionalDouble height) {
        var latitude = degrees(at, 2, "S");
        var longitude = degrees(at + 2, 3, "W");
        return latitude.isEmpty() || longitude.isEmpty()
                ? Optional.empty()
                : Optional.of(new Position(latitude.getAsDouble(), longitude.getAsDouble(), height));
    }

    /** {@code dddmm.mmm} and the hemisphere in the next field. */
    private OptionalDouble degrees(int at, int digits, String negative) {
        var text = field(at);
        if (!text.matches("[0-9]{" + (digits + 2) + "}(\\.[0-9]*)?")) {
            return OptionalDouble.empty();
        }
        double degrees = Integer.parseInt(text.substring(0, digits)) + Double.parseDouble(text.substring(digits)) / 60;
        return OptionalDouble.of(field(at + 1).equals(negative) ? -degrees : degrees);
    }

    private OptionalDouble number(int at) {
        var text = field(at);
        return text.matches("-?[0-9]{1,9}(\\.[0-9]*)?")
                ? OptionalDouble.of(Double.parseDouble(text))
                : OptionalDouble.empty();
    }

    private String field(int at) {
        return at < fields.size() ? fields.get(at) : "";
    }
}
