package org.stationmaster.stations;

import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;

/** Makes tasks with the protocols on the class path. */
public final class ProtocolScheduler extends TaskScheduler {
    private final Protocols protocols = Protocols.found();

    @Override
    protected Task taskFor(Source source) {
        return protocol(source).taskFor(source);
    }

    @Override
    protected void validate(Source source) {
        var protocol = protocol(source);
        for (var key : source.options().keySet()) {
            if (protocol.options().stream().noneMatch(option -> option.key().equals(key))) {
                throw new InvalidSourceException(key, "protocol " + protocol.name() + " has no key '" + key + "'");
            }
        }
        if (source.isDialIn() && protocol.dialIn() == null) {
            throw new InvalidSourceException(
                    "dialIn", "stations of protocol " + protocol.name() + " do not call in: give host and port");
        }
        protocol.validate(source);
    }

    @Override
    protected @Nullable String connectionKey(Source source) {
        return protocol(source).connectionKey(source);
    }

    private Protocol protocol(Source source) {
        return protocols
                .byName(source.protocol())
                .orElseThrow(() -> new InvalidSourceException(
                        "protocol",
                        "protocol '" + source.protocol() + "' is not known; known are " + protocols.names()));
    }
}
