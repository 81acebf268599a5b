package org.stationmaster.sinks;

import java.io.File;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;

/** A file of the archive: what is known of it, open or not. Used by the sink's thread only. */
final class ArchiveFile {
    static final long UNKNOWN = -1;

    /** The directory of the archive, the one that the file is in, and the file. */
    final Path root;

    final Path directory;
    final Path path;
    final Framing framing;

    /** The UTC day of receipt. */
    final long epochDay;

    /** Which of its source's days or hours it holds. */
    final long period;

    /** The same path for {@link File#length}: the cheapest look at a file that Java has. */
    final File stat;

    /** Bytes up to the end of the last whole record; {@link #UNKNOWN} until the tail was checked. */
    long wholeBytes = UNKNOWN;

    /** Bytes behind {@link #wholeBytes} are ours, torn, and could not be cut yet. */
    boolean cutPending;

    /** Written since the last flush. */
    boolean unsynced;

    /** A force failed: how much of it is on the device is not known, and forcing again would not tell. */
    boolean unsure;

    Volume.@Nullable Handle handle;

    /** The number of the delivery that used it last. */
    long lastUse;

    /** The number of the attempt in which it failed: it takes no more records in that attempt. */
    long failedAttempt;

    // Of one round: bytes staged, where they begin and where the next record goes, and how many were written.
    int stagedBytes;
    int stageStart;
    int stageEnd;
    int writtenBytes;

    ArchiveFile(Path root, Path directory, String name, Framing framing, long epochDay, long period) {
        this.root = root;
        this.directory = directory;
        this.path = directory.resolve(name);
        this.framing = framing;
        this.epochDay = epochDay;
        this.period = period;
        this.stat = path.toFile();
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
