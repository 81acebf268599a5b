package org.stationmaster.app;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.server.inventory.Inventory;
import org.stationmaster.server.inventory.SinkConfig;
import org.stationmaster.sinks.ArchiveSink;
import org.stationmaster.sinks.ArchiveSinkFactory;
import org.stationmaster.stations.Protocols;

/** Which parts this program is made of. */
final class Composition {
    private Composition() {}

    static Map<String, Protocol> protocols() {
        var found = Protocols.found();
        var byName = new HashMap<String, Protocol>();
        for (var name : found.names()) {
            found.byName(name).ifPresent(protocol -> byName.put(name, protocol));
        }
        return byName;
    }

    static Inventory inventory() {
        return new Inventory(protocols());
    }

    static ArchiveSink archive(Path data, SinkConfig.Archive config) {
        var settings = ArchiveSinkFactory.settings(archiveBelow(data), config.openFiles(), config.lingerMillis());
        return new ArchiveSinkFactory().create(settings, 0);
    }

    static Path archiveBelow(Path data) {
        return data.resolve("archive");
    }

    static Optional<Protocol.ArchiveForm> form(Protocols protocols, String name) {
        return protocols.byName(name).map(Protocol::archiveForm);
    }
}
