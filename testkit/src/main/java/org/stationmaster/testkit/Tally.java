package org.stationmaster.testkit;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.stationmaster.testkit.NetworkReport.PeerEnd;
import org.stationmaster.testkit.NetworkReport.Range;
import org.stationmaster.testkit.NetworkReport.SourceCount;

/** What is counted of one station. For the network's thread, until that has ended. */
final class Tally {
    private final List<Range> cutRanges = new ArrayList<>();
    private final List<PeerEnd> peerEnds = new ArrayList<>();
    private final Map<FaultPlan.Kind, Long> faults = new EnumMap<>(FaultPlan.Kind.class);
    private long cut;
    long withheld;
    long connects;
    long superseded;
    long commands;
    long garbageBytes;

    /** Counts records as cut, both ends inclusive; ranges come in rising order and are joined when they touch. */
    void cut(long from, long to) {
        cut += to - from + 1;
        var last = cutRanges.isEmpty() ? null : cutRanges.getLast();
        if (last != null && last.to() + 1 == from) {
            cutRanges.set(cutRanges.size() - 1, new Range(last.from(), to));
        } else {
            cutRanges.add(new Range(from, to));
        }
    }

    void peerEnded(PeerEnd end) {
        if (peerEnds.size() < SourceCount.MAX_PEER_ENDS) {
            peerEnds.add(end);
        }
    }

    void fault(FaultPlan.Kind kind) {
        faults.merge(kind, 1L, Long::sum);
    }

    /** @param begun how many records have got a seq */
    SourceCount report(String id, long begun) {
        return new SourceCount(
                id,
                begun - cut,
                cut,
                cutRanges,
                peerEnds,
                withheld,
                connects,
                superseded,
                commands,
                garbageBytes,
                faults);
    }
}
