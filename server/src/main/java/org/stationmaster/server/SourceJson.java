package org.stationmaster.server;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.server.inventory.SourceBook.Origin;
import org.stationmaster.server.inventory.SourceForm;

/** One source as the API tells it: its metadata with the keys of a station file, then what it does. No secrets. */
record SourceJson(SourceForm forms) {
    /** Keys in the order of the contract. */
    Map<String, @Nullable Object> of(SourceStatus status, Origin origin) {
        var json = forms.whole(status.source());
        var slot = status.slot();
        var lastRecordAt = status.lastRecordAt();
        json.put("origin", origin == Origin.FILE ? "file" : "rest");
        json.put("state", status.state());
        json.put("worker", slot == null ? null : slot.worker().toString());
        json.put("slot", slot == null ? null : slot.index());
        json.put("epoch", status.epoch());
        json.put("initialised", status.initialised());
        json.put("failing", status.failing());
        json.put("reason", status.reason());
        json.put("detail", status.detail());
        json.put("lastRecordAt", lastRecordAt == null ? null : lastRecordAt.toString());
        json.put("latencyMillis", status.latencyMillis());
        json.put("records", status.records());
        json.put("bytes", status.bytes());
        json.put("reconnects", status.reconnects());
        json.put("corrupt", status.corrupt());
        json.put("corruptBytes", status.corruptBytes());
        json.put("late", status.late());
        json.put("silences", status.silences());
        json.put("gaps", status.gaps());
        json.put("overlaps", status.overlaps());
        json.put("foreign", status.foreign());
        json.put("clockOff", status.clockOff());
        return json;
    }
}
