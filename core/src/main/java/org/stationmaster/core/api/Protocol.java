package org.stationmaster.core.api;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
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

    /** Sources with the same key are kept in one worker, see {@link Task.Shared}; null: it does not matter. */
    default @Nullable String connectionKey(Source source) {
        return null;
    }

    /** How a server is asked which stations it has; null: it cannot be asked. */
    default @Nullable Discovery discovery() {
        return null;
    }

    /** How stations of this protocol call in; then {@link #taskFor} is asked for sources that do, too. Null: they cannot. */
    default @Nullable DialIn dialIn() {
        return null;
    }

    /**
     * One key.
     *
     * @param key as in the station file; {@code gga.height} is {@code height} in the mapping {@code gga}
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

    /** In which files the archive keeps payloads, and how they stand there. */
    sealed interface ArchiveForm {
        /** What stands around each payload. */
        Framing framing();

        /**
         * A file for each UTC day of receipt: {@code SOURCE.YYYY.DDD.EXT}.
         *
         * @param extension of the file name, without a dot: 1 to 16 letters or digits
         */
        record Daily(String extension, Framing framing) implements ArchiveForm {}

        /**
         * A file for each UTC hour of receipt, named as RINEX 3 names the stream of a GNSS station:
         * {@code SSSSMRCCC_S_YYYYDDDHHMM_01H_01S_MO.EXT}. The first part is the source's attribute {@value #SITE} when it
         * is nine of {@code A-Z} and {@code 0-9}, else the source's id.
         *
         * @param extension of the file name, without a dot: 1 to 16 letters or digits
         */
        record Hourly(String extension, Framing framing) implements ArchiveForm {
            /** The attribute that names the station: four letters of the site, monument, receiver, country. */
            public static final String SITE = "site";

            private static final Pattern SITE_FORM = Pattern.compile("[A-Z0-9]{9}");

            /** Whether a name can be the first part of a file's name. */
            public static boolean isSite(String name) {
                return SITE_FORM.matcher(name).matches();
            }
        }

        /**
         * SeisComP Data Structure: {@code sds/YEAR/NET/STA/CHAN.TYPE/NET.STA.LOC.CHAN.TYPE.YEAR.DAY}, with codes,
         * type, year and day of each record, whatever source it came from.
         *
         * @param stream makes a reader, for one thread
         */
        record Sds(Supplier<Stream> stream, Framing framing) implements ArchiveForm {
            /** Reads of which stream a record is; the accessors tell of the last one. */
            public interface Stream {
                /** Looks at a record, position to limit; allocates nothing. False: it does not tell. */
                boolean read(ByteBuffer record);

                /** The same for records of the same stream, and in all likelihood for no other. */
                long hash();

                /** The time of its first sample, nanoseconds since 1970 UTC. */
                long startNanos();

                String network();

                String station();

                /** Empty when it has none. */
                String location();

                String channel();

                /** The letter that SDS has for what the stream holds: {@code D} waveforms, {@code L} a log. */
                char type();
            }
        }

        /** What stands around each payload in the file. */
        sealed interface Framing {
            /** Four bytes of big-endian length before each payload. */
            Framing LENGTH_PREFIXED = new LengthPrefixed();

            /** Nothing: each payload ends in LF by itself. */
            Framing LINES = new Lines();

            /** See {@link #LENGTH_PREFIXED}. */
            record LengthPrefixed() implements Framing {}

            /** See {@link #LINES}. */
            record Lines() implements Framing {}

            /**
             * Nothing: a payload is a record as it came over the wire, with all that delimits it.
             *
             * @param decoder makes what finds each payload in a file again, with the bounds that held on the wire or wider
             *     ones; its {@link Decoder.Result#FRAME} must be just the payload
             */
            record SelfDelimiting(Supplier<Decoder> decoder) implements Framing {}
        }
    }
}
