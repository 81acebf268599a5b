package org.stationmaster.stations;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.DialIn;
import org.stationmaster.core.api.Discovery;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;

/**
 * {@code ntrip}: a client of NTRIP casters, versions 1 and 2 (RTCM 10410.1), and the caster that stations push to. A record is one frame of RTCM 3, as of
 * {@link Rtcm3}; commands say where we are.
 */
public final class Ntrip implements Protocol {
    static final String NAME = "ntrip";
    static final String MOUNTPOINT = "mountpoint";
    static final String VERSION = "version";
    static final String AUTO = "auto";
    static final String GGA_SECONDS = "gga.intervalSeconds";
    static final String GGA_LATITUDE = "gga.latitude";
    static final String GGA_LONGITUDE = "gga.longitude";
    static final String GGA_HEIGHT = "gga.height";

    /** What a path may hold without being written otherwise; casters name nothing else. */
    private static final Pattern NAMES = Pattern.compile("[A-Za-z0-9._~!$&'()*+,;=:@-]{1,100}");

    private static final double DEFAULT_GGA_SECONDS = 10;
    private static final double MOST_GGA_SECONDS = 3600;

    static boolean isMountpoint(String name) {
        return NAMES.matcher(name).matches();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option(MOUNTPOINT, Option.Type.TEXT, "the stream's name at the caster; required"),
                new Option(VERSION, Option.Type.TEXT, "auto, 1 or 2"),
                new Option(GGA_LATITUDE, Option.Type.NUMBER, "where we say that we are: degrees north"),
                new Option(GGA_LONGITUDE, Option.Type.NUMBER, "degrees east"),
                new Option(GGA_HEIGHT, Option.Type.NUMBER, "metres above mean sea level, default 0"),
                new Option(GGA_SECONDS, Option.Type.NUMBER, "how often it is said, 1 to 3600, default 10"));
    }

    @Override
    public ArchiveForm archiveForm() {
        return Rtcm3.FORM;
    }

    @Override
    public Discovery discovery() {
        return new NtripDiscovery();
    }

    @Override
    public DialIn dialIn() {
        return new NtripDialIn();
    }

    @Override
    public Task taskFor(Source source) {
        return source.isDialIn() ? Task.events(NtripCallSession::new) : new NtripTask(source);
    }

    @Override
    public void validate(Source source) {
        Rtcm3.check(source);
        var options = source.options();
        var mountpoint = options.get(MOUNTPOINT);
        require(mountpoint != null, MOUNTPOINT, "'mountpoint' is missing: 'discover ntrip' prints those of a caster");
        require(
                mountpoint == null || isMountpoint(mountpoint),
                MOUNTPOINT,
                "mountpoint '" + mountpoint + "' must be 1 to 100 letters, digits or '.', '_', '-' and the like");
        for (var key : List.of(VERSION, GGA_LATITUDE, GGA_LONGITUDE, GGA_HEIGHT, GGA_SECONDS)) {
            require(
                    !source.isDialIn() || !options.containsKey(key),
                    key,
                    "'" + key + "' does not go with dialIn: a station that calls in is asked for nothing");
        }
        var version = options.getOrDefault(VERSION, AUTO);
        require(List.of(AUTO, "1", "2").contains(version), VERSION, "version '" + version + "' must be auto, 1 or 2");
        var user = source.user();
        require(
                user != null || source.password() == null || source.isDialIn(),
                "user",
                "a password goes with a user: give both, or user alone");
        require(
                user == null || (user.indexOf(':') < 0 && user.chars().noneMatch(Character::isISOControl)),
                "user",
                "user must be without ':': that stands between it and the password");
        for (var key : List.of(GGA_LATITUDE, GGA_LONGITUDE, GGA_HEIGHT, GGA_SECONDS)) {
            require(
                    !options.containsKey(key)
                            || (options.containsKey(GGA_LATITUDE) && options.containsKey(GGA_LONGITUDE)),
                    "gga",
                    "gga needs latitude and longitude");
        }
        var place = place(source);
        if (place != null) {
            require(
                    Gga.isPlace(place.latitudeDegrees(), place.longitudeDegrees(), place.heightMetres()),
                    "gga",
                    "gga must have a latitude of -90 to 90, a longitude of -180 to 180, a height of -1000 to 100000");
            double seconds = number(source, GGA_SECONDS, DEFAULT_GGA_SECONDS);
            require(
                    seconds >= 1 && seconds <= MOST_GGA_SECONDS,
                    GGA_SECONDS,
                    "intervalSeconds " + seconds + " is out of range 1 to 3600");
        }
    }

    /** Null: it is not told. */
    static @Nullable Gga place(Source source) {
        return source.options().containsKey(GGA_LATITUDE)
                ? new Gga(
                        number(source, GGA_LATITUDE, 0),
                        number(source, GGA_LONGITUDE, 0),
                        number(source, GGA_HEIGHT, 0))
                : null;
    }

    static long ggaNanos(Source source) {
        return (long) (number(source, GGA_SECONDS, DEFAULT_GGA_SECONDS) * 1e9);
    }

    private static double number(Source source, String key, double absent) {
        var text = source.options().get(key);
        try {
            return text == null ? absent : Double.parseDouble(text);
        } catch (NumberFormatException _) {
            throw new InvalidSourceException(key, "'" + text + "' is no number");
        }
    }

    private static void require(boolean holds, String field, String message) {
        if (!holds) {
            throw new InvalidSourceException(field, message);
        }
    }
}
