package org.stationmaster.core.sizing;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.sizing.Profile.Limit;

/** Profiles made up for tests. */
final class Profiles {
    static final Profile.Host HOST = new Profile.Host("CPU", 4, "Linux", "25");

    private Profiles() {}

    static Profile.Point point(double rate, double costMicros) {
        return point(rate, costMicros, Limit.CPU);
    }

    static Profile.Point point(double rate, double costMicros, Limit limit) {
        int cap = (int) (0.5e6 / costMicros);
        return new Profile.Point(rate, cap, cap, cap, cap, costMicros / 1e6, 0.02, 100, limit);
    }

    static Profile of(Profile.Point... points) {
        return of("archive", points);
    }

    static Profile of(String sink, Profile.Point... points) {
        return of(0.5, sink, points);
    }

    static Profile of(double targetCpu, String sink, Profile.Point... points) {
        return new Profile(
                "1",
                Instant.EPOCH,
                HOST,
                "tcp-frames",
                sink,
                Isolation.PROCESSES,
                196,
                new Profile.Target(targetCpu, 250),
                new Profile.Memory(1_000_000, 1_000),
                List.copyOf(Arrays.asList(points)),
                "");
    }
}
