package org.stationmaster.app;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.Stamp;

/**
 * Compares what the archive holds of one source with what its station says it sent. Every record is looked at: a
 * number that is there twice is a duplicate, one that was sent in order and is not there is lost, and a record that
 * the station never sent is foreign. Cut numbers may be there or not.
 */
final class SourceAudit implements Consumer<ByteBuffer> {
    private final NetworkReport.SourceCount station;
    private final long numbers;
    private final Stamp stamp = new Stamp();
    private final BitSet seen = new BitSet();
    private long records;
    private long duplicates;
    private long foreign;

    /** @param station what the station says; {@code sent + cut} is how many numbers it gave, from 0 on */
    SourceAudit(NetworkReport.SourceCount station) {
        this.station = station;
        numbers = station.sent() + station.cut();
        if (numbers > Integer.MAX_VALUE - 1) {
            throw new IllegalArgumentException(station.id() + " sent " + numbers + " records: too many to count");
        }
    }

    /** For what is archived under an id that no station has: all of it is foreign. */
    static SourceAudit unknown(String id) {
        return new SourceAudit(new NetworkReport.SourceCount(id, 0, 0, List.of(), 0, 0, 0, 0, 0, Map.of()));
    }

    /** Takes one record of the archive. */
    @Override
    public void accept(ByteBuffer payload) {
        records++;
        if (!stamp.read(payload) || !stamp.isFrom(station.id()) || stamp.seq() >= numbers) {
            foreign++;
            return;
        }
        int seq = (int) stamp.seq();
        if (seen.get(seq)) {
            duplicates++;
        } else {
            seen.set(seq);
        }
    }

    String id() {
        return station.id();
    }

    long records() {
        return records;
    }

    long duplicates() {
        return duplicates;
    }

    long foreign() {
        return foreign;
    }

    /** How many numbers were sent in order and have not been seen. */
    long lost() {
        return missing().cardinality();
    }

    /** The first ranges that are lost, for people: {@code 12-15}. */
    List<String> lostRanges(int limit) {
        var missing = missing();
        var ranges = new ArrayList<String>();
        for (int from = missing.nextSetBit(0); from >= 0 && ranges.size() < limit; ) {
            int end = missing.nextClearBit(from);
            ranges.add(end - from == 1 ? Integer.toString(from) : from + "-" + (end - 1));
            from = missing.nextSetBit(end);
        }
        return ranges;
    }

    private BitSet missing() {
        var wanted = new BitSet();
        wanted.set(0, (int) numbers);
        for (var range : station.cutRanges()) {
            wanted.clear((int) range.from(), (int) range.to() + 1);
        }
        wanted.andNot(seen);
        return wanted;
    }
}
