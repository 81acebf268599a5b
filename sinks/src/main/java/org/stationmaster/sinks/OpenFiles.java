package org.stationmaster.sinks;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that are open, never more than the limit, and what is not yet on the device.
 *
 * <p>Stations are visited in rounds: each sends, then each sends again. Against such a sweep a plain LRU is worst: with
 * one file more than it holds, every append misses. So a file keeps its place as long as it is used: a newcomer to a full
 * set is opened, appended to and closed, unless the file that was used least recently has rested for
 * {@link #RESTING_DELIVERIES} deliveries. One place is left free for such newcomers.
 */
final class OpenFiles {
    static final int RESTING_DELIVERIES = 16;

    /** Bounds the memory of what waits for a flush; beyond it the sink flushes by itself. */
    static final int MAX_UNSYNCED = 2 * Catalog.MAX_STATIONS;

    private static final int MAX_TOLD = 100;
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveSink.class);

    private final int held;
    private final Volume volume;
    private final TailRepair repair;
    private final ToLongFunction<DayFile> knownLength;
    private final LinkedHashMap<DayFile, DayFile> open = new LinkedHashMap<>(64, 0.75f, true);
    private final Set<DayFile> unsynced = new LinkedHashSet<>();
    private final Set<Path> unsyncedDirectories = new LinkedHashSet<>();
    private long delivery;
    private long day = Long.MIN_VALUE;

    long opens;
    long changedUnderneath;

    /** @param knownLength a length up to which a file holds whole records, from an earlier run; 0: not known */
    OpenFiles(int limit, Volume volume, TailRepair repair, ToLongFunction<DayFile> knownLength) {
        this.held = limit - 1;
        this.volume = volume;
        this.repair = repair;
        this.knownLength = knownLength;
    }

    /** Counts a delivery; files of other days than its first record's are closed. */
    void beginDelivery(long epochDay) {
        delivery++;
        if (epochDay != day) {
            day = epochDay;
            for (var file : new ArrayList<>(open.keySet())) {
                if (file.epochDay != epochDay) {
                    close(file);
                }
            }
        }
    }

    /** The file, open and ending with a whole record. Follow with {@link #appended} or {@link #broke}. */
    Volume.Handle use(DayFile file) throws IOException {
        var handle = file.handle;
        if (handle != null) {
            // A file that was removed or replaced would take the bytes and nobody would ever see them.
            if (file.stat.length() == file.wholeBytes) {
                return handle;
            }
            changed(file);
        }
        return open(file);
    }

    private Volume.Handle open(DayFile file) throws IOException {
        for (int attempt = 0; attempt < 3; attempt++) {
            if (file.wholeBytes == DayFile.UNKNOWN) {
                makeDirectory(file.root, file.protocolDirectory);
                makeDirectory(file.protocolDirectory, file.directory);
                file.wholeBytes = repair.repair(file, attempt == 0 ? knownLength.applyAsLong(file) : 0);
            }
            try {
                var handle = volume.open(file.path);
                if (accept(file, handle)) {
                    return handle;
                }
            } catch (NoSuchFileException e) {
                if (file.wholeBytes == 0) {
                    throw e;
                }
            }
            changed(file);
        }
        throw new FileSystemException(file.path.toString(), null, "somebody else is changing this file");
    }

    /** Whether the file is what we left. */
    private boolean accept(DayFile file, Volume.Handle handle) throws IOException {
        boolean accepted = false;
        try {
            opens++;
            long size = handle.size();
            if (file.cutPending && size > file.wholeBytes) {
                handle.truncate(file.wholeBytes);
                size = handle.size();
            }
            if (size == file.wholeBytes) {
                file.cutPending = false;
                file.handle = handle;
                accepted = true;
                if (size == 0) {
                    unsyncedDirectories.add(file.directory);
                }
            }
            return accepted;
        } finally {
            if (!accepted) {
                handle.close();
            }
        }
    }

    private void changed(DayFile file) {
        changedUnderneath++;
        if (changedUnderneath <= MAX_TOLD) {
            LOG.warn(
                    "{}: was removed, replaced or changed by somebody else while it was being written; expected {} bytes{}",
                    file,
                    file.wholeBytes,
                    changedUnderneath == MAX_TOLD ? "; further files are counted without a line here" : "");
        }
        close(file);
        file.wholeBytes = DayFile.UNKNOWN;
        file.cutPending = false;
    }

    private void makeDirectory(Path parent, Path directory) throws IOException {
        if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            throw new FileSystemException(
                    directory.toString(), null, "is no directory of its own, but a file or a link");
        }
        unsyncedDirectories.add(parent);
    }

    /** Bytes were appended: the file stays open when there is a place for it. */
    void appended(DayFile file, long bytes) {
        file.wholeBytes += bytes;
        file.lastUse = delivery;
        markUnsynced(file);
        if (open.get(file) != null) {
            return;
        }
        if (open.size() >= held && !makePlace()) {
            close(file);
            return;
        }
        open.put(file, file);
    }

    private boolean makePlace() {
        var eldest = open.firstEntry();
        if (eldest == null || delivery - eldest.getKey().lastUse < RESTING_DELIVERIES) {
            return false;
        }
        close(eldest.getKey());
        return true;
    }

    /**
     * An append failed: the file is cut to its whole records and closed.
     *
     * @param wholeBytes how many bytes of whole records were appended
     */
    void broke(DayFile file, long wholeBytes) {
        file.wholeBytes += wholeBytes;
        file.cutPending = true;
        if (wholeBytes > 0) {
            markUnsynced(file);
        }
        try {
            if (file.handle != null) {
                file.handle.truncate(file.wholeBytes);
                file.cutPending = false;
            }
        } catch (IOException e) {
            LOG.debug("{}: cannot be cut to {} bytes now, will be when it is opened", file, file.wholeBytes, e);
        }
        close(file);
    }

    private void markUnsynced(DayFile file) {
        if (!file.unsynced) {
            file.unsynced = true;
            unsynced.add(file);
        }
    }

    /** Closes the file, if it is open. */
    void close(DayFile file) {
        open.remove(file);
        var handle = file.handle;
        file.handle = null;
        if (handle != null) {
            try {
                handle.close();
            } catch (IOException e) {
                // nothing is buffered on our side: what was appended is the kernel's
                LOG.debug("{}: closing", file, e);
            }
        }
    }

    void closeAll() {
        new ArrayList<>(open.keySet()).forEach(this::close);
    }

    int openNow() {
        return open.size();
    }

    int unsyncedFiles() {
        return unsynced.size();
    }

    /**
     * Forces to the device what was appended since the last flush, then the directories of new files. What failed is
     * tried again by the next flush.
     */
    void flush() throws IOException {
        var files = unsynced.iterator();
        while (files.hasNext()) {
            var file = files.next();
            try {
                if (file.handle != null) {
                    file.handle.force();
                } else {
                    volume.force(file.path);
                }
            } catch (NoSuchFileException e) {
                // removed by somebody: nothing of it can be made durable
                LOG.debug("{}: is gone, not flushed", file);
            }
            file.unsynced = false;
            files.remove();
        }
        var directories = unsyncedDirectories.iterator();
        while (directories.hasNext()) {
            var directory = directories.next();
            try {
                volume.forceDirectory(directory);
            } catch (NoSuchFileException e) {
                LOG.debug("{}: is gone, not flushed", directory);
            }
            directories.remove();
        }
    }
}
