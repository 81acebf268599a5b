package org.stationmaster.app;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkFactory;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.sinks.ArchiveSinkFactory;
import org.stationmaster.testkit.Stamp;

/** The archive of a demo: in whatever process it is, it logs how long stamped records took; see {@link LatencyLogs}. */
public final class MeasuredArchive implements SinkFactory {
    private static final String LATENCIES = "latencies";

    /** Made anew in each process. */
    public MeasuredArchive() {}

    /**
     * The settings for {@link #create}.
     *
     * @param archive those of the archive
     * @param latencies a directory that is there
     */
    static Map<String, String> settings(Map<String, String> archive, Path latencies) {
        var settings = new HashMap<>(archive);
        settings.put(LATENCIES, latencies.toString());
        return settings;
    }

    @Override
    public Sink create(Map<String, String> settings, int part) {
        var archive = new HashMap<>(settings);
        archive.remove(LATENCIES);
        return measured(new ArchiveSinkFactory().create(archive, part), settings, part);
    }

    /** @param settings with where to log */
    static Sink measured(Sink sink, Map<String, String> settings, int part) {
        var latencies = settings.get(LATENCIES);
        if (latencies == null) {
            throw new IllegalArgumentException("a measured sink needs the setting " + LATENCIES);
        }
        return new LatencySink(sink, Clock.SYSTEM, stamps(), LatencyLogs.file(Path.of(latencies), part));
    }

    private static LatencySink.SendStamps stamps() {
        var stamp = new Stamp();
        return stationRecord -> stamp.read(stationRecord.payload()) ? stamp.epochNanos() : StationRecord.UNKNOWN;
    }
}
