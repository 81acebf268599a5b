package org.stationmaster.core.sizing;

/**
 * Sources of one kind that a machine must carry.
 *
 * @param sources at least 1; asked for at most {@link #MAX_SOURCES}
 * @param ratePerSecond above 0, at most {@link #MAX_RATE_PER_SECOND}
 * @param protocol what they speak
 * @param profile what they are taken to cost: measured with their protocol, or with another for want of one
 */
public record Demand(int sources, double ratePerSecond, String protocol, Profile profile) {
    public static final int MAX_SOURCES = 100_000_000;
    public static final double MAX_RATE_PER_SECOND = 100_000;

    public Demand {
        if (sources < 1) {
            throw new IllegalArgumentException("sources " + sources + " is out of range: at least 1");
        }
        if (!(ratePerSecond > 0 && ratePerSecond <= MAX_RATE_PER_SECOND)) {
            throw new IllegalArgumentException("rate " + ratePerSecond + " is out of range: above 0, at most "
                    + (int) MAX_RATE_PER_SECOND + " Hz");
        }
    }

    /** Of the protocol that was measured. */
    public Demand(int sources, double ratePerSecond, Profile profile) {
        this(sources, ratePerSecond, profile.protocol(), profile);
    }

    /** The share that one of them takes of what a plan may give a worker. */
    double share() {
        return costSeconds() / profile.plannedCpu(ratePerSecond);
    }

    /** CPU seconds per second of one of them. */
    public double costSeconds() {
        return profile.costAt(ratePerSecond);
    }

    Demand times(double factor) {
        return new Demand(Math.toIntExact((long) Math.ceil(sources * factor - 1e-9)), ratePerSecond, protocol, profile);
    }

    /** Its part on one of so many hosts, rounded up. */
    Demand on(int hosts) {
        return new Demand(Math.ceilDiv(sources, hosts), ratePerSecond, protocol, profile);
    }
}
