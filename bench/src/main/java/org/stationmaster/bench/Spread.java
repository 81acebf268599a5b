package org.stationmaster.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Some measurements of one thing. */
record Spread(double min, double median, double max) {
    static Spread of(List<Double> values) {
        var sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(sorted[0], median, Arrays.stream(sorted).max().orElse(median));
    }

    /** {@code median (min–max)}. */
    String text() {
        return String.format(Locale.ROOT, "%.2f (%.2f–%.2f)", median, min, max);
    }
}
