package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where we say that we are, so that a caster with a virtual reference station makes its data for there.
 *
 * @param latitudeDegrees north is positive
 * @param longitudeDegrees east is positive
 * @param heightMetres above mean sea level
 */
record Gga(double latitudeDegrees, double longitudeDegrees, double heightMetres) {
    private static final Pattern NUMBERS =
            Pattern.compile("\\s*(-?[0-9]{1,2}(?:\\.[0-9]{0,12})?)[,\\s]\\s*(-?[0-9]{1,3}(?:\\.[0-9]{0,12})?)"
                    + "(?:[,\\s]\\s*(-?[0-9]{1,5}(?:\\.[0-9]{0,6})?))?\\s*");
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int DAY_SECONDS = 86_400;

    static boolean isPlace(double latitude, double longitude, double height) {
        return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && height >= -1_000 && height <= 100_000;
    }

    private static boolean isPlace(Gga at) {
        return isPlace(at.latitudeDegrees, at.longitudeDegrees, at.heightMetres);
    }

    /** {@code LATITUDE LONGITUDE [HEIGHT]}, or a sentence GGA with a right checksum; empty: it is neither. */
    static Optional<Gga> parse(String text) {
        if (text.startsWith("$")) {
            try {
                var sentence = NmeaSentence.of(ByteBuffer.wrap((text.strip() + "\r\n").getBytes(US_ASCII)));
                return sentence.formatter().equals("GGA")
                        ? sentence.position()
                                .map(at -> new Gga(
                                        at.latitudeDegrees(),
                                        at.longitudeDegrees(),
                                        at.heightMetres().orElse(0)))
                                .filter(Gga::isPlace)
                        : Optional.empty();
            } catch (IllegalArgumentException _) {
                return Optional.empty();
            }
        }
        var numbers = NUMBERS.matcher(text);
        if (!numbers.matches()) {
            return Optional.empty();
        }
        var height = numbers.group(3) == null ? "0" : numbers.group(3);
        var place = new Gga(
                Double.parseDouble(numbers.group(1)), Double.parseDouble(numbers.group(2)), Double.parseDouble(height));
        return Optional.of(place).filter(Gga::isPlace);
    }

    /** The sentence for that time, without CR LF. */
    String sentence(long epochNanos) {
        int second = (int) Math.floorMod(Math.floorDiv(epochNanos, SECOND_NANOS), (long) DAY_SECONDS);
        int hundredths = (int) (Math.floorMod(epochNanos, SECOND_NANOS) / 10_000_000);
        var body = String.format(
                Locale.ROOT,
                "GPGGA,%02d%02d%02d.%02d,%s,%s,%s,%s,1,12,1.0,%.3f,M,0.0,M,,",
                second / 3600,
                second / 60 % 60,
                second % 60,
                hundredths,
                minutes(latitudeDegrees, 2),
                latitudeDegrees < 0 ? "S" : "N",
                minutes(longitudeDegrees, 3),
                longitudeDegrees < 0 ? "W" : "E",
                heightMetres);
        int sum = body.chars().reduce(0, (left, right) -> left ^ right);
        return String.format(Locale.ROOT, "$%s*%02X", body, sum);
    }

    /** {@code dddmm.mmmmm}: 2 cm. */
    private static String minutes(double degrees, int digits) {
        long hundredThousandths = Math.round(Math.abs(degrees) * 60 * 100_000);
        long minutes = hundredThousandths / 100_000;
        return String.format(
                Locale.ROOT, "%0" + digits + "d%02d.%05d", minutes / 60, minutes % 60, hundredThousandths % 100_000);
    }
}
