package org.stationmaster.core.sizing;

import java.util.List;
import org.stationmaster.core.api.Source;

/**
 * What a source costs its worker: {@code a + b · rate + c · min(rate, DELIVERIES_PER_SECOND)} CPU seconds per second.
 *
 * @param perSource a: held and judged, without a record; 0 or more
 * @param perRecord b: one record read, decoded and archived; 0 or more
 * @param perDelivery c: a file opened for the records of one delivery; 0 or more
 */
public record Cost(double perSource, double perRecord, double perDelivery) {
    /** From {@code bench/README.md}, until a profile is there; only the ratio matters for placement. */
    public static final Cost DEFAULT = new Cost(2e-6, 12e-6, 0);

    /** What a source without a {@code rate} is taken for. */
    public static final double UNKNOWN_RATE_PER_SECOND = 1.0;

    /** Of the archive, by its linger of 200 ms unless told otherwise: a source has a part in so many at the most. */
    static final double DELIVERIES_PER_SECOND = 5.0;

    public double of(Source source) {
        return at(source.ratePerSecond().orElse(UNKNOWN_RATE_PER_SECOND));
    }

    public double at(double ratePerSecond) {
        return perSource + perRecord * ratePerSecond + perDelivery * deliveries(ratePerSecond);
    }

    private static double deliveries(double ratePerSecond) {
        return Math.min(ratePerSecond, DELIVERIES_PER_SECOND);
    }

    /** What a, b and c are multiplied with. */
    static List<Double> terms(double ratePerSecond) {
        return List.of(1.0, ratePerSecond, deliveries(ratePerSecond));
    }
}
