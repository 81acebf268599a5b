package org.stationmaster.app;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.stationmaster.testkit.NetworkReport;
import org.stationmaster.testkit.NetworkReport.PeerEnd;
import org.stationmaster.testkit.Stamp;

/**
 * Compares what the archive holds of one source with what its station says it sent. Every record is looked at: a
 * number that is there twice is a duplicate, one that was sent in order and is not there is lost, and a record that
 * the station never sent is foreign. Cut numbers may be there or not. When a worker was killed, what is missing at the very end
 * of the connection it held was <em>in the air</em>, up to one second of data; anything else that is missing of it is lost.
 */
final class SourceAudit implements Consumer<ByteBuffer> {
    private final NetworkReport.SourceCount station;
    private final long numbers;
    private final Stamp stamp = new Stamp();
    private final BitSet seen = new BitSet();
    private final Kills kills;
    private final BitSet cut = new BitSet();
    private long longestInAir;
    private long inAir;
    private long records;
    private long duplicates;
    private long foreign;

    /**
     * When workers that held the source were killed.
     *
     * @param atEpochNanos rising
     * @param airRecords how many records one second of data is
     */
    record Kills(List<Long> atEpochNanos, int airRecords) {
        static final Kills NONE = new Kills(List.of(), 0);
        /** The system ends the connections of a killed process at once; the station may see it late. */
        private static final long SEEN_WITHIN_NANOS = 2_000_000_000L;

        /** The end of the connection that a kill ended. */
        Optional<PeerEnd> ended(long killNanos, List<PeerEnd> ends) {
            return ends.stream()
                    .filter(end -> end.atEpochNanos() >= killNanos)
                    .findFirst()
                    .filter(end -> end.atEpochNanos() - killNanos <= SEEN_WITHIN_NANOS);
        }
    }

    /** @param station what the station says; {@code sent + cut} is how many numbers it gave, from 0 on */
    SourceAudit(NetworkReport.SourceCount station, Kills kills) {
        this.station = station;
        this.kills = kills;
        numbers = station.sent() + station.cut();
        if (numbers > Integer.MAX_VALUE - 1) {
            throw new IllegalArgumentException(station.id() + " sent " + numbers + " records: too many to count");
        }
    }

    /** For what is archived under an id that no station has: all of it is foreign. */
    static SourceAudit unknown(String id) {
        return new SourceAudit(
                new NetworkReport.SourceCount(id, 0, 0, List.of(), List.of(), 0, 0, 0, 0, 0, Map.of()), Kills.NONE);
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

    /** Says what was cut; to be called once, when every record has been taken. */
    void judge() {
        for (var range : station.cutRanges()) {
            cut.set((int) range.from(), (int) range.to() + 1);
        }
        for (long kill : kills.atEpochNanos()) {
            kills.ended(kill, station.peerEnds()).ifPresent(this::judgeKilled);
        }
    }

    /** Of a connection that a kill ended the tail alone is cut, whatever the station had to assume. */
    private void judgeKilled(PeerEnd end) {
        int from = (int) end.from();
        int to = (int) end.to();
        int last = seen.previousSetBit(to - 1);
        int tail = Math.max(from, Math.max(last + 1, to - kills.airRecords()));
        cut.clear(from, tail);
        cut.set(tail, to);
        inAir += to - tail;
        longestInAir = Math.max(longestInAir, to - Math.max(from, last + 1));
    }

    /** How many numbers were cut: by faults, by resets, and in the air when a worker was killed. */
    long cut() {
        return cut.cardinality();
    }

    /** Of those that were cut, what was in the air when a worker was killed. */
    long inAir() {
        return inAir;
    }

    /** The most records that one kill cost. */
    long longestInAir() {
        return longestInAir;
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
        wanted.andNot(cut);
        wanted.andNot(seen);
        return wanted;
    }
}
