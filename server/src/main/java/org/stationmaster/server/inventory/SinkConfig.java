package org.stationmaster.server.inventory;

/** One entry of {@code sinks}. */
public sealed interface SinkConfig {
    /**
     * Files below {@code data}/archive.
     *
     * @param openFiles how many files are held open at most, 1 to 1,000,000; raise it with {@code LimitNOFILE} when
     *     many stations send seldom
     * @param lingerMillis how long a record may wait for others to be written with, 0 to 60,000
     */
    record Archive(int openFiles, int lingerMillis) implements SinkConfig {
        public static final Archive DEFAULT = new Archive(512, 200);
    }
}
