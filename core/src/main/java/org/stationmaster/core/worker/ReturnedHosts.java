package org.stationmaster.core.worker;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Hosts that could not be reached and were reached again. One return is news once in the longest backoff: a host where some
 * ports come and go does not make the others ask more often than twice as often. On the loop.
 */
final class ReturnedHosts {
    private static final int MOST = 10_000;

    /** When each was news last, by its name in small letters; the one asked for longest ago first. */
    private final Map<String, Long> returnedNanos = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST;
        }
    };

    /** Whether this is the first return of late. */
    boolean isNews(String host, long nowNanos) {
        var name = host.toLowerCase(Locale.ROOT);
        Long before = returnedNanos.get(name);
        if (before != null && nowNanos - before < Backoff.LONGEST_NANOS) {
            return false;
        }
        returnedNanos.put(name, nowNanos);
        return true;
    }
}
