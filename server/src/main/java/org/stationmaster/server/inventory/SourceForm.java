package org.stationmaster.server.inventory;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Tls;

/** A source as text: the keys of a station file, in its order, each in its type. Secrets go out as {@code kept}. */
public final class SourceForm {
    /** Of each protocol's own keys. */
    private final Map<String, Map<String, Protocol.Option.Type>> types = new HashMap<>();

    /** @param protocols by name, for the types of their own keys */
    public SourceForm(Map<String, Protocol> protocols) {
        protocols.forEach((name, protocol) -> types.put(
                name,
                protocol.options().stream()
                        .collect(Collectors.toUnmodifiableMap(Protocol.Option::key, Protocol.Option::type))));
    }

    /** Every key, those that have their default too; null: not given. */
    public Map<String, @Nullable Object> whole(Source source) {
        var form = new LinkedHashMap<String, @Nullable Object>();
        form.put("id", source.id().value());
        form.put("protocol", source.protocol());
        if (source.isDialIn()) {
            form.put("dialIn", true);
        } else {
            form.put("host", source.host());
            form.put("port", source.port());
        }
        form.put("rate", orNull(source.ratePerSecond()));
        form.put("groups", source.groups());
        form.put("attributes", source.attributes());
        form.put("enabled", source.enabled());
        form.put("silenceSeconds", orNull(source.silenceSeconds()));
        form.put("connectTimeoutMillis", source.connectTimeoutMillis());
        var tls = source.tls();
        form.put("tls", tls == null ? false : TlsFiles.of(tls));
        form.put("user", source.user());
        if (source.password() != null) {
            form.put("password", References.KEPT);
        }
        if (source.frameLimitBytes() != 0) {
            form.put("frameLimitBytes", source.frameLimitBytes());
        }
        var known = types.getOrDefault(source.protocol(), Map.of());
        Map<String, Map<String, Object>> mappings = new LinkedHashMap<>();
        source.options().forEach((key, value) -> {
            int dot = key.indexOf('.'); // a key inside a mapping
            if (dot < 0) {
                form.putIfAbsent(key, option(known.get(key), value));
            } else {
                mappings.computeIfAbsent(key.substring(0, dot), _ -> new LinkedHashMap<>())
                        .put(key.substring(dot + 1), option(known.get(key), value));
            }
        });
        mappings.forEach(form::putIfAbsent);
        return form;
    }

    /** Only what differs from the default: read again, it is the same source. */
    public Map<String, Object> brief(Source source) {
        var form = new LinkedHashMap<String, Object>();
        whole(source).forEach((key, value) -> {
            if (value != null && !isDefault(key, value)) {
                form.put(key, value);
            }
        });
        return form;
    }

    private static boolean isDefault(String key, Object value) {
        return switch (key) {
            case "groups" -> value instanceof Collection<?> all && all.isEmpty();
            case "attributes" -> value instanceof Map<?, ?> all && all.isEmpty();
            case "enabled" -> value.equals(true);
            case "tls" -> value.equals(false);
            case "connectTimeoutMillis" -> value.equals(Source.DEFAULT_CONNECT_TIMEOUT_MILLIS);
            default -> false;
        };
    }

    private static @Nullable Double orNull(OptionalDouble value) {
        return value.isEmpty() ? null : value.getAsDouble();
    }

    /** A protocol's key in the type that its protocol gives it; null: none. */
    private static Object option(Protocol.Option.@Nullable Type type, String value) {
        return switch (type) {
            case null -> value;
            case SWITCH -> Boolean.valueOf(value);
            case TEXT -> value;
            case LIST -> value.isEmpty() ? List.of() : List.of(value.split(",", -1));
            case NUMBER -> number(value);
        };
    }

    private static Object number(String value) {
        try {
            return new BigDecimal(value);
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
