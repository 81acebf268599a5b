package org.stationmaster.stations.seedlink;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.stationmaster.core.api.Slot;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;

/**
 * What one source wants of a server, and how far it has come: lives as long as the source's activation, over its
 * reconnects. On the worker's loop.
 */
final class Subscription {
    private static final DateTimeFormatter TIME_3 =
            DateTimeFormatter.ofPattern("uuuu,MM,dd,HH,mm,ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter TIME_4 = DateTimeFormatter.ISO_INSTANT;

    /** Channels do not end at the same moment: asked by time, some records come again rather than that one is left out. */
    private static final Duration SLACK = Duration.ofMinutes(1);

    /** Empty: whatever station the server has (uni-station). */
    final String network;

    final String station;
    private final List<String> selectors;
    private final Resume resume;
    private final Continuity continuity = new Continuity();
    private long token = StationRecord.UNKNOWN;
    private long latestNanos = StationRecord.UNKNOWN;
    private boolean looked;

    Subscription(Source source) {
        var options = source.options();
        network = options.getOrDefault(SeedLink.NETWORK, "");
        station = options.getOrDefault(SeedLink.STATION, "");
        var list = options.getOrDefault(SeedLink.SELECTORS, "");
        selectors = list.isEmpty() ? List.of() : List.of(list.split(","));
        resume = Resume.parse(options.get(SeedLink.RESUME));
    }

    boolean isAnyStation() {
        return station.isEmpty();
    }

    /** {@code NET_STA}. */
    String id() {
        return network + '_' + station;
    }

    /** The commands that ask for it, in their order. */
    List<String> commands(int version, Slot slot) {
        var commands = new ArrayList<String>();
        if (!isAnyStation()) {
            commands.add("STATION " + (version == 3 ? station + ' ' + network : id()));
        }
        for (var selector : selectors) {
            commands.add("SELECT " + (version == 3 ? selector : Selectors.version4(selector)));
        }
        commands.add(start(version, slot));
        return commands;
    }

    private String start(int version, Slot slot) {
        if (!looked) {
            looked = true;
            token = slot.lastPosition();
            latestNanos = slot.lastEventNanos();
            continuity.goOnFrom(latestNanos);
        }
        boolean isKept = token != StationRecord.UNKNOWN;
        return switch (resume) {
            case Resume.Now _ -> "DATA";
            case Resume.Last _, Resume.Earliest _, Resume.At _ when isKept -> behindTheLast(version);
            case Resume.Last _ -> "DATA";
            case Resume.Earliest _ -> version == 3 ? since(version, Instant.EPOCH) : "DATA ALL";
            case Resume.At(var time) -> since(version, time);
        };
    }

    private String behindTheLast(int version) {
        if (Token.isOf(version, token)) {
            long next = Token.next(version, token);
            return version == 3 ? String.format(Locale.ROOT, "DATA %06X", next) : "DATA " + next;
        }
        // a number of the other version means nothing here, but the time does
        return latestNanos == StationRecord.UNKNOWN
                ? "DATA"
                : since(version, Instant.ofEpochSecond(0, latestNanos).minus(SLACK));
    }

    private static String since(int version, Instant time) {
        return version == 3
                ? "TIME " + TIME_3.format(time)
                : "DATA ALL " + TIME_4.format(time.truncatedTo(ChronoUnit.SECONDS));
    }

    /** Counts what is odd about the record, and remembers it as the last. */
    void received(int version, long sequence, MiniSeedHeader record, Slot slot) {
        boolean isBack = Token.isOf(version, token) && !Token.isAhead(version, token, sequence);
        long before = token;
        token = Token.of(version, sequence);
        long receivedNanos = slot.receivedNanos();
        if (!Continuity.isAhead(record, receivedNanos)) {
            latestNanos = Math.max(latestNanos, record.endNanos());
        }
        switch (continuity.step(record, receivedNanos)) {
            case FOLLOWS -> {
                if (isBack) {
                    slot.odd(
                            Slot.Oddity.OVERLAP,
                            () -> record.codes() + ": sequence number " + sequence + " after "
                                    + (before & ~Token.of(3, 0)));
                }
            }
            case GAP ->
                slot.odd(
                        Slot.Oddity.GAP,
                        () -> record.codes() + ": no record for " + continuity.gapNanos() / 1_000_000 + " ms before "
                                + Instant.ofEpochSecond(0, record.startNanos()));
            case OVERLAP ->
                slot.odd(
                        Slot.Oddity.OVERLAP,
                        () -> record.codes() + ": a record is late, comes again or overlaps: it begins "
                                + -continuity.gapNanos() / 1_000_000 + " ms before the last one's end, at "
                                + Instant.ofEpochSecond(0, record.startNanos()));
        }
    }
}
