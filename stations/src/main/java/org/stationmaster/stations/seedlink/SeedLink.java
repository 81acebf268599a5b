package org.stationmaster.stations.seedlink;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Discovery;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;

/**
 * {@code seedlink}: a client of SeedLink 3 and 4, whichever the server has. A record is one miniSEED record, as it came;
 * its event time is that of its last sample, its position the sequence number.
 */
public final class SeedLink implements Protocol {
    static final String NAME = "seedlink";
    static final String NETWORK = "network";
    static final String STATION = "station";
    static final String SELECTORS = "selectors";
    static final String RESUME = "resume";
    static final String VERSION = "version";
    static final String CONNECTION = "connection";
    private static final Pattern CODE = Pattern.compile("[A-Z0-9]{1,8}");
    /** Of records in the archive. */
    static final int MOST_RECORD_BYTES = 16 << 20;

    private static final int MAX_SELECTORS = 100;
    private static final int MAX_CONNECTION_CHARACTERS = 64;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option(
                        NETWORK, Option.Type.TEXT, "the network's code; without it whatever one-station server sends"),
                new Option(STATION, Option.Type.TEXT, "the station's code"),
                new Option(SELECTORS, Option.Type.LIST, "streams such as BHZ or 00HH?; none: all"),
                new Option(RESUME, Option.Type.TEXT, "last, earliest, now, or a time"),
                new Option(VERSION, Option.Type.TEXT, "auto, 3 or 4"),
                new Option(
                        CONNECTION, Option.Type.TEXT, "sources of one server with the same name share a connection"));
    }

    @Override
    public ArchiveForm archiveForm() {
        return new ArchiveForm.Sds(
                SdsStream::new, new ArchiveForm.Framing.SelfDelimiting(() -> new MiniSeedDecoder(MOST_RECORD_BYTES)));
    }

    @Override
    public Discovery discovery() {
        return new SeedLinkDiscovery();
    }

    @Override
    public Task taskFor(Source source) {
        if (isOneStation(source)) {
            var subscription = new Subscription(source);
            return Task.events((slot, connection) -> new SeedLinkSession(new Member(slot, subscription), connection));
        }
        return new SeedLinkTask(source);
    }

    private static boolean isOneStation(Source source) {
        return !source.options().containsKey(STATION);
    }

    @Override
    public @Nullable String connectionKey(Source source) {
        return isOneStation(source) ? null : source.host() + ':' + source.port() + '\n' + SeedLinkTask.key(source);
    }

    @Override
    public void validate(Source source) {
        var options = source.options();
        var network = options.get(NETWORK);
        var station = options.get(STATION);
        var version = options.getOrDefault(VERSION, "auto");
        require(
                (network == null) == (station == null),
                network == null ? NETWORK : STATION,
                "network and station go together: give both, or none for a server of one station");
        require(
                source.frameLimitBytes() <= MOST_RECORD_BYTES,
                "frameLimitBytes",
                "frameLimitBytes " + source.frameLimitBytes() + ": records have at most " + MOST_RECORD_BYTES
                        + " bytes");
        requireCode(NETWORK, network);
        requireCode(STATION, station);
        require(List.of("auto", "3", "4").contains(version), VERSION, "version '" + version + "' must be auto, 3 or 4");
        require(
                station != null || !version.equals("4"),
                STATION,
                "version 4 has no servers of one station: give network and station");
        var selectors = options.getOrDefault(SELECTORS, "");
        var list = selectors.isEmpty() ? List.<String>of() : List.of(selectors.split(",", -1));
        require(
                list.size() <= MAX_SELECTORS,
                SELECTORS,
                list.size() + " selectors: at most " + MAX_SELECTORS + ", use '?' in them");
        for (var selector : list) {
            require(
                    Selectors.isSelector(selector),
                    SELECTORS,
                    "selector '" + selector + "' must be like BHZ, 00HH?, !LOG or --BHZ.D");
        }
        var _ = Resume.parse(options.get(RESUME));
        var connection = options.getOrDefault(CONNECTION, "a");
        require(
                !connection.isBlank() && connection.length() <= MAX_CONNECTION_CHARACTERS,
                CONNECTION,
                "connection must be a name of up to " + MAX_CONNECTION_CHARACTERS + " characters");
        require(
                isLine(source.user())
                        && (source.password() == null
                                || isLine(source.password().reveal())),
                "user",
                "user and password must be without blanks: they go into one line to the server");
        require(
                source.user() == null || source.password() != null,
                "password",
                "user and password go together; a password alone is a token (JWT)");
        require(
                source.password() == null || (station != null && !version.equals("3")),
                "user",
                "version 3 has no login: take user and password away, or let version be auto or 4");
    }

    private static boolean isLine(@Nullable String text) {
        return text == null || (!text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 127));
    }

    private static void requireCode(String key, @Nullable String code) {
        require(
                code == null || CODE.matcher(code).matches(),
                key,
                key + " '" + code + "' must be 1 to 8 of A-Z and 0-9");
    }

    private static void require(boolean holds, String field, String message) {
        if (!holds) {
            throw new InvalidSourceException(field, message);
        }
    }
}
