package org.stationmaster.server;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How many requests a client may make: so many a second, twice as many at once. Clients are told apart by their address; the
 * last thousand are remembered. Safe from any thread.
 */
final class RequestBudget {
    static final int PER_SECOND = 1_000;
    private static final int BURST_SECONDS = 2;
    private static final int CLIENTS = 1_024;

    private final double perSecond;
    private final LongSupplier nanoTime;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > CLIENTS;
        }
    };

    private static final class Bucket {
        private double left;
        private long filledNanos;

        private Bucket(double left, long filledNanos) {
            this.left = left;
            this.filledNanos = filledNanos;
        }
    }

    RequestBudget(double perSecond, LongSupplier nanoTime) {
        this.perSecond = perSecond;
        this.nanoTime = nanoTime;
    }

    /** Takes one; false when the client has none left. */
    synchronized boolean take(String client) {
        double most = perSecond * BURST_SECONDS;
        long now = nanoTime.getAsLong();
        var bucket = buckets.computeIfAbsent(client, _ -> new Bucket(most, now));
        bucket.left = Math.min(most, bucket.left + (now - bucket.filledNanos) / 1e9 * perSecond);
        bucket.filledNanos = now;
        if (bucket.left < 1) {
            return false;
        }
        bucket.left--;
        return true;
    }
}
