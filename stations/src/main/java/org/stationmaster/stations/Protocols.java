package org.stationmaster.stations;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import org.stationmaster.core.api.Protocol;

/** The protocols on the class path, by name. Immutable. */
public final class Protocols {
    private final Map<String, Protocol> byName;

    private Protocols(Map<String, Protocol> byName) {
        this.byName = byName;
    }

    /**
     * All that {@link ServiceLoader} finds.
     *
     * @throws IllegalStateException two of them have the same name
     */
    public static Protocols found() {
        var byName = new TreeMap<String, Protocol>();
        for (var protocol : ServiceLoader.load(Protocol.class)) {
            var other = byName.put(protocol.name(), protocol);
            if (other != null) {
                throw new IllegalStateException("two protocols are called " + protocol.name() + ": "
                        + other.getClass().getName() + " and "
                        + protocol.getClass().getName());
            }
        }
        return new Protocols(Collections.unmodifiableMap(byName));
    }

    public Optional<Protocol> byName(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** Their names, sorted. */
    public Set<String> names() {
        return byName.keySet();
    }
}
