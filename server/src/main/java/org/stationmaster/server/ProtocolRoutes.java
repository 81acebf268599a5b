package org.stationmaster.server;

import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.server.inventory.Role;

/** {@code /api/v1/protocols}: what a source may be of, and with which keys of its own; for whoever asks people for them. */
final class ProtocolRoutes {
    private final Known known;

    ProtocolRoutes(Map<String, Protocol> protocols) {
        known = new Known(
                new TreeMap<>(protocols).values().stream().map(One::of).toList());
    }

    void addTo(Routes routes) {
        routes.get("/api/v1/protocols", Role.READ, this::list);
    }

    private void list(Context context) {
        Parameters.none(context);
        Json.answer(context, 200, known);
    }

    /** The names are the contract, here and below. */
    private record Known(List<One> protocols) {}

    /** @param dialIn whether its stations can call in */
    private record One(String name, boolean dialIn, List<Protocol.Option> keys) {
        static One of(Protocol protocol) {
            return new One(protocol.name(), protocol.dialIn() != null, protocol.options());
        }
    }
}
