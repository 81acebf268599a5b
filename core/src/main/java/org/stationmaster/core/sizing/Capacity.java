package org.stationmaster.core.sizing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Source;

/**
 * What the workers of a machine may be given, by the profiles of its protocols. Without any: what sources cost by default, and no
 * limit.
 */
public final class Capacity {
    /** Nothing was measured. */
    public static final Capacity UNKNOWN = new Capacity(Map.of());

    private static final double ROUNDING = 1 + 1e-9;

    /** What a source counts for of which no worker carries even one. */
    private static final double MOST = 1e6;

    private final Map<String, Profile> byProtocol;
    private final double limit;

    private Capacity(Map<String, Profile> byProtocol) {
        this.byProtocol = byProtocol;
        this.limit = byProtocol.values().stream()
                .mapToDouble(profile -> profile.target().cpu())
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    /** @param profiles one a protocol; the first also serves the protocols without one */
    public static Capacity of(List<Profile> profiles) {
        var map = new LinkedHashMap<String, Profile>();
        profiles.forEach(profile -> map.put(profile.protocol(), profile));
        return map.isEmpty() ? UNKNOWN : new Capacity(map);
    }

    /**
     * What a source counts for, in CPU seconds per second: what it takes, and more where the latency lets a worker use less of
     * its processor. Finite: it is added and taken away again.
     */
    public double charge(Source source) {
        double rate = rate(source);
        var profile = profile(source.protocol());
        return profile == null
                ? Cost.DEFAULT.at(rate)
                : Math.min(MOST, limit * profile.costAt(rate) / profile.usableCpu(rate));
    }

    /** CPU seconds per second that a source takes, as it was measured. */
    public double cost(Source source) {
        double rate = rate(source);
        var profile = profile(source.protocol());
        return profile == null ? Cost.DEFAULT.at(rate) : profile.costAt(rate);
    }

    /**
     * What one more such source adds to the charge of its worker: {@link #charge} less what the worker takes for itself, of which
     * each source has its part in the charge.
     */
    public double marginalCharge(Source source) {
        double rate = rate(source);
        var profile = profile(source.protocol());
        return profile == null ? charge(source) : charge(source) * profile.marginalAt(rate) / profile.costAt(rate);
    }

    /** The error of what such a source was measured to cost, as a share of it. */
    public double relativeError(Source source) {
        var profile = profile(source.protocol());
        return profile == null ? 0 : profile.relativeErrorAt(rate(source));
    }

    /** What keeps a worker from more such sources, for people: its target CPU, or what its target latency leaves of it. */
    public String limitFor(Source source) {
        double rate = rate(source);
        var profile = profile(source.protocol());
        if (profile == null) {
            return "";
        }
        return (profile.isLatencyTheLimit(rate) ? "its target latency" : "its target") + " allows a worker "
                + Math.round(100 * profile.usableCpu(rate)) + " % of a processor at " + SizePlan.text(rate) + " Hz";
    }

    /** The share of a processor that a worker may be given for sources such as this one. */
    public double usableCpu(Source source) {
        var profile = profile(source.protocol());
        return profile == null ? limit : profile.usableCpu(rate(source));
    }

    private static double rate(Source source) {
        return source.ratePerSecond().orElse(Cost.UNKNOWN_RATE_PER_SECOND);
    }

    private @Nullable Profile profile(String protocol) {
        var own = byProtocol.get(protocol);
        return own != null || byProtocol.isEmpty()
                ? own
                : byProtocol.values().iterator().next();
    }

    /** CPU seconds per second that a worker may be given; infinite when that is not known. */
    public double limit() {
        return limit;
    }

    /** The same and a rounding error: a worker that is given just its limit is not over it. */
    public double ceiling() {
        return limit * ROUNDING;
    }

    public boolean isKnown() {
        return !byProtocol.isEmpty();
    }
}
