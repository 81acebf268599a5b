package org.stationmaster.core.api;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where data comes from, with its metadata: one station. Immutable; two sources are equal when all of their
 * metadata is, and only a difference makes an activation start a new epoch.
 *
 * @param id unique in the machine
 * @param protocol the name of a protocol, for instance {@code tcp-lines}; it means what the scheduler makes of it
 * @param host name or address of the station; empty: the station calls, see {@link #isDialIn}
 * @param port 1 to 65535; 0: the station calls
 * @param ratePerSecond records per second (the origin's f), above 0; empty: unknown
 * @param groups for filters; sorted
 * @param attributes free text for people and sinks; sorted
 * @param enabled false: known, shown, not assigned
 * @param silenceSeconds seconds without a decoded record after which the connection is given up, 0.001 to 10,000,000; empty:
 *     derived from the rate, see {@link #silence()}
 * @param connectTimeoutMillis 1 to 600,000
 * @param tls null: plain TCP
 * @param user name for a login, or null
 * @param password secret for a login, or null
 * @param frameLimitBytes the largest frame or line accepted, 1 to 1 GiB; 0: the protocol's own limit
 * @param options what belongs to the protocol alone ({@code hello}, {@code duplex} …), by key; values are text,
 *     {@code true} and {@code false} for switches; sorted
 */
public record Source(
        SourceId id,
        String protocol,
        String host,
        int port,
        OptionalDouble ratePerSecond,
        Set<String> groups,
        Map<String, String> attributes,
        boolean enabled,
        OptionalDouble silenceSeconds,
        int connectTimeoutMillis,
        @Nullable Tls tls,
        @Nullable String user,
        @Nullable Secret password,
        int frameLimitBytes,
        Map<String, String> options) {

    /** The connect limit unless the source sets its own. */
    public static final int DEFAULT_CONNECT_TIMEOUT_MILLIS = 10_000;

    private static final int MAX_FRAME_LIMIT_BYTES = 1 << 30;
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(5);
    private static final Duration SILENCE_WITHOUT_RATE = Duration.ofSeconds(300);
    private static final double PERIODS_OF_SILENCE = 5.0;

    /** @throws InvalidSourceException naming the field that is out of range */
    public Source {
        require(!protocol.isBlank(), "protocol", "protocol is empty");
        boolean calls = host.isEmpty() && port == 0;
        require(
                calls || (!host.isBlank() && host.length() <= 253),
                "host",
                "host is empty or longer than 253 characters");
        require(host.chars().noneMatch(c -> c <= ' ' || c == '/' || c == 127), "host", "host holds a blank or '/'");
        require(calls || (port >= 1 && port <= 65535), "port", "port " + port + " is out of range 1 to 65535");
        ratePerSecond.ifPresent(rate -> require(
                rate > 0 && rate <= 1e6,
                "rate",
                "rate " + rate + " is out of range: above 0, at most 1000000 per second"));
        silenceSeconds.ifPresent(seconds -> require(
                seconds >= 0.001 && seconds <= 1e7,
                "silenceSeconds",
                "silenceSeconds " + seconds + " is out of range 0.001 to 10000000"));
        require(
                connectTimeoutMillis >= 1 && connectTimeoutMillis <= 600_000,
                "connectTimeoutMillis",
                "connectTimeoutMillis " + connectTimeoutMillis + " is out of range 1 to 600000");
        require(
                frameLimitBytes >= 0 && frameLimitBytes <= MAX_FRAME_LIMIT_BYTES,
                "frameLimitBytes",
                "frameLimitBytes " + frameLimitBytes + " is out of range 1 to " + MAX_FRAME_LIMIT_BYTES);
        groups = java.util.Collections.unmodifiableSet(new TreeSet<>(groups));
        attributes = java.util.Collections.unmodifiableMap(new TreeMap<>(attributes));
        options = java.util.Collections.unmodifiableMap(new TreeMap<>(options));
    }

    private static void require(boolean holds, String field, String message) {
        if (!holds) {
            throw new InvalidSourceException(field, message);
        }
    }

    /** A source with only what is required. */
    public static Source of(String id, String protocol, String host, int port) {
        return builder(id, protocol, host, port).build();
    }

    /** Starts a source from what is required; everything else has its default. */
    public static Builder builder(String id, String protocol, String host, int port) {
        return new Builder(new SourceId(id), protocol, host, port);
    }

    /** Starts a source whose station calls in. */
    public static Builder dialIn(String id, String protocol) {
        return new Builder(new SourceId(id), protocol, "", 0);
    }

    /** Whether the station connects to the machine, see {@link Protocol#dialIn}; then there is no host and no port. */
    public boolean isDialIn() {
        return port == 0;
    }

    /**
     * How long the source may go without a decoded record: {@code silenceSeconds} when given, else
     * {@code max(5 s, 5 / rate)}, else 300 s.
     */
    public Duration silence() {
        if (silenceSeconds.isPresent()) {
            return Duration.ofNanos((long) (silenceSeconds.getAsDouble() * 1e9));
        }
        if (ratePerSecond.isEmpty()) {
            return SILENCE_WITHOUT_RATE;
        }
        var periods = Duration.ofNanos((long) (PERIODS_OF_SILENCE / ratePerSecond.getAsDouble() * 1e9));
        return periods.compareTo(SHORTEST_SILENCE) > 0 ? periods : SHORTEST_SILENCE;
    }

    /** Whether the protocol's switch {@code key} is on. */
    public boolean isOn(String key) {
        return "true".equals(options.get(key));
    }

    /** Collects the optional metadata of a source. Not thread-safe. */
    public static final class Builder {
        private final SourceId id;
        private final String protocol;
        private final String host;
        private final int port;
        private final Set<String> groups = new TreeSet<>();
        private final Map<String, String> attributes = new TreeMap<>();
        private final Map<String, String> options = new TreeMap<>();
        private OptionalDouble ratePerSecond = OptionalDouble.empty();
        private OptionalDouble silenceSeconds = OptionalDouble.empty();
        private boolean enabled = true;
        private int connectTimeoutMillis = DEFAULT_CONNECT_TIMEOUT_MILLIS;
        private @Nullable Tls tls;
        private @Nullable String user;
        private @Nullable Secret password;
        private int frameLimitBytes;

        private Builder(SourceId id, String protocol, String host, int port) {
            this.id = id;
            this.protocol = protocol;
            this.host = host;
            this.port = port;
        }

        /** Records per second. */
        public Builder rate(double perSecond) {
            ratePerSecond = OptionalDouble.of(perSecond);
            return this;
        }

        public Builder group(String group) {
            groups.add(group);
            return this;
        }

        public Builder attribute(String key, String value) {
            attributes.put(key, value);
            return this;
        }

        /** Sets a key that belongs to the protocol. */
        public Builder option(String key, String value) {
            options.put(key, value);
            return this;
        }

        public Builder enabled(boolean value) {
            enabled = value;
            return this;
        }

        public Builder silenceSeconds(double seconds) {
            silenceSeconds = OptionalDouble.of(seconds);
            return this;
        }

        public Builder connectTimeoutMillis(int millis) {
            connectTimeoutMillis = millis;
            return this;
        }

        public Builder tls(Tls value) {
            tls = value;
            return this;
        }

        public Builder user(String value) {
            user = value;
            return this;
        }

        public Builder password(Secret value) {
            password = value;
            return this;
        }

        public Builder frameLimitBytes(int bytes) {
            frameLimitBytes = bytes;
            return this;
        }

        /** @throws InvalidSourceException naming the field that is out of range */
        public Source build() {
            return new Source(
                    id,
                    protocol,
                    host,
                    port,
                    ratePerSecond,
                    groups,
                    attributes,
                    enabled,
                    silenceSeconds,
                    connectTimeoutMillis,
                    tls,
                    user,
                    password,
                    frameLimitBytes,
                    options);
        }
    }
}
