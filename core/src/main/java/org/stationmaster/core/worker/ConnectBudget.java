package org.stationmaster.core.worker;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many connects a worker may begin towards one host and port: a token bucket each, so that a restart does not
 * hammer a caster. The share of a worker is the machine's rate divided by its workers.
 */
final class ConnectBudget {
    /** A bucket that is full again says nothing; past this many, such are forgotten. */
    private static final int KEPT = 4096;

    private final Rate remote;
    private final Rate loopback;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>();

    /**
     * @param perSecond tokens a second, above 0
     * @param burst tokens that a rested bucket holds, at least 1
     */
    record Rate(double perSecond, double burst) {
        /** This worker's share, when {@code workers} share it. */
        Rate share(int workers) {
            return new Rate(perSecond / workers, Math.max(1, burst / workers));
        }
    }

    private static final class Bucket {
        private double tokens;
        private long filledNanos;

        private Bucket(double tokens, long nowNanos) {
            this.tokens = tokens;
            this.filledNanos = nowNanos;
        }
    }

    ConnectBudget(Rate remote, Rate loopback) {
        this.remote = remote;
        this.loopback = loopback;
    }

    /** Takes one token, or tells the caller to ask again later. */
    boolean tryTake(String host, int port, long nowNanos) {
        var rate = isLoopback(host) ? loopback : remote;
        var key = host + ":" + port;
        var bucket = buckets.get(key);
        if (bucket == null) {
            forgetFull(nowNanos);
            bucket = new Bucket(rate.burst(), nowNanos);
            buckets.put(key, bucket);
        }
        fill(bucket, rate, nowNanos);
        if (bucket.tokens < 1) {
            return false;
        }
        bucket.tokens--;
        return true;
    }

    private static void fill(Bucket bucket, Rate rate, long nowNanos) {
        double gained = (nowNanos - bucket.filledNanos) / 1e9 * rate.perSecond();
        bucket.tokens = Math.min(rate.burst(), bucket.tokens + gained);
        bucket.filledNanos = nowNanos;
    }

    private void forgetFull(long nowNanos) {
        if (buckets.size() < KEPT) {
            return;
        }
        double slowestFillSeconds =
                Math.max(remote.burst() / remote.perSecond(), loopback.burst() / loopback.perSecond());
        buckets.values().removeIf(bucket -> (nowNanos - bucket.filledNanos) / 1e9 >= slowestFillSeconds);
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
    }
}
