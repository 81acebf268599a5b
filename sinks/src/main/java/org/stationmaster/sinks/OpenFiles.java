package org.stationmaster.sinks;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
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

    private static final int FLUSH_THREADS = 16;
    private static final int MAX_TOLD = 100;
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveSink.class);

    private final int held;
    private final Volume volume;
    private final TailRepair repair;
    private final ToLongFunction<ArchiveFile> knownLength;
    private final LinkedHashMap<ArchiveFile, ArchiveFile> open = new LinkedHashMap<>(64, 0.75f, true);
    private final Set<ArchiveFile> unsynced = new LinkedHashSet<>();
    private final Set<Path> unsyncedDirectories = new LinkedHashSet<>();
    private long delivery;
    private long day = Long.MIN_VALUE;

    long opens;
    long changedUnderneath;
    long handedOver;

    /** Files and directories whose force failed. */
    long unsure;

    /** @param knownLength a length up to which a file holds whole records, as an earlier run or another part has saved it; 0: not known */
    OpenFiles(int limit, Volume volume, TailRepair repair, ToLongFunction<ArchiveFile> knownLength) {
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
    Volume.Handle use(ArchiveFile file) throws IOException {
        var handle = file.handle;
        if (handle != null) {
            // A file that was removed or replaced would take the bytes and nobody would ever see them.
            if (file.stat.length() == file.wholeBytes) {
                return handle;
            }
            checkAgain(file);
        }
        return open(file);
    }

    private Volume.Handle open(ArchiveFile file) throws IOException {
        for (int attempt = 0; attempt < 3; attempt++) {
            if (file.wholeBytes == ArchiveFile.UNKNOWN) {
                file.wholeBytes = check(file, 0).wholeBytes();
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
            checkAgain(file);
        }
        throw new FileSystemException(file.path.toString(), null, "somebody else is changing this file");
    }

    /** Whether the file is what we left. */
    private boolean accept(ArchiveFile file, Volume.Handle handle) throws IOException {
        boolean accepted = false;
        try {
            opens++;
            long size = handle.size();
            // Another part may have cut what we could not, and gone on.
            if (file.cutPending && size > file.wholeBytes && repair.holdsNoMore(file)) {
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

    /** @param left a length up to which this part has seen whole records; 0: none yet */
    private TailRepair.Checked check(ArchiveFile file, long left) throws IOException {
        var parent = file.root;
        for (var name : file.root.relativize(file.directory)) {
            var directory = parent.resolve(name);
            makeDirectory(parent, directory);
            parent = directory;
        }
        boolean isLonger = file.stat.length() > left;
        return repair.repair(file, isLonger ? Math.max(left, knownLength.applyAsLong(file)) : left);
    }

    /** The file is not as we left it: another part has gone on with it, or somebody has changed it. */
    private void checkAgain(ArchiveFile file) throws IOException {
        long left = file.wholeBytes;
        boolean isReplaced;
        try {
            isReplaced = file.handle != null && file.handle.size() != file.stat.length();
        } finally {
            close(file);
            file.wholeBytes = ArchiveFile.UNKNOWN;
            file.cutPending = false;
        }
        var checked = check(file, left);
        file.wholeBytes = checked.wholeBytes();
        if (checked.isContinued() && !isReplaced) {
            handedOver++;
        } else {
            changed(file, left);
        }
    }

    private void changed(ArchiveFile file, long left) {
        changedUnderneath++;
        if (changedUnderneath <= MAX_TOLD) {
            LOG.warn(
                    "{}: was removed, replaced or changed by somebody else while it was being written; expected {} bytes{}",
                    file,
                    left,
                    changedUnderneath == MAX_TOLD ? "; further files are counted without a line here" : "");
        }
    }

    private void makeDirectory(Path parent, Path directory) throws IOException {
        if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            // or another part was quicker
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileSystemException(
                        directory.toString(), null, "is no directory of its own, but a file or a link");
            }
        }
        unsyncedDirectories.add(parent);
    }

    /** Bytes were appended: the file stays open when there is a place for it. */
    void appended(ArchiveFile file, long bytes) {
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
    void broke(ArchiveFile file, long wholeBytes) {
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

    private void markUnsynced(ArchiveFile file) {
        if (!file.unsynced) {
            file.unsynced = true;
            unsynced.add(file);
        }
    }

    /** Closes the file, if it is open. */
    void close(ArchiveFile file) {
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

    /** The day of the latest delivery. */
    long day() {
        return day;
    }

    int openNow() {
        return open.size();
    }

    int unsyncedFiles() {
        return unsynced.size();
    }

    /**
     * Forces to the device what was appended since the last flush, then the directories of new files; many at once,
     * since a device takes them together (one after the other, 10,000 files take some 25 s).
     *
     * <p>What failed is not forced again: the kernel tells a failed write once and then takes the pages for written, so a
     * second force would succeed and mean nothing. It is counted in {@link #unsure} for good; the file is closed, and
     * opened again at its next record.
     *
     * @throws IOException the first failure of this flush; the others are logged
     */
    void flush() throws IOException {
        var failures = new ArrayList<IOException>();
        forceAll(List.copyOf(unsynced), this::force, (file, failure) -> {
            file.unsynced = false;
            unsynced.remove(file);
            if (failure != null) {
                file.unsure = true;
                close(file);
                failed(file, failure, failures);
            }
        });
        forceAll(List.copyOf(unsyncedDirectories), volume::forceDirectory, (directory, failure) -> {
            unsyncedDirectories.remove(directory);
            if (failure != null) {
                failed(directory, failure, failures);
            }
        });
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
    }

    private void failed(Object what, IOException failure, List<IOException> failures) {
        failures.add(failure);
        unsure++;
        if (unsure <= MAX_TOLD) {
            LOG.error(
                    "{}: could not be forced to the device; what was written to it since the last flush may be lost"
                            + " in a crash of the host: {}{}",
                    what,
                    failure.toString(),
                    unsure == MAX_TOLD ? "; further ones are counted without a line here" : "");
        }
    }

    private void force(ArchiveFile file) throws IOException {
        var handle = file.handle;
        if (handle != null) {
            try {
                handle.force();
                return;
            } catch (ClosedChannelException e) {
                LOG.debug("{}: an interrupt has closed it, not its pages", file, e);
            }
        }
        volume.force(file.path);
    }

    private interface Force<T> {
        void force(T what) throws IOException;
    }

    /** Forces all, on several threads; then {@code done} is told of each, and of its failure, on this thread. */
    private static <T> void forceAll(List<T> all, Force<T> force, BiConsumer<T, @Nullable IOException> done)
            throws IOException {
        if (all.isEmpty()) {
            return;
        }
        try (var pool = Executors.newFixedThreadPool(Math.min(FLUSH_THREADS, all.size()))) {
            var forced = all.stream()
                    .map(what -> pool.submit(() -> {
                        forceOrGone(what, force);
                        return what;
                    }))
                    .toList();
            for (int i = 0; i < forced.size(); i++) {
                done.accept(all.get(i), failureOf(forced.get(i)));
            }
        }
    }

    private static <T> void forceOrGone(T what, Force<T> force) throws IOException {
        try {
            force.force(what);
        } catch (NoSuchFileException e) {
            // removed by somebody: nothing of it can be made durable
            LOG.debug("{}: is gone, not flushed", what);
        }
    }

    private static @Nullable IOException failureOf(Future<?> forced) throws IOException {
        try {
            forced.get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while flushing");
        }
    }
}
