package org.stationmaster.core.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.state.StateTableException;
import org.stationmaster.core.worker.Positions;

/**
 * A machine's state table and where it is.
 *
 * @param file null: in memory
 * @param isOwn whether the file was made for this machine's life alone
 */
record TablePlace(StateTable table, @Nullable Path file, long bootNanos, boolean isOwn) {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.machine");

    /** Where somebody wants it, in place of the table of an earlier machine, of which nothing is alive by then. */
    static TablePlace at(Path path, MachineSize size, long bootNanos) throws MachineStartException {
        var file = path.toAbsolutePath();
        try {
            Files.createDirectories(file.resolveSibling(""));
            Leftovers.end(file);
            return new TablePlace(StateTable.create(file, size, bootNanos), file, bootNanos, false);
        } catch (StateTableException e) {
            throw new MachineStartException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new MachineStartException("no state table can be kept at " + file + ": " + e, e);
        }
    }

    /** Nobody has asked for it: in memory, or for worker processes in a temporary file. */
    static TablePlace unnamed(Isolation isolation, MachineSize size, long bootNanos) throws MachineStartException {
        if (isolation == Isolation.THREADS) {
            return new TablePlace(StateTable.onHeap(size, bootNanos), null, bootNanos, true);
        }
        try {
            var file = Files.createTempDirectory("stationmaster-state-").resolve("table");
            return new TablePlace(StateTable.create(file, size, bootNanos), file, bootNanos, true);
        } catch (IOException e) {
            throw new MachineStartException("no temporary state table can be made: " + e.getMessage(), e);
        }
    }

    /** The machine is over. A file that somebody asked for stays, to be looked at. */
    void letGo() {
        var path = file;
        if (path == null || !isOwn) {
            return;
        }
        try {
            Files.deleteIfExists(path);
            Positions.remove(path);
            Files.deleteIfExists(path.resolveSibling(""));
        } catch (IOException e) {
            LOG.warn("{} stays behind: {}", path, e.toString());
        }
    }
}
