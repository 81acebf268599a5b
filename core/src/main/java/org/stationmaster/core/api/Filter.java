package org.stationmaster.core.api;

import java.util.HashSet;
import java.util.Set;

/** Which sources a machine takes: all of them, those of given groups, or all but those of given groups. */
public sealed interface Filter {
    /** Takes every source. */
    record All() implements Filter {}

    /** Takes sources that are in at least one of the groups. */
    record Groups(Set<String> names) implements Filter {
        public Groups {
            names = Set.copyOf(names);
        }
    }

    /** Takes sources without a group, and those that are in at least one group which is not named. */
    record AllBut(Set<String> names) implements Filter {
        public AllBut {
            names = Set.copyOf(names);
        }
    }

    static Filter all() {
        return new All();
    }

    /** @param names at least one */
    static Filter groups(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException("a filter by groups needs at least one group");
        }
        return new Groups(Set.of(names));
    }

    /** Whether this machine takes the source. */
    default boolean accepts(Source source) {
        return source.enabled()
                && switch (this) {
                    case All _ -> true;
                    case Groups(var names) -> source.groups().stream().anyMatch(names::contains);
                    case AllBut(var names) -> source.groups().isEmpty() || !names.containsAll(source.groups());
                };
    }

    /** Whether a source that is in this group alone is taken. */
    default boolean accepts(String group) {
        return switch (this) {
            case All _ -> true;
            case Groups(var names) -> names.contains(group);
            case AllBut(var names) -> !names.contains(group);
        };
    }

    /** The same with one group enabled or disabled. */
    default Filter with(String group, boolean enabled) {
        return switch (this) {
            case All _ -> enabled ? this : new AllBut(Set.of(group));
            case Groups(var names) -> new Groups(changed(names, group, enabled));
            case AllBut(var names) -> {
                var next = changed(names, group, !enabled);
                yield next.isEmpty() ? all() : new AllBut(next);
            }
        };
    }

    private static Set<String> changed(Set<String> names, String name, boolean in) {
        var next = new HashSet<>(names);
        if (in) {
            next.add(name);
        } else {
            next.remove(name);
        }
        return next;
    }
}
