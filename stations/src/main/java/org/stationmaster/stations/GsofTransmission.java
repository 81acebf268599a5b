package org.stationmaster.stations;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts the pages of GSOF together, as the payloads of the records of {@link Gsof} hold them: a transmission has up to 256 pages, and a
 * record may begin in one and end in the next. One for each source; not thread-safe.
 *
 * <pre>{@code
 * var transmission = new GsofTransmission();
 * machine.onRecord(record -> transmission.add(record.payload()).forEach(gsof -> …));
 * }</pre>
 */
public final class GsofTransmission {
    private final GsofPages pages = new GsofPages();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    /** One that waits for a first page. */
    public GsofTransmission() {}

    /**
     * Takes the next page.
     *
     * @param page position to limit, not moved: one whole page, as the payload of a record is
     * @return the records of the transmission when this is its last page; none before, and none when a page was missing
     * @throws IllegalArgumentException it is no whole page
     */
    public List<GsofRecord> add(ByteBuffer page) {
        var view = page.slice();
        if (!view.hasRemaining() || new GsofDecoder(0).look(view, 0, view.limit()) != view.limit()) {
            throw new IllegalArgumentException("no whole GSOF page: " + view.limit() + " bytes");
        }
        boolean follows = pages.follow(view);
        if (!follows || pages.isFirst()) {
            data.reset();
        }
        if (!follows) {
            return List.of();
        }
        for (int at = GsofPages.start(view); at < GsofPages.end(view); at++) {
            data.write(view.get(at));
        }
        return pages.isLast() ? records() : List.of();
    }

    private List<GsofRecord> records() {
        var all = ByteBuffer.wrap(data.toByteArray()).asReadOnlyBuffer();
        data.reset();
        var records = new ArrayList<GsofRecord>();
        while (all.remaining() >= 2) {
            int type = all.get() & 0xff;
            int length = Math.min(all.get() & 0xff, all.remaining());
            records.add(GsofRecord.of(type, all.slice(all.position(), length)));
            all.position(all.position() + length);
        }
        return records;
    }
}
