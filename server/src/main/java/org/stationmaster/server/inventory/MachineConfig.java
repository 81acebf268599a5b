package org.stationmaster.server.inventory;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.sizing.Profile;

/**
 * A machine file, read and valid.
 *
 * @param size {@code machine.workers} × {@code machine.slots}; default: processors × 250
 * @param isolation where workers live; default: threads
 * @param control {@code control}; default: 127.0.0.1:8470, without tokens
 * @param sources all of them, enabled or not, in the order of the file
 * @param stationFile the file they stand in; null: inline, or none
 * @param filter {@code groups}; default: all
 * @param data absolute; default {@code data} beside the file
 * @param sinks default: the archive; empty: records are counted and discarded
 * @param profiles what sources cost here, one a protocol; empty: nothing was measured
 * @param connectsPerSecond to one host and port, above 0; empty: the machine's own default
 * @param stopSeconds deadline of an orderly stop, 1 to 3,600; default 20
 * @param listens where stations call in, one a protocol; default: nowhere
 * @param alarms who is told of alarms; default: nobody
 */
public record MachineConfig(
        MachineSize size,
        Isolation isolation,
        ControlConfig control,
        List<Source> sources,
        @Nullable Path stationFile,
        Filter filter,
        Path data,
        List<SinkConfig> sinks,
        List<Profile> profiles,
        OptionalDouble connectsPerSecond,
        int stopSeconds,
        List<ListenConfig> listens,
        List<ReceiverConfig> alarms) {
    /** Slots of each worker unless the file says otherwise. */
    public static final int DEFAULT_SLOTS = 250;

    /** Seconds for an orderly stop unless the file says otherwise. */
    public static final int DEFAULT_STOP_SECONDS = 20;

    public MachineConfig {
        sources = List.copyOf(sources);
        sinks = List.copyOf(sinks);
        profiles = List.copyOf(profiles);
        listens = List.copyOf(listens);
        alarms = List.copyOf(alarms);
    }

    /** The same with other sources. */
    public MachineConfig with(List<Source> others) {
        return new MachineConfig(
                size,
                isolation,
                control,
                others,
                stationFile,
                filter,
                data,
                sinks,
                profiles,
                connectsPerSecond,
                stopSeconds,
                listens,
                alarms);
    }

    /** {@code control.bind}. */
    public Bind bind() {
        return control.bind();
    }
}
