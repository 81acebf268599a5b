package org.stationmaster.sinks;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
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
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Text;

/**
 * Finds the file a record belongs to, without building a string per record. Bounded: beyond {@link #MAX_STATIONS} the
 * longest known are forgotten, which costs a check of their file's tail when they come again.
 */
final class Catalog {
    static final int MAX_STATIONS = 65_536;

    /** At midnight records of two days alternate; files of days before are forgotten. */
    private static final int DAYS_KEPT = 2;

    private static final int MAX_TOLD = 100;
    private static final long DAY_NANOS = 86_400_000_000_000L;
    private static final Pattern PROTOCOL = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
    private static final Pattern EXTENSION = Pattern.compile("[A-Za-z0-9]{1,16}");
    private static final ArchiveForm UNKNOWN_PROTOCOL = new ArchiveForm("frames", ArchiveForm.Framing.LENGTH_PREFIXED);
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveSink.class);

    private final Path root;
    private final Function<String, Optional<ArchiveForm>> forms;
    private final Map<String, Station> stations = new LinkedHashMap<>();
    private final List<Station> manyDays = new ArrayList<>();
    private final Set<String> told = new HashSet<>();
    private final int maxStations;

    /** By identity: a source is one object for a whole activation, and its {@code hashCode} reads all metadata. */
    private final IdentityHashMap<Source, Station> bySource = new IdentityHashMap<>();

    private @Nullable Source lastSource;
    private @Nullable Station lastStation;

    Catalog(Path root, Function<String, Optional<ArchiveForm>> forms, int maxStations) {
        this.root = root;
        this.forms = forms;
        this.maxStations = maxStations;
    }

    /** The file the record belongs to; null: the archive refuses it. */
    @Nullable
    DayFile fileOf(StationRecord record) {
        var source = record.source();
        var station = stationOf(source);
        if (station.form == null) {
            return null;
        }
        long epochDay = Math.floorDiv(record.receivedNanos(), DAY_NANOS);
        var files = station.files;
        for (int i = files.size() - 1; i >= 0; i--) {
            if (files.get(i).epochDay == epochDay) {
                return files.get(i);
            }
        }
        return newDay(station, station.form, epochDay);
    }

    private DayFile newDay(Station station, ArchiveForm form, long epochDay) {
        var name = station.id + '.' + dayName(epochDay) + '.' + form.extension();
        var file = new DayFile(root, station.protocolDirectory, station.directory, name, form.framing(), epochDay);
        station.files.add(file);
        if (station.files.size() == DAYS_KEPT + 1) {
            manyDays.add(station);
        }
        return file;
    }

    /** Year and day of the year: {@code YYYY.DDD}. */
    static String dayName(long epochDay) {
        var date = LocalDate.ofEpochDay(epochDay);
        return String.format("%04d.%03d", date.getYear(), date.getDayOfYear());
    }

    @SuppressWarnings("ReferenceEquality") // the very same object has the same station; an equal one is looked up
    private Station stationOf(Source source) {
        if (lastStation != null && source == lastSource) {
            return lastStation;
        }
        var station = bySource.get(source);
        if (station == null) {
            station = stations.computeIfAbsent(source.protocol() + '/' + source.id(), _ -> newStation(source));
            bySource.put(source, station);
        }
        lastSource = source;
        lastStation = station;
        return station;
    }

    private Station newStation(Source source) {
        var id = source.id().value();
        var protocol = source.protocol();
        if (!PROTOCOL.matcher(protocol).matches()) {
            tell(protocol, "its name is no directory name: 1 to 32 of a-z, 0-9 and '-' would do");
            return new Station(id, root, root, null);
        }
        var form = forms.apply(protocol).orElse(UNKNOWN_PROTOCOL);
        if (!EXTENSION.matcher(form.extension()).matches()) {
            tell(
                    protocol,
                    "its extension '" + Text.shorten(form.extension(), 40) + "' is none: 1 to 16 letters or digits");
            return new Station(id, root, root, null);
        }
        var directory = root.resolve(protocol);
        return new Station(id, directory, directory.resolve(id), form);
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
    void trim(Consumer<DayFile> forgotten) {
        for (var station : manyDays) {
            while (station.files.size() > DAYS_KEPT) {
                forgotten.accept(station.files.removeFirst());
            }
        }
        manyDays.clear();
        if (stations.size() > maxStations) {
            var eldest = stations.values().iterator();
            for (int i = stations.size() - maxStations / 2; i > 0; i--) {
                eldest.next().files.forEach(forgotten);
                eldest.remove();
            }
            bySource.clear();
            lastSource = null;
            lastStation = null;
        }
        if (bySource.size() > 2 * maxStations) {
            bySource.clear();
        }
    }

    /** Visits every file that is known. */
    void forEachFile(Consumer<DayFile> visitor) {
        stations.values().forEach(station -> station.files.forEach(visitor));
    }

    /** One source's place in the archive; no form: refused. */
    private static final class Station {
        final String id;
        final Path protocolDirectory;
        final Path directory;
        final @Nullable ArchiveForm form;
        final List<DayFile> files = new ArrayList<>(DAYS_KEPT);

        Station(String id, Path protocolDirectory, Path directory, @Nullable ArchiveForm form) {
            this.id = id;
            this.protocolDirectory = protocolDirectory;
            this.directory = directory;
            this.form = form;
        }
    }
}
