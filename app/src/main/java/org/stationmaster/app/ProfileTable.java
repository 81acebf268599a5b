package org.stationmaster.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.stationmaster.core.sizing.Profile;

/** A profile for people: a row for each rate, the fit, the memory. Stateless. */
final class ProfileTable {
    private ProfileTable() {}

    static List<String> lines(Profile profile) {
        var lines = new ArrayList<String>();
        lines.add(String.format(
                Locale.ROOT,
                "%8s %10s %19s %17s %9s  %s",
                "rate",
                "a worker",
                "between",
                "µs CPU/s each",
                "p99 ms",
                "limit"));
        for (var point : profile.points()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%5s Hz %10s %19s %17s %9.0f  %s",
                    Rates.text(point.ratePerSecond()),
                    Numbers.count(point.sources()),
                    Numbers.count(point.sourcesLow()) + "–" + Numbers.count(point.sourcesHigh()),
                    String.format(
                            Locale.ROOT, "%.1f ± %.0f %%", point.costSeconds() * 1e6, 100 * point.relativeError()),
                    point.latencyP99Millis(),
                    limit(point)));
        }
        var fit = profile.fit();
        lines.add(String.format(
                Locale.ROOT,
                "fit: (%.2f ± %.2f) + (%.2f ± %.2f) · f%s µs of CPU a second%s",
                fit.cost().perSource() * 1e6,
                fit.perSourceError() * 1e6,
                fit.cost().perRecord() * 1e6,
                fit.perRecordError() * 1e6,
                fit.cost().perDelivery() == 0
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                " + (%.2f ± %.2f) · min(f, 5)",
                                fit.cost().perDelivery() * 1e6,
                                fit.perDeliveryError() * 1e6),
                profile.points().size() <= 2 // any two are on a line
                        ? ""
                        : String.format(Locale.ROOT, "; the farthest point is %.1f %% off", 100 * fit.worstError())));
        lines.add("memory: " + Numbers.bytes((double) profile.memory().baseBytes()) + " and "
                + Numbers.bytes((double) profile.memory().perSourceBytes()) + " a source");
        if (!profile.noisy().isEmpty()) {
            lines.add("too noisy: " + profile.noisy() + "; calibrate again when nothing else runs");
        }
        return lines;
    }

    private static String limit(Profile.Point point) {
        return switch (point.limit()) {
            case CPU -> "processor";
            case LATENCY -> "latency";
            case TIME -> "from the cost: the time was over at " + Numbers.count(point.measuredSources());
            case STATIONS -> "from the cost: " + Numbers.count(point.measuredSources()) + " could be simulated";
            case GENERATOR -> "from the cost: the simulator was full at " + Numbers.count(point.measuredSources());
        };
    }
}
