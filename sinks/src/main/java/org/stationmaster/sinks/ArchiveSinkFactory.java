package org.stationmaster.sinks;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.api.SinkFactory;

/**
 * Makes the parts of an archive, one in each process that has records for it. The form of a protocol's files is what the
 * {@link Protocol} says that {@link ServiceLoader} finds: every process has the same class path.
 *
 * <p>{@code openFiles} is each part's own: a process has its own limit of descriptors, and fewer sources.
 */
public final class ArchiveSinkFactory implements SinkFactory {
    private static final String ROOT = "root";
    private static final String OPEN_FILES = "openFiles";
    private static final String LINGER_MILLIS = "lingerMillis";
    private static final Set<String> KEYS = Set.of(ROOT, OPEN_FILES, LINGER_MILLIS);

    /** Made anew in each process. */
    public ArchiveSinkFactory() {}

    /** The settings of an archive, for {@link #create}; see {@link ArchiveConfig}. */
    public static Map<String, String> settings(Path root, int openFiles, int lingerMillis) {
        return Map.of(
                ROOT, root.toAbsolutePath().normalize().toString(),
                OPEN_FILES, Integer.toString(openFiles),
                LINGER_MILLIS, Integer.toString(lingerMillis));
    }

    /**
     * Makes a part.
     *
     * @param settings {@code root}; {@code openFiles} and {@code lingerMillis} unless the defaults will do
     * @throws IllegalArgumentException naming the setting that is missing, unknown or out of range
     * @throws IllegalStateException two protocols have the same name
     */
    @Override
    public ArchiveSink create(Map<String, String> settings, int part) {
        var unknown = settings.keySet().stream()
                .filter(key -> !KEYS.contains(key))
                .sorted()
                .toList();
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("an archive has no setting " + String.join(", ", unknown));
        }
        var root = settings.get(ROOT);
        if (root == null) {
            throw new IllegalArgumentException("an archive needs the setting " + ROOT);
        }
        var forms = ServiceLoader.load(Protocol.class).stream()
                .map(ServiceLoader.Provider::get)
                .collect(Collectors.toUnmodifiableMap(Protocol::name, Protocol::archiveForm));
        var config = new ArchiveConfig(
                Path.of(root),
                number(OPEN_FILES, settings.get(OPEN_FILES), ArchiveConfig.DEFAULT_OPEN_FILES),
                number(LINGER_MILLIS, settings.get(LINGER_MILLIS), ArchiveConfig.DEFAULT_LINGER_MILLIS),
                name -> Optional.ofNullable(forms.get(name)));
        return new ArchiveSink(config, part);
    }

    private static int number(String key, @Nullable String value, int otherwise) {
        try {
            return value == null ? otherwise : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + ": '" + value + "' is no number", e);
        }
    }
}
