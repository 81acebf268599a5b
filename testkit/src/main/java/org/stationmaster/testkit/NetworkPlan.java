package org.stationmaster.testkit;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Text;

/**
 * What a {@link StationNetwork} is like. Immutable; made by {@link #builder}, which says what each part is by default.
 *
 * @param protocol {@code tcp-frames}, {@code tcp-lines}, {@code seedlink}, {@code rtcm3}, {@code ntrip}, {@code nmea}, {@code tsip} or {@code gsof}
 * @param sources how many stations, at least 1
 * @param ratePerSecond records of each station, above 0, at most 100,000
 * @param host the address to listen on
 * @param port the first port; 0: any free one
 * @param dial whether the stations call in, at that host and port, in place of listening
 * @param ports how many ports, one after the other; station i listens on port + i mod ports. A port serves at most
 *     20,000
 * @param sizeBytes of a synthetic payload, 64 to 1 MiB (frames, without their length) or 64 KiB (lines, with their
 *     LF) or what the protocol's records hold; not used by a replay
 * @param hello whether the machine says first which source it wants; false needs a port for each source. Always
 *     false of a protocol that has none
 * @param duplex whether the station file says that the stations take commands
 * @param replay what every station sends, once through; null: synthetic payloads, see {@link Stamp}
 * @param loop whether a replay begins again at its end
 * @param answers whether a station answers a command during a replay, too (synthetic stations always do)
 * @param faults what goes wrong
 * @param seed of phases, letters and faults
 * @param clock of every due time and every stamp
 */
public record NetworkPlan(
        String protocol,
        int sources,
        double ratePerSecond,
        String host,
        int port,
        boolean dial,
        int ports,
        int sizeBytes,
        boolean hello,
        boolean duplex,
        @Nullable Path replay,
        boolean loop,
        boolean answers,
        FaultPlan faults,
        long seed,
        Clock clock) {

    /** A client has some 28,000 ports of its own towards one port of ours. */
    private static final int MAX_SOURCES_PER_PORT = 20_000;

    /** Towards half of them and beyond, the kernel looks for a free one for milliseconds, at each connect. */
    private static final int EASY_SOURCES_PER_PORT = 10_000;

    private static final double MAX_RATE = 100_000;

    /** Its records have 512 bytes, whatever is asked for. */
    private static final int MAX_SEEDLINK_BYTES = MiniSeedRecords.RECORD_BYTES;

    /** @throws IllegalArgumentException naming what is out of range and what would do */
    public NetworkPlan {
        boolean isSeedLink = protocol.equals(SeedLinkServer.PROTOCOL);
        require(
                !dial || (!isSeedLink && Wire.of(protocol).greeting("A").length > 0),
                "stations of protocol " + protocol + " do not call in: those of tcp-frames, tcp-lines and ntrip do");
        require(!dial || (ports == 1 && port > 0), "stations call one port, which must be given");
        hello = !dial && (hello || protocol.equals(NtripWire.PROTOCOL)) && tellsStations(protocol);
        duplex = duplex && tellsStations(protocol);
        require(sources >= 1, "sources " + sources + ": at least 1 is needed");
        require(
                ratePerSecond > 0 && ratePerSecond <= MAX_RATE,
                "rate " + ratePerSecond + " is out of range: above 0, at most 100000 per second");
        require(port >= 0 && port <= 65535, "port " + port + " is out of range 1 to 65535 (0: any free one)");
        require(
                ports >= 1 && port + ports - 1 <= 65535,
                "ports " + ports + " from " + port + " on are out of range: at least 1, none above 65535");
        require(ports <= sources, "ports " + ports + " are more than the " + Text.count(sources, "source"));
        int needed = Math.ceilDiv(sources, MAX_SOURCES_PER_PORT);
        require(
                ports >= needed,
                Text.count(sources, "source") + " on " + Text.count(ports, "port") + ": a port serves up to "
                        + MAX_SOURCES_PER_PORT + ", so give at least --ports " + needed);
        int maxSizeBytes = isSeedLink ? MAX_SEEDLINK_BYTES : Wire.of(protocol).maxSizeBytes();
        require(
                sizeBytes >= Stamp.MAX_BYTES && sizeBytes <= maxSizeBytes,
                "size " + sizeBytes + " is out of range " + Stamp.MAX_BYTES + " to " + maxSizeBytes + " bytes");
        require(
                hello || dial || ports == sources,
                "without a hello each source needs a port of its own: " + Text.count(sources, "source") + ", "
                        + Text.count(ports, "port"));
        require(
                !new InetSocketAddress(host, port).isUnresolved(),
                "host '" + host + "' is no address of this machine: it cannot be resolved");
    }

    /** On how many ports so many stations of a protocol with a hello are reached quickly. */
    public static int ports(int sources) {
        return Math.ceilDiv(sources, EASY_SOURCES_PER_PORT);
    }

    /** Whether one port can serve several stations: the machine says which it wants. */
    private static boolean tellsStations(String protocol) {
        return protocol.equals(SeedLinkServer.PROTOCOL) || Wire.of(protocol).hasHello();
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** A plan for one station at 1 Hz on any free port of the loopback, until it is told otherwise. */
    public static Builder builder(String protocol) {
        return new Builder(protocol);
    }

    /** Collects a plan. Not thread-safe. */
    public static final class Builder {
        private static final int UNSET = Integer.MIN_VALUE;

        private final String protocol;
        private int sources = 1;
        private double ratePerSecond = 1;
        private String host = "127.0.0.1";
        private int port;
        private boolean dial;
        private int ports = UNSET;
        private int sizeBytes = 200;
        private boolean hello = true;
        private boolean duplex = true;
        private @Nullable Path replay;
        private boolean loop;
        private boolean answers;
        private FaultPlan faults = FaultPlan.NONE;
        private long seed = 1;
        private Clock clock = Clock.SYSTEM;

        private Builder(String protocol) {
            this.protocol = protocol;
        }

        /** How many stations; default 1. */
        public Builder sources(int count) {
            sources = count;
            return this;
        }

        /** Records per second of each station; default 1. */
        public Builder rate(double perSecond) {
            ratePerSecond = perSecond;
            return this;
        }

        /** The address to listen on; default 127.0.0.1. */
        public Builder host(String address) {
            host = address;
            return this;
        }

        /** The first port; default 0, any free one. */
        public Builder port(int first) {
            port = first;
            return this;
        }

        /** Whether the stations call in at {@link #host} and {@link #port}; default false, they listen there. */
        public Builder dial(boolean calls) {
            dial = calls;
            return this;
        }

        /** How many ports; default 1, or one for each station when the protocol has no hello. */
        public Builder ports(int count) {
            ports = count;
            return this;
        }

        /** The size of a synthetic payload; default 200. */
        public Builder sizeBytes(int bytes) {
            sizeBytes = bytes;
            return this;
        }

        /** Whether the machine says hello first; default true. */
        public Builder hello(boolean expected) {
            hello = expected;
            return this;
        }

        /** Whether the station file says that the stations take commands; default true. */
        public Builder duplex(boolean told) {
            duplex = told;
            return this;
        }

        /** Sends a recording in place of synthetic payloads. */
        public Builder replay(@Nullable Path file) {
            replay = file;
            return this;
        }

        /** Begins a replay again at its end; default false. */
        public Builder loop(boolean again) {
            loop = again;
            return this;
        }

        /** Answers commands during a replay, too; default false. */
        public Builder answers(boolean inReplay) {
            answers = inReplay;
            return this;
        }

        /** What goes wrong; default nothing. */
        public Builder faults(FaultPlan plan) {
            faults = plan;
            return this;
        }

        /** The seed; default 1. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** The clock; default the system's. */
        public Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /** @throws IllegalArgumentException naming what is out of range and what would do */
        public NetworkPlan build() {
            int portsNeeded = tellsStations(protocol) ? 1 : sources;
            return new NetworkPlan(
                    protocol,
                    sources,
                    ratePerSecond,
                    host,
                    port,
                    dial,
                    ports == UNSET ? portsNeeded : ports,
                    sizeBytes,
                    hello,
                    duplex,
                    replay,
                    loop,
                    answers,
                    faults,
                    seed,
                    clock);
        }
    }
}
