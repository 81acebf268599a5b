package org.stationmaster.stations;

import java.util.List;
import org.stationmaster.core.api.Decoder;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;

/** A protocol of which the machine only listens: it has no keys of its own and takes no commands. */
abstract sealed class ListeningProtocol implements Protocol permits Gsof, Nmea, Rtcm3, Tsip {
    private final String name;

    ListeningProtocol(String name) {
        this.name = name;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final List<Option> options() {
        return List.of();
    }

    /** @param limitBytes the largest frame; 0: the protocol's own limit */
    abstract Decoder decoder(int limitBytes);

    /** For one session. */
    abstract EventTime eventTime(Slot slot);

    @Override
    public final Task taskFor(Source source) {
        return Task.events((slot, _) -> new DecodedSession(slot, decoder(source.frameLimitBytes()), eventTime(slot)));
    }
}
