package org.stationmaster.stations;

import java.nio.ByteBuffer;

/** Follows the pages of GSOF transmissions: a transmission is whole when its pages come one behind the other. */
final class GsofPages {
    private static final int NOTHING = -1;

    private int transmission = NOTHING;
    private int next;
    private int last;
    private boolean isGap;

    /**
     * Takes the next page.
     *
     * @param frame position to limit: a whole page
     * @return whether it is the first of a transmission, or the one that was awaited
     */
    boolean follow(ByteBuffer frame) {
        int at = frame.position() + GsofDecoder.HEAD_BYTES;
        int number = frame.get(at) & 0xff;
        int page = frame.get(at + 1) & 0xff;
        isGap = transmission != NOTHING && (page == 0 ? !isLast() : number != transmission || page != next);
        if (page != 0 && (number != transmission || page != next)) {
            transmission = NOTHING;
            return false;
        }
        transmission = number;
        next = page + 1;
        last = frame.get(at + 2) & 0xff;
        return true;
    }

    /**
     * Whether one is missing in front of the page that was taken last. Once for each transmission; none is missing where nothing was
     * heard before. Numbers of transmissions are not told to follow each other.
     */
    boolean isGap() {
        return isGap;
    }

    /** Whether the page that was taken last is the first one. */
    boolean isFirst() {
        return next == 1;
    }

    /** Whether the page that was taken last is the last one. */
    boolean isLast() {
        return next > last;
    }

    /** Where the records in a page begin. */
    static int start(ByteBuffer frame) {
        return frame.position() + GsofDecoder.HEAD_BYTES + GsofDecoder.PAGE_HEAD_BYTES;
    }

    /** Where they end. */
    static int end(ByteBuffer frame) {
        return frame.limit() - GsofDecoder.TAIL_BYTES;
    }
}
