package org.stationmaster.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Tls;

/** One source as the API tells it: its metadata with the keys of a station file, then what it does. No secrets. */
final class SourceJson {
    private final Map<String, Protocol> protocols;

    SourceJson(Map<String, Protocol> protocols) {
        this.protocols = protocols;
    }

    /** Keys in the order of the contract. */
    Map<String, @Nullable Object> of(SourceStatus status) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        metadata(status.source(), json);
        var slot = status.slot();
        var lastRecordAt = status.lastRecordAt();
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
        return json;
    }

    private void metadata(Source source, Map<String, @Nullable Object> json) {
        json.put("id", source.id().value());
        json.put("protocol", source.protocol());
        json.put("host", source.host());
        json.put("port", source.port());
        json.put("rate", orNull(source.ratePerSecond()));
        json.put("groups", source.groups());
        json.put("attributes", source.attributes());
        json.put("enabled", source.enabled());
        json.put("silenceSeconds", orNull(source.silenceSeconds()));
        json.put("connectTimeoutMillis", source.connectTimeoutMillis());
        var tls = source.tls();
        json.put("tls", tls == null ? false : TlsFiles.of(tls));
        json.put("user", source.user());
        if (source.frameLimitBytes() != 0) {
            json.put("frameLimitBytes", source.frameLimitBytes());
        }
        var protocol = protocols.get(source.protocol());
        source.options().forEach((key, value) -> json.putIfAbsent(key, option(protocol, key, value)));
    }

    private static @Nullable Double orNull(OptionalDouble value) {
        return value.isEmpty() ? null : value.getAsDouble();
    }

    /** A protocol's key in the type that its protocol gives it. */
    private static Object option(@Nullable Protocol protocol, String key, String value) {
        if (protocol == null) {
            return value;
        }
        var found = protocol.options().stream()
                .filter(option -> option.key().equals(key))
                .findFirst();
        if (found.isEmpty()) {
            return value;
        }
        return switch (found.get().type()) {
            case SWITCH -> Boolean.valueOf(value);
            case TEXT -> value;
            case LIST -> value.isEmpty() ? List.of() : List.of(value.split(",", -1));
            case NUMBER -> number(value);
        };
    }

    private static Object number(String value) {
        try {
            return new java.math.BigDecimal(value);
        } catch (NumberFormatException _) {
            return value;
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record TlsFiles(
            @Nullable String caFile,
            @Nullable String certFile,
            @Nullable String keyFile,
            @Nullable String serverName) {
        static Object of(Tls tls) {
            return tls.equals(Tls.DEFAULT)
                    ? true
                    : new TlsFiles(text(tls.caFile()), text(tls.certFile()), text(tls.keyFile()), tls.serverName());
        }

        private static @Nullable String text(@Nullable Path path) {
            return path == null ? null : path.toString();
        }
    }
}
