package org.stationmaster.sinks;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.stationmaster.core.api.Protocol;

/**
 * How an archive is written. Immutable.
 *
 * @param root the archive's directory ({@code DATA/archive}); created when missing. It may be a symbolic link,
 *     what is below it may not
 * @param openFiles files held open at once by each part, 1 to 1,000,000; more than the sources that send more often than
 *     {@code lingerMillis} brings nothing
 * @param lingerMillis how long records wait for others of their file, 0 to 10,000; longer makes fewer writes and later
 *     files
 * @param forms the form of a protocol's files, by its name; a protocol it does not know gets length-prefixed
 *     {@code frames}
 */
public record ArchiveConfig(
        Path root, int openFiles, int lingerMillis, Function<String, Optional<Protocol.ArchiveForm>> forms) {
    /** Files held open unless set. */
    public static final int DEFAULT_OPEN_FILES = 512;

    /** How long records wait unless set. */
    public static final int DEFAULT_LINGER_MILLIS = 200;

    /** @throws IllegalArgumentException naming what is out of range */
    public ArchiveConfig {
        if (openFiles < 1 || openFiles > 1_000_000) {
            throw new IllegalArgumentException("openFiles " + openFiles + " is out of range 1 to 1000000");
        }
        if (lingerMillis < 0 || lingerMillis > 10_000) {
            throw new IllegalArgumentException("lingerMillis " + lingerMillis + " is out of range 0 to 10000");
        }
        root = root.toAbsolutePath().normalize();
    }

    /** An archive with the defaults. */
    public static ArchiveConfig of(Path root, Function<String, Optional<Protocol.ArchiveForm>> forms) {
        return new ArchiveConfig(root, DEFAULT_OPEN_FILES, DEFAULT_LINGER_MILLIS, forms);
    }
}
