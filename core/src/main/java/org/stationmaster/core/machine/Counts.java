package org.stationmaster.core.machine;

import java.util.EnumMap;
import java.util.Map;

/** How many there are of each. */
final class Counts<E extends Enum<E>> {
    private final Class<E> type;
    private final int[] counts;

    Counts(Class<E> type) {
        this.type = type;
        this.counts = new int[type.getEnumConstants().length];
    }

    void add(E value) {
        counts[value.ordinal()]++;
    }

    /** Those of which there is one at least. */
    Map<E, Integer> counted() {
        var counted = new EnumMap<E, Integer>(type);
        for (var value : type.getEnumConstants()) {
            if (counts[value.ordinal()] > 0) {
                counted.put(value, counts[value.ordinal()]);
            }
        }
        return counted;
    }
}
