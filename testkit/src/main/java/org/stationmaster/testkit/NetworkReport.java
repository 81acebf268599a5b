package org.stationmaster.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * What a network has sent. A record is <em>sent</em> when its last byte was written to a connection that later ended
 * in order or was still open when the network stopped sending. Records written to a connection that ended by a fault,
 * a reset, a write error or a second connection of the same source are <em>cut</em>. Each record that was begun is
 * one of both: {@code sent + cut} is the next seq.
 *
 * @param protocol of the network
 * @param unknownIds connections closed for a hello with an id that the port does not serve
 * @param oversize connections closed for a message over 64 KiB
 * @param withoutHello connections closed because they did not say hello in time
 * @param acceptFailures connections that could not be accepted or served, for want of file descriptors as a rule
 * @param sources one for each station, in their order
 */
public record NetworkReport(
        String protocol,
        long unknownIds,
        long oversize,
        long withoutHello,
        long acceptFailures,
        List<SourceCount> sources) {

    public NetworkReport {
        sources = List.copyOf(sources);
    }

    /**
     * A range of seqs.
     *
     * @param from the first
     * @param to the last, inclusive
     */
    public record Range(long from, long to) {}

    /**
     * The peer ended a connection, by FIN or by reset: it wanted to, or its process died. How much of the tail it had read by
     * then is known to it alone. Connections that garbage went over are not told.
     *
     * @param from the connection's first seq
     * @param to the first seq that was not begun by then
     * @param atEpochNanos when the end was seen
     */
    public record PeerEnd(long from, long to, long atEpochNanos) {}

    /**
     * What one station has done.
     *
     * @param cutRanges which seqs were cut: rising, apart from each other
     * @param peerEnds the first {@value #MAX_PEER_ENDS}, in their order
     * @param withheld records that came due and were not begun, because the connection took no bytes
     * @param connects connections of this source, those that the fault refuse has reset, too
     * @param superseded connections closed because the source came again
     * @param commands what came after the hello
     * @param garbageBytes written by the fault garbage
     * @param faults how often each kind took effect; kinds that did not are absent
     */
    public record SourceCount(
            String id,
            long sent,
            long cut,
            List<Range> cutRanges,
            List<PeerEnd> peerEnds,
            long withheld,
            long connects,
            long superseded,
            long commands,
            long garbageBytes,
            Map<FaultPlan.Kind, Long> faults) {

        /** How many ends of connections are told. */
        public static final int MAX_PEER_ENDS = 1_000;

        public SourceCount {
            cutRanges = List.copyOf(cutRanges);
            peerEnds = List.copyOf(peerEnds);
            faults = Map.copyOf(faults);
        }

        /** Whether the record with this seq was cut. */
        public boolean isCut(long seq) {
            int low = 0;
            int high = cutRanges.size() - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                var range = cutRanges.get(middle);
                if (seq < range.from()) {
                    high = middle - 1;
                } else if (seq > range.to()) {
                    low = middle + 1;
                } else {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Counts while the network runs.
     *
     * @param sent begun and not cut so far; a connection that breaks later moves its records to {@code cut}
     * @param connected connections that have said hello
     */
    public record Live(long sent, long cut, long withheld, long connected, long connects, long commands, long faults) {}

    /** Records sent in all. */
    public long sent() {
        return sum(SourceCount::sent);
    }

    /** Records cut in all. */
    public long cut() {
        return sum(SourceCount::cut);
    }

    /** Records withheld in all. */
    public long withheld() {
        return sum(SourceCount::withheld);
    }

    /** Connections that said hello, in all. */
    public long connects() {
        return sum(SourceCount::connects);
    }

    /** Connections superseded, in all. */
    public long superseded() {
        return sum(SourceCount::superseded);
    }

    /** Commands received in all. */
    public long commands() {
        return sum(SourceCount::commands);
    }

    /** Bytes of garbage in all. */
    public long garbageBytes() {
        return sum(SourceCount::garbageBytes);
    }

    /** Faults that took effect, by kind. */
    public Map<FaultPlan.Kind, Long> faults() {
        var all = new TreeMap<FaultPlan.Kind, Long>();
        for (var source : sources) {
            source.faults().forEach((kind, count) -> all.merge(kind, count, Long::sum));
        }
        return all;
    }

    private long sum(ToLongFunction<SourceCount> part) {
        return sources.stream().mapToLong(part).sum();
    }

    /** The report as one JSON document. */
    public String toJson() {
        return ReportJson.write(this);
    }

    /** Writes {@link #toJson} to a file, which is replaced. */
    public void write(Path file) throws IOException {
        Files.writeString(file, toJson());
    }

    /**
     * Reads what {@link #write} has written.
     *
     * @throws IOException it cannot be read or is no report; names the file
     */
    public static NetworkReport read(Path file) throws IOException {
        try {
            return ReportJson.read(Files.readString(file));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " is no report of a network: " + e.getMessage(), e);
        }
    }
}
