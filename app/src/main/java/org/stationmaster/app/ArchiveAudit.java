package org.stationmaster.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;
import org.stationmaster.sinks.ArchiveReader;
import org.stationmaster.sinks.ArchiveReader.ArchivedSource;
import org.stationmaster.testkit.NetworkReport;

/** Counts an archive's files against the report of the network that was archived. Only files are looked at. */
final class ArchiveAudit {
    private static final int SHOWN_LOSSES = 5;

    private final Framing framing;
    private long records;
    private long lost;
    private long cut;
    private long inAir;
    private long longestInAir;
    private long duplicates;
    private long foreign;
    private long torn;
    private final List<String> losses = new ArrayList<>();

    private ArchiveAudit(Framing framing) {
        this.framing = framing;
    }

    /**
     * @param framing how the files of the network's protocol are framed
     * @param kills of the workers that held the source of an id
     */
    static DemoSummary.Counted of(
            Path archive, Framing framing, NetworkReport report, Function<String, SourceAudit.Kills> kills)
            throws IOException {
        var audit = new ArchiveAudit(framing);
        Map<String, ArchivedSource> places = new LinkedHashMap<>();
        for (var place : new ArchiveReader(archive).sources()) {
            if (place.protocol().equals(report.protocol())) {
                places.put(place.id(), place);
            }
        }
        for (var station : report.sources()) {
            audit.count(new SourceAudit(station, kills.apply(station.id())), places.remove(station.id()));
        }
        for (var place : places.values()) {
            audit.count(SourceAudit.unknown(place.id()), place);
        }
        return new DemoSummary.Counted(
                audit.records,
                audit.cut,
                audit.inAir,
                audit.longestInAir,
                audit.lost,
                audit.duplicates,
                audit.foreign,
                audit.torn,
                List.copyOf(audit.losses));
    }

    private void count(SourceAudit source, @Nullable ArchivedSource place) throws IOException {
        for (var file : place == null ? List.<Path>of() : place.files()) {
            var reading = ArchiveReader.forEach(file, framing, source);
            if (reading.tornBytes() > 0) {
                torn++;
            }
        }
        source.judge();
        records += source.records();
        cut += source.cut();
        inAir += source.inAir();
        longestInAir = Math.max(longestInAir, source.longestInAir());
        duplicates += source.duplicates();
        foreign += source.foreign();
        long missing = source.lost();
        lost += missing;
        if (missing > 0 && losses.size() < SHOWN_LOSSES) {
            losses.add(source.id() + " " + String.join(", ", source.lostRanges(SHOWN_LOSSES)));
        }
    }
}
