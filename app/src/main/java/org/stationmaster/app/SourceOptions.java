package org.stationmaster.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stationmaster.server.inventory.Noted;
import org.stationmaster.server.inventory.Reading;
import picocli.CommandLine.Option;

/** The keys of one source on the command line. */
final class SourceOptions {
    @Option(names = "--protocol", paramLabel = "NAME", description = "How it speaks: tcp-frames, tcp-lines …")
    private @Nullable String protocol;

    @Option(names = "--host", paramLabel = "HOST", description = "Where to connect.")
    private @Nullable String host;

    @Option(names = "--port", paramLabel = "PORT", description = "Where to connect.")
    private @Nullable String port;

    @Option(names = "--rate", paramLabel = "HZ", description = "Records per second.")
    private @Nullable String rate;

    @Option(names = "--group", paramLabel = "NAME", description = "A group it is in; may be given several times.")
    private List<String> groups = List.of();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Any other key of a station file, such as silenceSeconds=30 or 'attributes={site: Quito}'.")
    private Map<String, String> others = Map.of();

    boolean isEmpty() {
        return given().isEmpty();
    }

    private Map<String, Object> given() {
        var keys = new LinkedHashMap<String, Object>();
        put(keys, "protocol", protocol);
        put(keys, "host", host);
        put(keys, "port", port);
        put(keys, "rate", rate);
        if (!groups.isEmpty()) {
            keys.put("groups", groups);
        }
        others.forEach((key, value) -> keys.put(key, StationYaml.Typed.of(value)));
        return keys;
    }

    private static void put(Map<String, Object> keys, String key, @Nullable String value) {
        if (value != null) {
            keys.put(key, value);
        }
    }

    /**
     * These keys over those that the source has, each in its type.
     *
     * @param before what it has; empty: it is new
     */
    Noted over(String id, Map<String, Object> before, List<String> unset) throws Failure {
        var keys = new LinkedHashMap<String, Object>();
        keys.put("id", id);
        keys.putAll(before);
        keys.keySet().removeAll(unset);
        keys.putAll(given());
        return switch (Composition.inventory().readForeign("", StationYaml.line(keys))) {
            case Reading.Valid<List<Noted>>(var noted) -> noted.getFirst();
            case Reading.Invalid<List<Noted>> invalid ->
                throw Failure.usage(invalid.errors().getFirst().message());
        };
    }
}
