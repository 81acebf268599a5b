package org.stationmaster.core.api;

import java.util.regex.Pattern;

/**
 * The name of a source, unique in a machine. It becomes a file name, so it can hold no path character.
 *
 * @param value {@code [A-Za-z0-9][A-Za-z0-9._-]{0,63}}
 */
public record SourceId(String value) implements Comparable<SourceId> {
    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /** The most characters an id can have; all of them are ASCII. */
    public static final int MAX_LENGTH = 64;

    /** @throws InvalidSourceException when {@code value} is not a legal id */
    public SourceId {
        if (!LEGAL.matcher(value).matches()) {
            throw new InvalidSourceException(
                    "id",
                    "'" + Text.shorten(value, 80)
                            + "' is no id: 1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit");
        }
    }

    @Override
    public int compareTo(SourceId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
