package org.stationmaster.sinks;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Protocol.ArchiveForm;
import org.stationmaster.core.api.Protocol.ArchiveForm.Sds.Stream;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Text;

/**
 * Finds the file a record belongs to, without building a string per record. Bounded: beyond {@link #MAX_STATIONS} the
 * longest known are forgotten, which costs a check of their file's tail when they come again.
 */
final class Catalog {
    static final int MAX_STATIONS = 65_536;

    /** At midnight records of two days alternate, at the full hour of two hours; files from before are forgotten. */
    private static final int FILES_KEPT = 2;

    /** The directory of all SDS files below the root. */
    static final String SDS = "sds";

    private static final int MAX_TOLD = 100;
    private static final long HOUR_NANOS = 3_600_000_000_000L;
    private static final long DAY_NANOS = 24 * HOUR_NANOS;
    private static final Pattern PROTOCOL = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
    private static final Pattern EXTENSION = Pattern.compile("[A-Za-z0-9]{1,16}");
    private static final Pattern CODE = Pattern.compile("[A-Z0-9]{1,8}");
    private static final Pattern LOCATION = Pattern.compile("[A-Z0-9]{0,8}");
    private static final Pattern CHANNEL = Pattern.compile("[A-Z0-9][A-Z0-9_]{0,15}");
    private static final ArchiveForm UNKNOWN_PROTOCOL =
            new ArchiveForm.Daily("frames", ArchiveForm.Framing.LENGTH_PREFIXED);
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveSink.class);

    private final Path root;
    private final Function<String, Optional<ArchiveForm>> forms;
    private final Map<String, Station> stations = new LinkedHashMap<>();
    private final List<Station> manyFiles = new ArrayList<>();
    private final Set<String> told = new HashSet<>();
    private final int maxStations;

    /** By identity: a source is one object for a whole activation, and its {@code hashCode} reads all metadata. */
    private final IdentityHashMap<Source, Station> bySource = new IdentityHashMap<>();

    /** By the hash that a record's header gives: streams of SDS, whose files no source owns. */
    private final Map<Long, Station> streams = new HashMap<>();

    private @Nullable Source lastSource;
    private @Nullable Station lastStation;

    Catalog(Path root, Function<String, Optional<ArchiveForm>> forms, int maxStations) {
        this.root = root;
        this.forms = forms;
        this.maxStations = maxStations;
    }

    /** Whether any of its files belong to streams, in which other parts may write, too. */
    boolean hasStreams() {
        return !streams.isEmpty();
    }

    /** The file the record belongs to; null: the archive refuses it. */
    @Nullable
    ArchiveFile fileOf(StationRecord record) {
        var source = record.source();
        var station = stationOf(source);
        long nanos = record.receivedNanos();
        var stream = station.stream;
        if (stream != null) {
            if (!stream.read(record.payload())) {
                tell(source.protocol(), "one of " + source.id() + " does not tell of which stream it is");
                return null;
            }
            station = stationOf(stream, station, source);
            nanos = stream.startNanos();
        }
        if (station.form == null) {
            return null;
        }
        long period = Math.floorDiv(nanos, station.periodNanos);
        var files = station.files;
        for (int i = files.size() - 1; i >= 0; i--) {
            if (files.get(i).period == period) {
                return files.get(i);
            }
        }
        return newFile(station, station.form, period, Math.floorDiv(record.receivedNanos(), DAY_NANOS));
    }

    private ArchiveFile newFile(Station station, ArchiveForm form, long period, long dayOfReceipt) {
        long startNanos = period * station.periodNanos;
        var date = LocalDate.ofEpochDay(Math.floorDiv(startNanos, DAY_NANOS));
        int year = date.getYear();
        int day = date.getDayOfYear();
        var name = switch (form) {
            case ArchiveForm.Daily daily ->
                String.format("%s.%04d.%03d.%s", station.name, year, day, daily.extension());
            case ArchiveForm.Hourly hourly -> {
                long hour = Math.floorMod(startNanos, DAY_NANOS) / HOUR_NANOS;
                yield String.format(
                        "%s_S_%04d%03d%02d00_01H_01S_MO.%s", station.name, year, day, hour, hourly.extension());
            }
            case ArchiveForm.Sds _ -> String.format("%s.%04d.%03d", station.name, year, day);
        };
        var directory = form instanceof ArchiveForm.Sds
                ? root.resolve(SDS)
                        .resolve(String.format("%04d", year))
                        .resolve(root.resolve(SDS).relativize(station.directory))
                : station.directory;
        var file = new ArchiveFile(root, directory, name, form.framing(), dayOfReceipt, period);
        station.files.add(file);
        if (station.files.size() == FILES_KEPT + 1) {
            manyFiles.add(station);
        }
        return file;
    }

    @SuppressWarnings("ReferenceEquality") // the very same object has the same station; an equal one is looked up
    private Station stationOf(Source source) {
        if (lastStation != null && source == lastSource) {
            return lastStation;
        }
        var station = bySource.get(source);
        if (station == null) {
            var form = forms.apply(source.protocol()).orElse(UNKNOWN_PROTOCOL);
            var name = nameOf(source, form);
            var key = source.protocol() + '/' + source.id() + '/' + name;
            station = stations.computeIfAbsent(key, _ -> newStation(source, form, name));
            bySource.put(source, station);
        }
        lastSource = source;
        lastStation = station;
        return station;
    }

    /** What the source's files begin with. */
    private static String nameOf(Source source, ArchiveForm form) {
        var id = source.id().value();
        return switch (form) {
            case ArchiveForm.Daily _, ArchiveForm.Sds _ -> id;
            case ArchiveForm.Hourly _ -> {
                var site = source.attributes().getOrDefault(ArchiveForm.Hourly.SITE, id);
                yield ArchiveForm.Hourly.isSite(site) ? site : id;
            }
        };
    }

    private Station newStation(Source source, ArchiveForm form, String name) {
        var protocol = source.protocol();
        if (!PROTOCOL.matcher(protocol).matches()) {
            tell(protocol, "its name is no directory name: 1 to 32 of a-z, 0-9 and '-' would do");
            return new Station(name, root, null, DAY_NANOS);
        }
        if (form instanceof ArchiveForm.Sds sds) {
            return new Station(name, root, form, DAY_NANOS, sds.stream().get());
        }
        var extension = extensionOf(form);
        if (!EXTENSION.matcher(extension).matches()) {
            tell(protocol, "its extension '" + Text.shorten(extension, 40) + "' is none: 1 to 16 letters or digits");
            return new Station(name, root, null, DAY_NANOS);
        }
        var directory = root.resolve(protocol).resolve(source.id().value());
        return new Station(name, directory, form, periodNanosOf(form));
    }

    /** The place of a stream, which is the same for every source. */
    private Station stationOf(Stream stream, Station ofSource, Source source) {
        long hash = stream.hash();
        var known = streams.get(hash);
        if (known != null) {
            return known;
        }
        var found = newStation(stream, ofSource, source);
        streams.put(hash, found);
        return found;
    }

    private Station newStation(Stream stream, Station ofSource, Source source) {
        var network = stream.network();
        var station = stream.station();
        var location = stream.location();
        var channel = stream.channel();
        if (!CODE.matcher(network).matches()
                || !CODE.matcher(station).matches()
                || !LOCATION.matcher(location).matches()
                || !CHANNEL.matcher(channel).matches()) {
            var codes = String.join(".", network, station, location, channel).replaceAll("[^ -~]", "?");
            tell(source.protocol(), "one of " + source.id() + " has codes that make no path: '" + codes + "'");
            return new Station("", root, null, DAY_NANOS);
        }
        var type = channel + '.' + stream.type();
        var name = String.join(".", network, station, location, type);
        var place = root.resolve(SDS).resolve(network).resolve(station).resolve(type);
        return stations.computeIfAbsent(SDS + '/' + name, _ -> new Station(name, place, ofSource.form, DAY_NANOS));
    }

    private static String extensionOf(ArchiveForm form) {
        return switch (form) {
            case ArchiveForm.Daily daily -> daily.extension();
            case ArchiveForm.Hourly hourly -> hourly.extension();
            case ArchiveForm.Sds _ -> "";
        };
    }

    private static long periodNanosOf(ArchiveForm form) {
        return switch (form) {
            case ArchiveForm.Daily _, ArchiveForm.Sds _ -> DAY_NANOS;
            case ArchiveForm.Hourly _ -> HOUR_NANOS;
        };
    }

    private void tell(String protocol, String why) {
        if (told.size() < MAX_TOLD && told.add(protocol)) {
            LOG.warn("the archive refuses the records of protocol '{}': {}", Text.shorten(protocol, 40), why);
        }
    }

    /**
     * Forgets what is too much. Between deliveries only: within one, a path must stay one object.
     *
     * @param forgotten told of each file that is no longer known here
     */
    void trim(Consumer<ArchiveFile> forgotten) {
        for (var station : manyFiles) {
            while (station.files.size() > FILES_KEPT) {
                forgotten.accept(station.files.removeFirst());
            }
        }
        manyFiles.clear();
        if (stations.size() > maxStations) {
            var eldest = stations.values().iterator();
            for (int i = stations.size() - maxStations / 2; i > 0; i--) {
                eldest.next().files.forEach(forgotten);
                eldest.remove();
            }
            bySource.clear();
            streams.clear();
            lastSource = null;
            lastStation = null;
        }
        if (streams.size() > maxStations) {
            streams.clear();
        }
        if (bySource.size() > 2 * maxStations) {
            bySource.clear();
        }
    }

    /** Visits every file that is known. */
    void forEachFile(Consumer<ArchiveFile> visitor) {
        stations.values().forEach(station -> station.files.forEach(visitor));
    }

    /** The place of a source, or of a stream, in the archive; no form: refused. */
    private static final class Station {
        final String name;
        final Path directory;
        final @Nullable ArchiveForm form;
        final long periodNanos;

        /** Of a source whose records tell their stream. */
        final @Nullable Stream stream;

        final List<ArchiveFile> files = new ArrayList<>(FILES_KEPT);

        Station(String name, Path directory, @Nullable ArchiveForm form, long periodNanos) {
            this(name, directory, form, periodNanos, null);
        }

        Station(String name, Path directory, @Nullable ArchiveForm form, long periodNanos, @Nullable Stream stream) {
            this.stream = stream;
            this.name = name;
            this.directory = directory;
            this.form = form;
            this.periodNanos = periodNanos;
        }
    }
}
