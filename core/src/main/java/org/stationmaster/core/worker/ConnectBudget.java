package org.stationmaster.core.worker;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * How many connects a worker may begin towards one host and port: a token bucket each, so that a restart does not
 * hammer a caster. The share of a worker is the machine's rate divided by its workers.
 */
final class ConnectBudget {
    private final Rate remote;
    private final Rate loopback;
    /** The one asked longest ago first. */
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

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
        private final Rate rate;
        private double tokens;
        private long filledNanos;

        private Bucket(Rate rate, long nowNanos) {
            this.rate = rate;
            this.tokens = rate.burst();
            this.filledNanos = nowNanos;
        }

        private double tokensAt(long nowNanos) {
            return Math.min(rate.burst(), tokens + (nowNanos - filledNanos) / 1e9 * rate.perSecond());
        }

        private boolean tryTake(long nowNanos) {
            tokens = tokensAt(nowNanos);
            filledNanos = nowNanos;
            if (tokens < 1) {
                return false;
            }
            tokens--;
            return true;
        }
    }

    ConnectBudget(Rate remote, Rate loopback) {
        this.remote = remote;
        this.loopback = loopback;
    }

    /** Takes one token, or tells the caller to ask again later. */
    boolean tryTake(String host, int port, long nowNanos) {
        var key = host.toLowerCase(Locale.ROOT) + ":" + port;
        var bucket = buckets.get(key);
        if (bucket == null) {
            forgetFull(nowNanos);
            bucket = new Bucket(isLoopback(host) ? loopback : remote, nowNanos);
            buckets.put(key, bucket);
        }
        return bucket.tryTake(nowNanos);
    }

    /** A bucket that is full again says nothing. Looks at the eldest only: a newcomer costs no walk through all. */
    private void forgetFull(long nowNanos) {
        var eldest = buckets.values().iterator();
        while (eldest.hasNext()) {
            var bucket = eldest.next();
            if (bucket.tokensAt(nowNanos) < bucket.rate.burst()) {
                return;
            }
            eldest.remove();
        }
    }

    /** Buckets that are kept. */
    int kept() {
        return buckets.size();
    }

    /** By its name or address alone: nobody is asked. */
    private static boolean isLoopback(String host) {
        var address = NetUtil.createByteArrayFromIpAddressString(host);
        try {
            return address == null
                    ? host.equalsIgnoreCase("localhost")
                    : InetAddress.getByAddress(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
