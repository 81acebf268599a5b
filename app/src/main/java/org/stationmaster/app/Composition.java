package org.stationmaster.app;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.server.inventory.Inventory;
import org.stationmaster.server.inventory.SinkConfig;
import org.stationmaster.sinks.ArchiveSinkFactory;
import org.stationmaster.stations.Protocols;

/** Which parts this program is made of. */
final class Composition {
    /** What logback.xml reads. */
    private static final String LOG_LEVEL = "stationmaster.log";

    private static final String NO_LOG_TIME = "-Dstationmaster.log.time=";

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

    /** The settings of the archive below the data. */
    static Map<String, String> archive(Path data, SinkConfig.Archive config) {
        return ArchiveSinkFactory.settings(archiveBelow(data), config.openFiles(), config.lingerMillis());
    }

    /** For the JVMs of worker processes: what they log goes into our log, which has the time already. */
    static List<String> workerOptions() {
        var level = System.getProperty(LOG_LEVEL);
        return level == null ? List.of(NO_LOG_TIME) : List.of(NO_LOG_TIME, "-D" + LOG_LEVEL + "=" + level);
    }

    static Path archiveBelow(Path data) {
        return data.resolve("archive");
    }

    static Optional<Protocol.ArchiveForm> form(Protocols protocols, String name) {
        return protocols.byName(name).map(Protocol::archiveForm);
    }
}
