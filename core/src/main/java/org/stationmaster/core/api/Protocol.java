package org.stationmaster.core.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How to speak with one kind of station. Found by {@link java.util.ServiceLoader}. Stateless. */
public interface Protocol {
    /** The name in a station file, for instance {@code tcp-lines}. */
    String name();

    /** The keys of a station file that belong to this protocol alone. */
    List<Option> options();

    /** How the archive names and frames what this protocol delivers. */
    ArchiveForm archiveForm();

    /** The task for a source that {@link #validate} has accepted. */
    Task taskFor(Source source);

    /**
     * Checks what {@link #options} cannot say.
     *
     * @throws InvalidSourceException naming the field that is wrong
     */
    default void validate(Source source) {}

    /** How a server is asked which stations it has; null: it cannot be asked. */
    default @Nullable Discovery discovery() {
        return null;
    }

    /**
     * One key.
     *
     * @param key as in the station file
     * @param type how its value is read
     * @param meaning one line for people
     */
    record Option(String key, Type type, String meaning) {
        /** How a value is read. */
        public enum Type {
            SWITCH,
            TEXT,
            /** Several texts; the value of a source's option has commas between them. */
            LIST,
            NUMBER
        }
    }

    /**
     * How payloads stand in an archive file.
     *
     * @param extension of the file name, without a dot
     * @param framing what stands around each payload
     */
    record ArchiveForm(String extension, Framing framing) {
        /** What stands around each payload in the file. */
        public enum Framing {
            /** Four bytes of big-endian length before each payload. */
            LENGTH_PREFIXED,
            /** Nothing: each payload ends in LF by itself. */
            LINES
        }
    }
}
