package org.stationmaster.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.Quantiles;
import org.stationmaster.core.api.MachineView.Totals;

/**
 * What a demo came to.
 *
 * @param seconds of sending
 * @param network what the stations say
 * @param archive what the archive's files say
 * @param totals what the machine says, after its stop
 * @param waiting sources that had no slot when the stations stopped sending
 * @param left what the machine's stop left undone; empty: it was whole
 * @param trouble what else went wrong; empty: nothing
 */
record DemoSummary(
        String protocol,
        int sources,
        double ratePerSecond,
        MachineSize size,
        Isolation isolation,
        double seconds,
        Network network,
        Counted archive,
        Totals totals,
        int waiting,
        List<Alarm> alarms,
        Quantiles latencyMillis,
        Quantiles wakeMillis,
        Kills kills,
        List<String> left,
        List<String> trouble,
        Files files) {

    /**
     * Sums over the stations.
     *
     * @param begun records that got a number: sent and cut
     */
    record Network(long begun, long withheld, String faults, Map<String, Long> faultCounts) {}

    /**
     * What the archive's files say.
     *
     * @param cut what faults, resets and kills ended on its way; it may be there or not
     * @param inAir of those, what was missing at the end of connections whose worker was killed
     * @param longestInAir the most that one kill cost one source
     * @param torn files that end in a torn record
     */
    record Counted(
            long records,
            long cut,
            long inAir,
            long longestInAir,
            long lost,
            long duplicates,
            long foreign,
            long torn,
            List<String> firstLosses) {}

    /**
     * Worker processes that were killed on purpose.
     *
     * @param recoveryMillis from the kill to RUNNING again, over the sources of all of them
     */
    record Kills(List<WorkerKills.Kill> each, Quantiles recoveryMillis) {
        /** Sources that run again elsewhere: each has made a connection more. */
        int moved() {
            return each.stream().mapToInt(WorkerKills.Kill::back).sum();
        }
    }

    /** Where everything is. */
    record Files(Path archive, Path stations, Path report) {}

    /** Every station had a slot, nothing lost, nothing twice, and everything ended in order. */
    boolean isWhole() {
        return waiting == 0 && archive.lost() == 0 && archive.duplicates() == 0 && left.isEmpty() && trouble.isEmpty();
    }

    /** The document of {@code --json}; its keys are a contract. */
    Map<String, Object> json() {
        var map = new LinkedHashMap<String, Object>();
        map.put("sources", sources);
        map.put("workers", size.workers());
        map.put("slots", size.slots());
        map.put("isolation", isolation.name().toLowerCase(Locale.ROOT));
        map.put("protocol", protocol);
        map.put("rate", ratePerSecond);
        map.put("faults", network.faults());
        map.put("seconds", Json.round(seconds));
        map.put("sent", sent());
        map.put("cut", archive.cut());
        map.put("withheld", network.withheld());
        map.put("records", archive.records());
        map.put("lost", archive.lost());
        map.put("duplicates", archive.duplicates());
        map.put("foreign", archive.foreign());
        map.put("torn", archive.torn());
        map.put("latency_ms", Json.quantiles(latencyMillis));
        map.put("wake_ms", Json.quantiles(wakeMillis));
        map.put("kills", kills.each().size());
        map.put("recovery_ms", Json.quantiles(kills.recoveryMillis()));
        map.put("killed", kills.each().stream().map(DemoSummary::json).toList());
        map.put("in_air", inAir());
        map.put("reconnects", reconnects());
        map.put("received", totals.records());
        map.put("bytes", totals.bytes());
        map.put("corrupt", totals.corrupt());
        map.put("corrupt_bytes", totals.corruptBytes());
        map.put("late", totals.late());
        map.put("silences", totals.silences());
        map.put("ends", ends());
        map.put("station_faults", network.faultCounts());
        map.put("waiting", waiting);
        map.put("alarms", alarms.stream().map(DemoSummary::text).toList());
        map.put("stop_left", left);
        map.put("trouble", trouble);
        map.put("archive", files.archive().toString());
        map.put("stations", files.stations().toString());
        map.put("report", files.report().toString());
        return map;
    }

    private static Map<String, Object> json(WorkerKills.Kill kill) {
        var map = new LinkedHashMap<String, Object>();
        map.put("worker", kill.worker().toString());
        map.put("pid", kill.pid());
        map.put("at", Json.round(kill.at().toNanos() / 1e9));
        map.put("sources", kill.sources());
        map.put("back", kill.back());
        map.put("recovery_ms", Json.quantiles(kill.recoveryMillis()));
        return map;
    }

    private long sent() {
        return network.begun() - archive.cut();
    }

    /** What kills cost: records in all, and seconds of data of one source at the most. */
    private Map<String, Object> inAir() {
        var map = new LinkedHashMap<String, Object>();
        map.put("records", archive.inAir());
        map.put("max_seconds", Json.round(archive.longestInAir() / ratePerSecond));
        return map;
    }

    /** Connections after the first of a source: the machine counts those of one activation, and a move begins a new one. */
    private long reconnects() {
        return totals.reconnects() + kills.moved();
    }

    private Map<String, Long> ends() {
        var map = new LinkedHashMap<String, Long>();
        totals.ends().forEach((reason, count) -> {
            if (reason != EndReason.NONE && count > 0) {
                map.put(Figures.words(reason), count);
            }
        });
        return map;
    }

    private static String text(Alarm alarm) {
        return alarm.kind() + " " + alarm.subject() + ": " + alarm.message();
    }

    /** For people; without a terminal's colours. */
    List<String> lines() {
        var lines = new ArrayList<String>();
        lines.add(
                archive.lost() == 0 && archive.duplicates() == 0
                        ? "Nothing lost, nothing twice."
                        : "LOST " + Numbers.count(archive.lost()) + ", DUPLICATES "
                                + Numbers.count(archive.duplicates()) + ".");
        lines.add("");
        lines.add(row(
                "stations",
                Numbers.count(sources) + " × " + Numbers.rate(ratePerSecond) + " Hz, " + protocol + ", for "
                        + Numbers.rate(seconds) + " s" + faultText()));
        lines.add(row("machine", size + ", isolation " + isolation.name().toLowerCase(Locale.ROOT)));
        lines.add(row("sent", Numbers.count(sent()) + cutText()));
        lines.add(row(
                "archived",
                Numbers.count(archive.records()) + " records, lost " + Numbers.count(archive.lost()) + ", duplicates "
                        + Numbers.count(archive.duplicates()) + ", foreign " + Numbers.count(archive.foreign())));
        archive.firstLosses().forEach(loss -> lines.add(row("", "lost: " + loss)));
        lines.add(row("latency", quantiles(latencyMillis) + ", sent to archived"));
        lines.add(row("wake", quantiles(wakeMillis) + ", accepted to started"));
        kills.each().forEach(kill -> lines.add(row("recovery", WorkerKills.words(kill))));
        lines.add(row("reconnects", Numbers.count(reconnects()) + endText()));
        if (waiting > 0) {
            lines.add(row("waiting", Numbers.count(waiting, "source") + " had no slot at the end: " + waitingWhy()));
        }
        alarms.stream().limit(5).forEach(alarm -> lines.add(row("alarm", text(alarm))));
        left.forEach(what -> lines.add(row("not stopped", what)));
        trouble.forEach(what -> lines.add(row("trouble", what)));
        lines.add(row("archive", files.archive().toString()));
        return lines;
    }

    /** Slots of workers that are down cannot hold anything. */
    private String waitingWhy() {
        return sources > size.totalSlots()
                ? "give more --slots"
                : "slots of workers that are up were too few; give more --slots, or leave time after a kill";
    }

    private String faultText() {
        return network.faults().isEmpty() ? "" : ", with faults";
    }

    private String cutText() {
        var cut = archive.cut() == 0
                ? ""
                : " whole; " + Numbers.count(archive.cut()) + " more were cut by faults and kills, some arrived";
        return network.withheld() == 0 ? cut : cut + ", withheld by a full socket " + Numbers.count(network.withheld());
    }

    private String endText() {
        var text = new StringBuilder();
        ends().forEach((reason, count) -> text.append(text.isEmpty() ? "; ends: " : ", ")
                .append(reason)
                .append(' ')
                .append(Numbers.count(count)));
        return text.toString();
    }

    private static String quantiles(Quantiles q) {
        return q.count() == 0
                ? "not measured"
                : "p50 " + Numbers.millis(q.p50()) + ", p99 " + Numbers.millis(q.p99()) + ", max "
                        + Numbers.millis(q.max()) + " ms";
    }

    private static String row(String name, String text) {
        return String.format(Locale.ROOT, "  %-11s %s", name, text);
    }
}
