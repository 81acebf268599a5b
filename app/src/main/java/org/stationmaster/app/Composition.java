package org.stationmaster.app;

import ch.qos.logback.classic.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.server.inventory.Inventory;
import org.stationmaster.server.inventory.SinkConfig;
import org.stationmaster.sinks.ArchiveSinkFactory;
import org.stationmaster.stations.Protocols;

/** Which parts this program is made of. */
final class Composition {
    /** What logback.xml reads. */
    private static final String LOG_LEVEL = "stationmaster.log";

    /** What the protocols of GNSS stations read. */
    private static final String GPS_MINUS_UTC = "stationmaster.gpsMinusUtcSeconds";

    /** Set by the launcher: a file that a worker's JVM starts from, and one that it is to make. */
    private static final String AOT_CACHE = "stationmaster.worker.aot";

    private static final String AOT_CACHE_OUTPUT = "stationmaster.worker.aot.output";

    /** For the one that others learn from. */
    private static final String LONG_REHEARSAL = "-Dstationmaster.rehearsal.wakes=2000";

    private static final List<String> WORKER_LOG = List.of("-Dstationmaster.log.time=", "-Dstationmaster.log.to=text");

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

    /**
     * For the JVMs of worker processes: our own settings; what they log goes into our log, which has the time already; and what
     * another such JVM has learnt about our classes, when the launcher has a file of that.
     */
    static List<String> workerOptions() {
        var options = new ArrayList<>(WORKER_LOG);
        option(LOG_LEVEL, "-D" + LOG_LEVEL + "=", options);
        option(GPS_MINUS_UTC, "-D" + GPS_MINUS_UTC + "=", options);
        option(AOT_CACHE, "-XX:AOTCache=", options);
        if (System.getProperty(AOT_CACHE) != null) {
            options.add("-Xlog:aot*=off"); // one that cannot be used is nothing to tell
        }
        option(AOT_CACHE_OUTPUT, "-XX:AOTCacheOutput=", options);
        if (System.getProperty(AOT_CACHE_OUTPUT) != null) {
            options.add(LONG_REHEARSAL);
        }
        return options;
    }

    /** Unless told otherwise: thousands of simulated stations that come and go are nothing to tell. */
    static void workersLogErrorsOnly() {
        if (System.getProperty(LOG_LEVEL) == null) {
            System.setProperty(LOG_LEVEL, "ERROR");
        }
    }

    /** From now on, unless told otherwise: the stations are told to go, and that they do is nothing to tell. */
    static void logErrorsOnly() {
        if (System.getProperty(LOG_LEVEL) == null
                && LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof ch.qos.logback.classic.Logger root) {
            root.setLevel(Level.ERROR);
        }
    }

    private static void option(String property, String option, List<String> options) {
        var value = System.getProperty(property);
        if (value != null) {
            options.add(option + value);
        }
    }

    static Path archiveBelow(Path data) {
        return data.resolve("archive");
    }

    static Optional<Protocol.ArchiveForm> form(Protocols protocols, String name) {
        return protocols.byName(name).map(Protocol::archiveForm);
    }
}
