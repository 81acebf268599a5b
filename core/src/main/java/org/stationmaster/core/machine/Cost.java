package org.stationmaster.core.machine;

import org.stationmaster.core.api.Source;

/**
 * What a source costs its worker: {@code a + b · rate} CPU seconds per second. The defaults are from
 * {@code bench/README.md}; only their ratio matters for placement.
 *
 * @param perSource a: held and judged, without a record
 * @param perRecord b: one record read, decoded and archived
 */
record Cost(double perSource, double perRecord) {
    static final Cost DEFAULT = new Cost(2e-6, 12e-6);
    private static final double UNKNOWN_RATE_PER_SECOND = 1.0;

    double of(Source source) {
        return perSource + perRecord * source.ratePerSecond().orElse(UNKNOWN_RATE_PER_SECOND);
    }
}
