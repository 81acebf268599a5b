package org.stationmaster.core.api;

import java.util.Map;

/**
 * Makes a sink where the records are: once in a machine whose workers are threads, once in every worker that is a process
 * of its own. There the factory is built anew, so its class must be named and have a public no-argument constructor.
 */
@FunctionalInterface
public interface SinkFactory {
    /**
     * Makes a sink; opens nothing yet.
     *
     * @param settings what the machine was given for it
     * @param part which of the machine's sinks of this kind it is: the index of its worker, 0 when there is only one. Parts
     *     share one place (a directory, a database); a source's records come through one part at a time
     */
    Sink create(Map<String, String> settings, int part);
}
