package org.stationmaster.server.inventory;

import java.util.List;
import java.util.stream.Collectors;

/** What came of reading: the value, or all that is wrong. */
public sealed interface Reading<T> {
    /** Nothing is wrong. */
    record Valid<T>(T value) implements Reading<T> {}

    /**
     * Nothing can be used.
     *
     * @param errors in the order of the files, at least one and at most 100
     * @param more how many errors there are beyond those
     */
    record Invalid<T>(List<InventoryError> errors, long more) implements Reading<T> {
        public Invalid {
            errors = List.copyOf(errors);
        }

        /** One error a line, for people. */
        public String report() {
            var lines = errors.stream().map(InventoryError::toString).collect(Collectors.joining("\n"));
            return more == 0 ? lines : lines + "\nand " + more + " more";
        }
    }
}
