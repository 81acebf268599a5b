package org.stationmaster.stations;

import java.nio.ByteBuffer;
import org.stationmaster.core.api.StationRecord;

/**
 * The time of a GSOF transmission: its record of type 1 (position time), wherever that stands in its pages, also across two of them. All
 * pages from there on have it. Used by one session.
 */
final class GsofTime implements EventTime {
    private static final int POSITION_TIME = 1;
    private static final int HEAD_BYTES = 2; // type, length
    private static final int NEEDED_BYTES = HEAD_BYTES + 6; // milliseconds, week

    private final GnssTime time;
    private final GsofPages pages = new GsofPages();

    /** The beginning of the record that is being read. */
    private final ByteBuffer record = ByteBuffer.allocate(NEEDED_BYTES);

    /** Bytes that are left of it, beyond {@link #record}. */
    private int rest;

    private long nanos = StationRecord.UNKNOWN;

    private final Runnable onGap;

    /** @param onGap told for each transmission of which a page is missing */
    GsofTime(GnssTime time, Runnable onGap) {
        this.time = time;
        this.onGap = onGap;
    }

    @Override
    public long nanos(ByteBuffer frame, long receivedNanos) {
        boolean follows = pages.follow(frame);
        if (pages.isGap()) {
            onGap.run();
        }
        if (!follows) {
            nanos = StationRecord.UNKNOWN;
            return nanos;
        }
        if (pages.isFirst()) {
            nanos = StationRecord.UNKNOWN;
            record.clear();
            rest = 0;
        }
        int end = GsofPages.end(frame);
        for (int at = GsofPages.start(frame); at < end; ) {
            if (rest > 0) {
                int step = Math.min(rest, end - at);
                rest -= step;
                at += step;
            } else {
                take(frame.get(at++));
            }
        }
        return nanos;
    }

    /** The next byte of a record's beginning. */
    private void take(byte b) {
        record.put(b);
        if (record.position() < HEAD_BYTES) {
            return;
        }
        int size = HEAD_BYTES + (record.get(1) & 0xff);
        if (record.position() < Math.min(size, NEEDED_BYTES)) {
            return;
        }
        if (record.get(0) == POSITION_TIME && size >= NEEDED_BYTES) {
            nanos = ofPositionTime(record.getInt(2), record.getShort(6));
        }
        rest = size - record.position();
        record.clear();
    }

    private long ofPositionTime(int millisOfWeek, int week) {
        boolean isKnown = millisOfWeek >= 0 && millisOfWeek < GnssTime.WEEK_MILLIS && week > 0;
        return isKnown ? time.ofGpsWeek(week, millisOfWeek * GnssTime.MILLI_NANOS) : StationRecord.UNKNOWN;
    }
}
