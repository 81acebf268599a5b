package org.stationmaster.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.StateFile;
import org.stationmaster.core.state.StateReader;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.state.StateTableException;

/** Looks at a state table again and again; the machine may be dead. One thread. */
final class TableWatch {
    private final Path path;
    private final StateFile file;
    private final Clock clock;
    private final int rows;
    private final Trend trend = new Trend();
    private List<Pulse> pulses = List.of();
    private Trend.Rates rates = Trend.Rates.NONE;

    private TableWatch(Path path, StateFile file, Clock clock, int rows) {
        this.path = path;
        this.file = file;
        this.clock = clock;
        this.rows = rows;
    }

    /**
     * @param rows how many sources to name of each kind
     * @throws Failure there is no table that can be read; it says what to do
     */
    static TableWatch open(Path path, Clock clock, int rows) throws Failure {
        if (Files.notExists(path)) {
            throw Failure.failed(
                    path + ": there is no state table; look from where the machine was started, or name it with"
                            + " --data DIR or --state FILE",
                    null);
        }
        try {
            return new TableWatch(path, StateTable.open(path), clock, rows);
        } catch (StateTableException e) {
            throw Failure.failed(String.valueOf(e.getMessage()), e);
        }
    }

    /** Feels the pulse of each worker; a full {@link #look} does it too. */
    void feel() throws Failure {
        read(table -> {
            feel(table, clock.nanoTime());
            return true;
        });
    }

    TableSnapshot look() throws Failure {
        var snapshot = read(table -> {
            long now = clock.nanoTime();
            feel(table, now);
            return TableSnapshot.of(table, pulses, now, clock.epochNanos(), rows);
        });
        rates = trend.add(snapshot.machine());
        return snapshot;
    }

    /** Between the last looks. */
    Trend.Rates rates() {
        return rates;
    }

    Path path() {
        return path;
    }

    private void feel(StateReader table, long nanoTime) {
        var before = pulses.isEmpty() ? Collections.nCopies(table.size().workers(), Pulse.NONE) : pulses;
        var now = new ArrayList<Pulse>(before.size());
        for (var pulse : before) {
            var id = new WorkerId(now.size());
            long beat = table.beat(id); // before the CPU time that was written ahead of it
            now.add(pulse.next(beat, table.cpuNanos(id), nanoTime));
        }
        pulses = List.copyOf(now);
    }

    private <T> T read(Function<StateReader, T> body) throws Failure {
        try {
            return file.look(body);
        } catch (StateTableException e) {
            throw Failure.failed(String.valueOf(e.getMessage()), e);
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw Failure.failed(
                    path + " is damaged: " + e.getMessage() + "; start the machine again to make a new state table", e);
        }
    }
}
