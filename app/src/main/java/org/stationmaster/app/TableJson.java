package org.stationmaster.app;

import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.StationRecord;

/** A state table as a document. What is not known is null. */
final class TableJson {
    private TableJson() {}

    static Map<String, Object> of(Path path, TableSnapshot table, Trend.Rates rates) {
        var machine = table.machine();
        var slots = new EnumMap<SlotState, Integer>(SlotState.class);
        machine.workers()
                .forEach(row -> row.worker().slots().forEach((s, count) -> slots.merge(s, count, Integer::sum)));
        var document = new LinkedHashMap<String, Object>();
        document.put("state", path.toString());
        document.put("life", TableView.word(table.life()));
        document.put("pid", table.supervisor().pid());
        document.put("boot", time(table.bootNanos()));
        document.put("asOf", time(table.asOfNanos()));
        document.put(
                "size",
                Map.of(
                        "workers",
                        machine.size().workers(),
                        "slots",
                        machine.size().slots()));
        document.put("slots", slots);
        document.put("torn", table.torn());
        document.put(
                "headroom", table.headroom().map(MachineView.Headroom::sources).orElse(null));
        document.put(
                "headroomRate",
                table.headroom().map(MachineView.Headroom::ratePerSecond).orElse(null));
        document.put("records", machine.totals().records());
        document.put("bytes", machine.totals().bytes());
        document.put("reconnects", machine.totals().reconnects());
        document.put("recordsPerSecond", table.isAlive() ? Json.round(rates.recordsPerSecond()) : null);
        document.put("wake_ms", Json.quantiles(machine.wakeMillis()));
        document.put(
                "workers",
                table.workers().stream().map(worker -> worker(table, worker)).toList());
        document.put("failing", ranked(table.failing()));
        document.put("silent", ranked(table.silent()));
        document.put("slowest", ranked(table.slowest()));
        return document;
    }

    private static Map<String, Object> worker(TableSnapshot table, TableSnapshot.Worker worker) {
        var status = table.machine().workers().get(worker.id().index()).worker();
        var pulse = worker.pulse();
        var map = new LinkedHashMap<String, Object>();
        map.put("id", worker.id().toString());
        map.put("kind", status.kind());
        map.put("pid", worker.process().pid());
        map.put("alive", worker.isAlive());
        map.put("state", worker.state().name());
        map.put(
                "cpuPercent",
                pulse.cpuShare().isEmpty() ? null : Json.round(pulse.cpuShare().getAsDouble() * 100));
        map.put("memoryBytes", worker.memoryBytes());
        map.put(
                "beatAgeSeconds",
                pulse.ageNanos().isEmpty() ? null : seconds(pulse.ageNanos().getAsLong()));
        map.put("slots", status.slots());
        return map;
    }

    private static Map<String, Object> ranked(TableSnapshot.Ranked ranked) {
        var map = new LinkedHashMap<String, Object>();
        map.put("count", ranked.count());
        map.put("sources", ranked.rows().stream().map(TableJson::source).toList());
        return map;
    }

    private static Map<String, Object> source(TableSnapshot.Source source) {
        var map = new LinkedHashMap<String, Object>();
        map.put("id", source.id().value());
        map.put("worker", source.slot().worker().toString());
        map.put("slot", source.slot().index());
        map.put("state", source.state().name());
        map.put("reason", source.reason().name());
        map.put(
                "lastRecordAt",
                source.lastRecordNanos() == StationRecord.UNKNOWN ? null : time(source.lastRecordNanos()));
        map.put("ageSeconds", seconds(source.ageNanos()));
        map.put("usualSeconds", source.usualNanos() == null ? null : seconds(source.usualNanos()));
        map.put("latencyMillis", source.latencyNanos() == null ? null : Json.round(source.latencyNanos() / 1e6));
        map.put("records", source.records());
        map.put("reconnects", source.reconnects());
        return map;
    }

    private static double seconds(long nanos) {
        return Json.round(nanos / 1e9);
    }

    private static String time(long epochNanos) {
        return Instant.ofEpochSecond(0, epochNanos).toString();
    }
}
