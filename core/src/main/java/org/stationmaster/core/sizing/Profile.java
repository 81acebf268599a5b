package org.stationmaster.core.sizing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.Text;

/**
 * What was measured: the sources that one worker carries at each rate, on one machine, with one protocol and one sink.
 *
 * @param version of Stationmaster
 * @param sizeBytes of a record's payload
 * @param points one a rate, by rate; at least one
 * @param noisy why the figures are not to be trusted much; empty: they are
 * @param fit follows from the points
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
        String noisy,
        CostFit fit) {
    private static final double ROUNDING = 1e-9;

    /** Two measurements of the same differ by this share. */
    private static final double LEAST_ERROR = 0.01;

    /**
     * A host is slower in one hour than in another: a plan at the very cap would hold every other time. It must hold, and 1.3 times as
     * many sources must not: it is put nearly half-way between the two, where either may be off by the same.
     */
    private static final double PLAN_MARGIN = 1.12;

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
     * @param marginalSeconds what one source more adds: the slope of the worker's CPU over its sources
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
            double marginalSeconds,
            double relativeError,
            double latencyP99Millis,
            Limit limit) {
        /** A worker that takes nothing for itself. */
        public Point(
                double ratePerSecond,
                int sources,
                int sourcesLow,
                int sourcesHigh,
                int measuredSources,
                double costSeconds,
                double relativeError,
                double latencyP99Millis,
                Limit limit) {
            this(
                    ratePerSecond,
                    sources,
                    sourcesLow,
                    sourcesHigh,
                    measuredSources,
                    costSeconds,
                    costSeconds,
                    relativeError,
                    latencyP99Millis,
                    limit);
        }
    }

    public Profile {
        points = points.stream()
                .sorted(Comparator.comparingDouble(Point::ratePerSecond))
                .toList();
        if (points.isEmpty()) {
            throw new IllegalArgumentException("a profile needs at least one point");
        }
    }

    /** With the fit of its points. */
    public Profile(
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
        this(
                version,
                date,
                host,
                protocol,
                sink,
                isolation,
                sizeBytes,
                target,
                memory,
                points,
                noisy,
                CostFit.of(points, sink.equals("archive")));
    }

    /**
     * CPU seconds per second of a source. At a measured rate what was measured; between two on the curve of the fit, bent so that it goes
     * through both; outside of them on the careful side, as the lowest rate costs, and in proportion to the highest.
     */
    public double costAt(double ratePerSecond) {
        var first = points.getFirst();
        var last = points.getLast();
        if (ratePerSecond <= first.ratePerSecond()) {
            return first.costSeconds();
        }
        if (ratePerSecond >= last.ratePerSecond()) {
            return last.costSeconds() * ratePerSecond / last.ratePerSecond();
        }
        var cost = fit.cost();
        return cost.at(ratePerSecond)
                * between(ratePerSecond, point -> point.costSeconds() / cost.at(point.ratePerSecond()));
    }

    /** What one more source at this rate adds, CPU seconds per second. */
    public double marginalAt(double ratePerSecond) {
        return costAt(ratePerSecond) * between(ratePerSecond, point -> point.marginalSeconds() / point.costSeconds());
    }

    /** The error of the cost, as a share of it. */
    public double relativeErrorAt(double ratePerSecond) {
        return between(ratePerSecond, point -> Math.max(LEAST_ERROR, point.relativeError()));
    }

    /** A straight line from point to point on logarithmic paper; beyond the last ones, as they are. */
    private double between(double ratePerSecond, ToDoubleFunction<Point> value) {
        for (int i = 1; i < points.size(); i++) {
            var low = points.get(i - 1);
            var high = points.get(i);
            if (ratePerSecond < high.ratePerSecond()) {
                double share = Math.log(ratePerSecond / low.ratePerSecond())
                        / Math.log(high.ratePerSecond() / low.ratePerSecond());
                double from = value.applyAsDouble(low);
                return from * Math.pow(value.applyAsDouble(high) / from, Math.max(0, share));
            }
        }
        return value.applyAsDouble(points.getLast());
    }

    public boolean measures(double ratePerSecond) {
        return ratePerSecond >= points.getFirst().ratePerSecond()
                && ratePerSecond <= points.getLast().ratePerSecond();
    }

    /**
     * The share of a processor that a worker may be given at a rate: what the cap takes there, whatever it was limited by, and no
     * more than the target; between measured rates on the line from one to the next, both logarithmic.
     */
    public double usableCpu(double ratePerSecond) {
        return between(ratePerSecond, this::usableCpu);
    }

    private double usableCpu(Point point) {
        if (point.sources() > 0) {
            return Math.min(target.cpu(), point.sources() * point.costSeconds());
        }
        // one alone is too much: for the processor, or for the latency, whatever it takes
        return point.limit() == Limit.CPU ? target.cpu() : Math.min(target.cpu(), point.costSeconds() / 2);
    }

    private double plannedCpu(Point point) {
        return point.limit() == Limit.LATENCY
                ? usableCpu(point)
                : usableCpu(point) / Math.max(PLAN_MARGIN, 1 + point.relativeError());
    }

    /**
     * The share of a processor that a plan may give a worker at a rate: {@link #usableCpu} over 1.12, or over one and the error of the cost when
     * that is more. Where the latency is the limit it is the same: the cap has a margin of its own.
     */
    public double plannedCpu(double ratePerSecond) {
        return between(ratePerSecond, this::plannedCpu);
    }

    /** How many sources a plan may give one worker at a rate. */
    public int planned(double ratePerSecond) {
        return (int) Math.floor(plannedCpu(ratePerSecond) / costAt(ratePerSecond) + ROUNDING); // saturates
    }

    /** What keeps a worker from more at a rate: its latency, or its processor. */
    public boolean isLatencyTheLimit(double ratePerSecond) {
        return points.stream()
                .min(Comparator.comparingDouble(point -> Math.abs(Math.log(point.ratePerSecond() / ratePerSecond))))
                .filter(point -> point.limit() == Limit.LATENCY)
                .isPresent();
    }

    /** In what this profile is not of here, for people; empty: in nothing. */
    public List<String> strangeTo(Host here, String hereVersion) {
        var differences = new ArrayList<String>();
        if (!host.cpu().equals(here.cpu()) || host.processors() != here.processors()) {
            differences.add("another machine (" + host.cpu() + ", " + Text.count(host.processors(), "processor")
                    + "; this one has " + here.cpu() + ", " + here.processors() + ")");
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
