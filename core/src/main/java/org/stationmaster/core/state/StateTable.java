package org.stationmaster.core.state;

import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.WorkerId;

/**
 * Makes a table, and hands out its writers and readers. The supervisor keeps the only {@link DesiredWriter}, each
 * worker the only {@link ObservedWriter} of its rows; whoever looks gets a {@link StateReader}.
 */
public final class StateTable {
    private final Words words;
    private final MachineSize size;

    private StateTable(Words words, MachineSize size) {
        this.words = words;
        this.size = size;
    }

    /** A new table on the heap. */
    public static StateTable onHeap(MachineSize size, long bootNanos) {
        return create(Words.onHeap(Layout.words(size)), size, bootNanos);
    }

    /** Writes the header into words that are all zero; the layout version last. */
    static StateTable create(Words words, MachineSize size, long bootNanos) {
        words.setOpaque(Layout.HEADER_MAGIC, Layout.MAGIC);
        words.setOpaque(Layout.HEADER_WORKERS, size.workers());
        words.setOpaque(Layout.HEADER_SLOTS, size.slots());
        words.setOpaque(Layout.HEADER_BOOT, bootNanos);
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
