package org.stationmaster.stations;

import java.util.Optional;
import java.util.Set;
import org.stationmaster.core.api.Protocol;

/** The protocols on the class path, by name. */
public final class Protocols {
    private Protocols() {}

    /** All that {@link java.util.ServiceLoader} finds. */
    public static Protocols found() {
        return new Protocols();
    }

    public Optional<Protocol> byName(String name) {
        throw new UnsupportedOperationException(name);
    }

    /** Their names, sorted. */
    public Set<String> names() {
        throw new UnsupportedOperationException();
    }
}
