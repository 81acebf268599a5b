package org.stationmaster.core.state;

import java.util.Optional;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Headroom;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SourceId;

/** Writes what should be, and how much more could. One thread, the supervisor's. */
public final class DesiredWriter {
    static final long UNKNOWN = -1;

    private final Words words;
    private final MachineSize size;

    DesiredWriter(Words words, MachineSize size) {
        this.words = words;
        this.size = size;
    }

    /** Rewrites the desired half of a slot's row whole. */
    public void write(SlotId slot, Desired desired) {
        int row = Layout.slotRow(size, slot.worker().index(), slot.index()) + Layout.DESIRED;
        var source = desired.source();
        var id = source == null ? "" : source.value();
        Half.write(words, row + Layout.SEQUENCE, () -> {
            words.setOpaque(row + Layout.EPOCH, desired.epoch());
            words.setOpaque(row + Layout.FLAGS, (desired.paused() ? 1 : 0) | ((long) id.length() << 8));
            for (int i = 0; i < Layout.ID_WORDS; i++) {
                words.setOpaque(row + Layout.DESIRED_ID + i, packed(id, i * 8));
            }
        });
    }

    /** Room for so many more; empty: it is not known. */
    public void headroom(Optional<Headroom> headroom) {
        headroom.ifPresent(known ->
                words.setOpaque(Layout.HEADER_HEADROOM_RATE, Double.doubleToRawLongBits(known.ratePerSecond())));
        words.setOpaque(Layout.HEADER_HEADROOM, headroom.map(Headroom::sources).orElse(UNKNOWN));
    }

    private static long packed(String id, int from) {
        long word = 0;
        for (int i = Math.min(id.length(), from + SourceId.MAX_LENGTH / Layout.ID_WORDS) - 1; i >= from; i--) {
            word = (word << 8) | id.charAt(i);
        }
        return word;
    }
}
