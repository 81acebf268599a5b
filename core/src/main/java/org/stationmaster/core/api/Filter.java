package org.stationmaster.core.api;

import java.util.Set;

/** Which sources a machine takes: all of them, or those of given groups. */
public sealed interface Filter {
    /** Takes every source. */
    record All() implements Filter {}

    /**
     * Takes sources that are in at least one of the groups.
     *
     * @param names at least one
     */
    record Groups(Set<String> names) implements Filter {
        public Groups {
            if (names.isEmpty()) {
                throw new IllegalArgumentException("a filter by groups needs at least one group");
            }
            names = Set.copyOf(names);
        }
    }

    static Filter all() {
        return new All();
    }

    static Filter groups(String... names) {
        return new Groups(Set.of(names));
    }

    /** Whether this machine takes the source. */
    default boolean accepts(Source source) {
        return source.enabled()
                && switch (this) {
                    case All _ -> true;
                    case Groups(var names) -> source.groups().stream().anyMatch(names::contains);
                };
    }
}
