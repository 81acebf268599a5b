package org.stationmaster.core.sizing;

import org.stationmaster.core.api.Source;

/**
 * What a source costs its worker: {@code a + b · rate} CPU seconds per second.
 *
 * @param perSource a: held and judged, without a record; 0 or more
 * @param perRecord b: one record read, decoded and archived; 0 or more
 */
public record Cost(double perSource, double perRecord) {
    /** From {@code bench/README.md}, until a profile is there; only the ratio matters for placement. */
    public static final Cost DEFAULT = new Cost(2e-6, 12e-6);

    /** What a source without a {@code rate} is taken for. */
    public static final double UNKNOWN_RATE_PER_SECOND = 1.0;

    public double of(Source source) {
        return at(source.ratePerSecond().orElse(UNKNOWN_RATE_PER_SECOND));
    }

    public double at(double ratePerSecond) {
        return perSource + perRecord * ratePerSecond;
    }
}
