package org.stationmaster.app;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import org.stationmaster.testkit.Stamp;

/**
 * Compares what the archive holds of one source with what its station says it sent. Every record is looked at: a
 * number that is there twice is a duplicate, one that was sent in order and is not there is lost, and a record that
 * the station never sent is foreign. Cut numbers may be there or not.
 */
final class SourceCount implements Consumer<ByteBuffer> {
    private final Sent sent;
    private final Stamp stamp = new Stamp();
    private final BitSet seen = new BitSet();
    private long records;
    private long duplicates;
    private long foreign;

    /**
     * What a station says.
     *
     * @param numbers how many sequence numbers it gave, from 0 without gaps: sent and cut
     * @param cut the numbers that were cut, as ranges
     */
    record Sent(String id, long numbers, List<Range> cut) {
        /** Nothing was sent: for files of a source that the network does not have. */
        static Sent nothing(String id) {
            return new Sent(id, 0, List.of());
        }
    }

    /** From and to are both within. */
    record Range(long from, long to) {}

    SourceCount(Sent sent) {
        if (sent.numbers() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(sent.id() + " sent " + sent.numbers() + " records: too many to count");
        }
        this.sent = sent;
    }

    /** Takes one record of the archive. */
    @Override
    public void accept(ByteBuffer payload) {
        records++;
        if (!stamp.read(payload) || !stamp.isFrom(sent.id()) || stamp.seq() >= sent.numbers()) {
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

    long records() {
        return records;
    }

    long duplicates() {
        return duplicates;
    }

    long foreign() {
        return foreign;
    }

    /** Numbers sent in order that have not been seen. */
    long lost() {
        var wanted = new BitSet();
        wanted.set(0, (int) sent.numbers());
        for (var range : sent.cut()) {
            long from = Math.clamp(range.from(), 0, sent.numbers());
            wanted.clear((int) from, (int) Math.clamp(range.to() + 1, from, sent.numbers()));
        }
        wanted.andNot(seen);
        return wanted.cardinality();
    }
}
