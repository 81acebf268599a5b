package org.stationmaster.stations.seedlink;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.InvalidSourceException;

/** Where a station's records are asked from. */
sealed interface Resume {
    /** After the last record that was accepted, whenever that was; from now on when there was none. */
    record Last() implements Resume {}

    /** From the earliest the server has, as long as no record was accepted; then after the last one. */
    record Earliest() implements Resume {}

    /** What comes from now on, at each connect: what came meanwhile is left out. */
    record Now() implements Resume {}

    /** From a time on, as long as no record was accepted; then after the last one. */
    record At(Instant time) implements Resume {}

    /** @throws InvalidSourceException it is none of them */
    static Resume parse(@Nullable String text) {
        return switch (text == null ? "last" : text.toLowerCase(Locale.ROOT)) {
            case "last" -> new Last();
            case "earliest" -> new Earliest();
            case "now" -> new Now();
            case String other -> {
                try {
                    yield new At(Instant.parse(other.toUpperCase(Locale.ROOT)));
                } catch (DateTimeParseException e) {
                    throw new InvalidSourceException(
                            SeedLink.RESUME,
                            "resume '" + text + "' must be last, earliest, now or a time such as 2026-11-24T00:00:00Z");
                }
            }
        };
    }
}
