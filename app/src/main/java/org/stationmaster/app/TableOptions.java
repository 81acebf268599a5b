package org.stationmaster.app;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import picocli.CommandLine.Option;

/** Which state table to look at, and how much to tell of it. */
final class TableOptions {
    private static final int MAX_ROWS = 10_000;

    @Option(names = "--state", paramLabel = "FILE", description = "The state table; default: the one in --data.")
    private @Nullable Path state;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The machine's data directory; default ./data, as the machine's.")
    private @Nullable Path data;

    @Option(
            names = "--rows",
            paramLabel = "N",
            description = "How many failing, silent and slow sources to name of each; default ${DEFAULT-VALUE}.")
    private int rows = 10;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    boolean isJson() {
        return json;
    }

    TableWatch open() throws Failure {
        if (state != null && data != null) {
            throw Failure.usage("--state and --data both name a state table: give one of them");
        }
        if (rows < 0 || rows > MAX_ROWS) {
            throw Failure.usage("--rows " + rows + " is out of range 0 to " + MAX_ROWS);
        }
        var path = state != null ? state : (data != null ? data : Path.of("data")).resolve(MachineRun.TABLE);
        return TableWatch.open(path.toAbsolutePath().normalize(), Clock.SYSTEM, rows);
    }
}
