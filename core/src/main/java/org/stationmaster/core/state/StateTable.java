package org.stationmaster.core.state;

import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Text;
import org.stationmaster.core.api.WorkerId;

/**
 * Makes a table, and hands out its writers and readers. The supervisor keeps the only {@link DesiredWriter}, each
 * worker the only {@link ObservedWriter} of its rows; whoever looks gets a {@link StateReader}.
 */
public final class StateTable {
    private final Words words;
    private final MachineSize size;

    StateTable(Words words, MachineSize size) {
        this.words = words;
        this.size = size;
    }

    /** A new table on the heap. */
    public static StateTable onHeap(MachineSize size, long bootNanos) {
        return create(Words.onHeap(Layout.words(size)), size, bootNanos, ProcessIdentity.current());
    }

    /**
     * A new table in a file, for the supervisor that has the data directory to itself. It takes the place of an older
     * one; who has that one open keeps it, and nobody writes there any longer.
     *
     * @throws StateTableException it cannot be made; an older one is then left as it was
     * @throws IllegalArgumentException it would be larger than 8 GiB
     */
    public static StateTable create(Path path, MachineSize size, long bootNanos) throws StateTableException {
        return StateFile.create(path, size, bootNanos, ProcessIdentity.current());
    }

    /** A table in a file, to look at. */
    public static StateFile open(Path path) throws StateTableException {
        return StateFile.open(path);
    }

    /**
     * The rows of one worker, for the process that runs it.
     *
     * @param bootNanos of the machine that started the process: one that comes late finds the table of the next machine
     *     and must not touch it
     */
    public static ObservedWriter attach(Path path, WorkerId worker, long bootNanos) throws StateTableException {
        var table = StateFile.map(path, MapMode.READ_WRITE);
        long found = table.reader().bootNanos();
        if (found != bootNanos) {
            throw new StateTableException(path + " belongs to the machine of boot " + found + ", worker " + worker
                    + " to that of boot " + bootNanos + ": its machine is over");
        }
        if (worker.index() < 0 || worker.index() >= table.size.workers()) {
            throw new StateTableException(path + " has no rows for worker " + worker + ", only for "
                    + Text.count(table.size.workers(), "worker"));
        }
        return table.observedWriter(worker);
    }

    /** Writes the header into words that are all zero; magic and layout version last. */
    static StateTable create(Words words, MachineSize size, long bootNanos, ProcessIdentity supervisor) {
        words.setOpaque(Layout.HEADER_WORKERS, size.workers());
        words.setOpaque(Layout.HEADER_SLOTS, size.slots());
        words.setOpaque(Layout.HEADER_BOOT, bootNanos);
        words.setOpaque(Layout.HEADER_PID, supervisor.pid());
        words.setOpaque(Layout.HEADER_START, supervisor.startMillis());
        words.setOpaque(Layout.HEADER_HEADROOM, DesiredWriter.UNKNOWN);
        words.setRelease(Layout.HEADER_MAGIC, Layout.MAGIC);
        words.setRelease(Layout.HEADER_VERSION, Layout.VERSION);
        return new StateTable(words, size);
    }

    public StateReader reader() {
        return new StateReader(words, size);
    }

    /** For the supervisor alone. */
    public DesiredWriter desiredWriter() {
        return new DesiredWriter(words, size);
    }

    /** For that worker alone. */
    public ObservedWriter observedWriter(WorkerId worker) {
        return new ObservedWriter(words, size, worker);
    }
}
