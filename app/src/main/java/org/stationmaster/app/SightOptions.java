package org.stationmaster.app;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which machine to look at, and how much to tell of it. */
final class SightOptions {
    private static final int MAX_ROWS = 10_000;

    @Option(names = "--state", paramLabel = "FILE", description = "The state table; default: the one in --data.")
    private @Nullable Path state;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The machine's data directory; default ./data, as the machine's.")
    private @Nullable Path data;

    @Mixin
    private Remote remote = new Remote();

    @Option(
            names = "--rows",
            paramLabel = "N",
            description = "How many failing, silent and slow sources to name of each, or alarms; default"
                    + " ${DEFAULT-VALUE}.")
    private int rows = 10;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    boolean isJson() {
        return json;
    }

    Sight open() throws Failure {
        boolean here = state != null || data != null;
        if (state != null && data != null) {
            throw Failure.usage("--state and --data both name a state table: give one of them");
        }
        if (here && remote.isGiven()) {
            throw Failure.usage("--url names a machine, and --state or --data a state table: give one of them");
        }
        if (rows < 0 || rows > MAX_ROWS) {
            throw Failure.usage("--rows " + rows + " is out of range 0 to " + MAX_ROWS);
        }
        if (!here && remote.isNamed()) {
            return new RemoteSight(remote, Clock.SYSTEM, rows);
        }
        var path = state != null ? state : (data != null ? data : Path.of("data")).resolve(MachineRun.TABLE);
        return new TableSight(TableWatch.open(path.toAbsolutePath().normalize(), Clock.SYSTEM, rows));
    }
}
