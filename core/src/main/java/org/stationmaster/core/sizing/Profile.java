package org.stationmaster.core.sizing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.stationmaster.core.api.Isolation;

/**
 * What was measured: the sources that one worker carries at each rate, on one machine, with one protocol and one sink.
 *
 * @param version of Stationmaster
 * @param sizeBytes of a record's payload
 * @param points one a rate, by rate; at least one
 * @param noisy why the figures are not to be trusted much; empty: they are
 */
public record Profile(
        String version,
        Instant date,
        Host host,
        String protocol,
        String sink,
        Isolation isolation,
        int sizeBytes,
        Target target,
        Memory memory,
        List<Point> points,
        String noisy) {
    private static final double ROUNDING = 1e-9;

    /**
     * Where it was measured.
     *
     * @param cpu the processor's name
     * @param jdk the runtime's version
     */
    public record Host(String cpu, int processors, String os, String jdk) {}

    /**
     * What a worker must keep to at its cap.
     *
     * @param cpu share of one processor, above 0 and at most 1
     */
    public record Target(double cpu, double latencyP99Millis) {}

    /** Resident memory of a worker's process without sources, and of each source it holds. */
    public record Memory(long baseBytes, long perSourceBytes) {}

    /** What ended the ramp at a rate. */
    public enum Limit {
        /** The target CPU: the cap was met. */
        CPU,
        /** The latency went past its target before the CPU did. */
        LATENCY,
        /** No more stations could be simulated on this machine (descriptors, memory): the cap follows from the cost. */
        STATIONS,
        /** The simulator could not send more: the cap follows from the cost. */
        GENERATOR,
        /** The time for measuring was over: the cap follows from the cost. */
        TIME
    }

    /**
     * One rate.
     *
     * @param sources the cap: how many one worker carries within the target
     * @param sourcesLow the cap is hardly below this
     * @param sourcesHigh and hardly above this
     * @param measuredSources how many were really run at the most
     * @param costSeconds CPU seconds per source and second near the cap
     * @param relativeError half the spread of the cost, as a share of it
     * @param latencyP99Millis at the largest count that held the target
     */
    public record Point(
            double ratePerSecond,
            int sources,
            int sourcesLow,
            int sourcesHigh,
            int measuredSources,
            double costSeconds,
            double relativeError,
            double latencyP99Millis,
            Limit limit) {}

    public Profile {
        points = points.stream()
                .sorted(Comparator.comparingDouble(Point::ratePerSecond))
                .toList();
        if (points.isEmpty()) {
            throw new IllegalArgumentException("a profile needs at least one point");
        }
    }

    public CostFit fit() {
        return CostFit.of(points);
    }

    /**
     * CPU seconds per second of a source: between measured rates on the line from one to the next; outside of them on the
     * careful side, as the lowest rate costs, and in proportion to the highest.
     */
    public double costAt(double ratePerSecond) {
        var first = points.getFirst();
        if (ratePerSecond <= first.ratePerSecond()) {
            return first.costSeconds();
        }
        for (int i = 1; i < points.size(); i++) {
            var low = points.get(i - 1);
            var high = points.get(i);
            if (ratePerSecond <= high.ratePerSecond()) {
                double share = (ratePerSecond - low.ratePerSecond()) / (high.ratePerSecond() - low.ratePerSecond());
                return low.costSeconds() + share * (high.costSeconds() - low.costSeconds());
            }
        }
        var last = points.getLast();
        return last.costSeconds() * ratePerSecond / last.ratePerSecond();
    }

    public boolean measures(double ratePerSecond) {
        return ratePerSecond >= points.getFirst().ratePerSecond()
                && ratePerSecond <= points.getLast().ratePerSecond();
    }

    /**
     * The share of a processor that a worker may be given at a rate: what the cap takes at that rate or at its neighbours, whatever
     * it was limited by, and no more than the target.
     */
    public double usableCpu(double ratePerSecond) {
        double usable = target.cpu();
        for (int i = 0; i < points.size(); i++) {
            var point = points.get(i);
            boolean after = i + 1 < points.size() && points.get(i + 1).ratePerSecond() <= ratePerSecond;
            boolean before = i > 0 && points.get(i - 1).ratePerSecond() >= ratePerSecond;
            if (!after && !before && point.sources() > 0) { // of 0: it alone is too much
                usable = Math.min(usable, point.sources() * point.costSeconds());
            }
        }
        return usable;
    }

    /** How many sources one worker carries at a rate. */
    public int cap(double ratePerSecond) {
        return (int) Math.floor(usableCpu(ratePerSecond) / costAt(ratePerSecond) + ROUNDING); // saturates
    }

    /** In what this profile is not of here, for people; empty: in nothing. */
    public List<String> strangeTo(Host here, String hereVersion) {
        var differences = new ArrayList<String>();
        if (!host.cpu().equals(here.cpu()) || host.processors() != here.processors()) {
            differences.add("another machine (" + host.cpu() + ", " + host.processors() + " processors; this one has "
                    + here.cpu() + ", " + here.processors() + ")");
        }
        if (!host.jdk().equals(here.jdk())) {
            differences.add("another JDK (" + host.jdk() + "; this is " + here.jdk() + ")");
        }
        if (!version.equals(hereVersion)) {
            differences.add("another version (" + version + "; this is " + hereVersion + ")");
        }
        return differences;
    }
}
