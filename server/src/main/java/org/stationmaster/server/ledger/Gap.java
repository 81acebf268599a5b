package org.stationmaster.server.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One interval of one source: from the last record before it to the first record behind it, each as a look within the second saw it.
 *
 * @param to null: it lasts
 * @param detail in words; may be empty
 */
record Gap(String source, Instant from, @Nullable Instant to, Cause cause, String detail) {
    /** The same, over; never before it began, whatever the clock did. */
    Gap until(Instant end) {
        return new Gap(source, from, end.isBefore(from) ? from : end, cause, detail);
    }
}
