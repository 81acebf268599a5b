package org.stationmaster.sinks;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Acknowledgement;
import org.stationmaster.core.api.RecordBatch;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;

/**
 * The archive: the bytes of each source as it sent them, in
 * {@code ROOT/PROTOCOL/SOURCE/SOURCE.YYYY.DDD.EXT}, where the day is the UTC day of receipt, or in hourly files
 * ({@link org.stationmaster.core.api.Protocol.ArchiveForm}).
 *
 * <ul>
 *   <li>{@code LENGTH_PREFIXED} files hold each payload behind its length, four bytes, big-endian;
 *   <li>{@code LINES} files hold the payloads, each ending in LF; one that lacks it gets it;
 *   <li>{@code SelfDelimiting} files hold the payloads and nothing else.
 * </ul>
 *
 * <p><b>Acknowledged</b> means: the kernel has it. A crash of the process loses nothing of it; a crash of the host may,
 * until {@link #flush} has returned. A file or directory whose {@code fsync} failed is told by name and never again counts
 * as flushed. <b>Torn records</b>: after a failed write the file is cut back to its last whole record at once;
 * after a crash of the process when the file is opened again for the first time. A crash leaves at most the beginning of
 * one record: it is cut, counted and logged. Bytes that cannot be that (an impossible length, more than 64 KiB) are moved
 * to {@code NAME.torn-N} beside the file before it is cut, for somebody to look at. {@code ROOT/.lengths} remembers what was
 * checked, so that a start is quick; it may be removed at any time.
 *
 * <p><b>Parts</b>: several archives, in processes of their own, may write below one root; each has its number, and a
 * {@code .lengths-PART} of its own beside the others'. A source's records come through one part at a time: the part before has
 * acknowledged all of them, or its process is dead. A file that another part has gone on with is checked from where this
 * part left it, or from where any part knows it whole; only one that has a torn record at its end is walked whole.
 *
 * <p><b>Failure</b> is a {@link SinkException} that says what to do. What was written of the batch is remembered, and the
 * same batch object given again goes on from there: nothing is lost or written twice. One file that cannot be written
 * fails its batch; the records of other files are written all the same.
 *
 * <p><b>Refused</b> for good, counted and told once: records of a protocol whose name is not
 * {@code [a-z0-9][a-z0-9-]{0,31}} or whose extension is not 1 to 16 letters or digits, payloads over 1 GiB.
 *
 * <p>At most {@link ArchiveConfig#openFiles} files are open (two more while one is repaired, 16
 * more during a flush). Symbolic links below
 * the root are not followed. All methods belong to the sink's thread, except {@link #totals}. The directory belongs
 * to one machine: whoever makes its parts holds the lock.
 */
public final class ArchiveSink implements Sink {
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveSink.class);

    private final ArchiveConfig config;
    private final int part;
    private final Catalog catalog;
    private final TailRepair repair = new TailRepair();
    private final Lengths lengths;
    private final OpenFiles openFiles;
    private final BatchWriter writer;
    private final StreamsLock streamsLock;
    private long failures;

    /** Appended and walked bytes at the last save of the lengths. */
    private long savedAtBytes;

    /** The batch that could not be delivered and will be given again. */
    private @Nullable RecordBatch unfinished;

    private volatile ArchiveTotals totals = ArchiveTotals.NONE;

    /** An archive of one part that will be opened by the machine. Touches nothing yet. */
    public ArchiveSink(ArchiveConfig config) {
        this(config, 0);
    }

    /**
     * One part of an archive. Touches nothing yet.
     *
     * @param part its number, from 0; no two that live at the same time have the same
     */
    public ArchiveSink(ArchiveConfig config, int part) {
        this(config, part, Volume.DISK, Catalog.MAX_STATIONS, BatchWriter.MAX_STAGE_BYTES);
    }

    /** For tests: another disk, other bounds. */
    ArchiveSink(ArchiveConfig config, int part, Volume volume, int maxStations, int maxStageBytes) {
        if (part < 0) {
            throw new IllegalArgumentException("part " + part + " is negative");
        }
        this.config = config;
        this.part = part;
        this.catalog = new Catalog(config.root(), config.forms(), maxStations);
        this.lengths = new Lengths(config.root(), part, volume);
        this.openFiles = new OpenFiles(config.openFiles(), volume, repair, lengths::take);
        this.writer = new BatchWriter(catalog, openFiles, maxStageBytes);
        this.streamsLock = new StreamsLock(config.root());
    }

    @Override
    public String name() {
        return "archive";
    }

    @Override
    public Duration linger() {
        return Duration.ofMillis(config.lingerMillis());
    }

    /** Creates the root when it is missing, and tries whether a file can be made there. */
    @Override
    public void open() throws SinkException {
        var root = config.root();
        try {
            Files.createDirectories(root);
            var trial = root.resolve(".writable-" + part);
            Files.deleteIfExists(trial); // from a start that was killed
            Files.delete(Files.createFile(trial));
        } catch (IOException e) {
            throw new SinkException("the archive cannot be written: " + explain(root, e), e);
        }
        lengths.load();
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the very same object given again is a retry, an equal one is not
    public Acknowledgement deliver(RecordBatch batch) throws SinkException {
        if (openFiles.unsyncedFiles() > OpenFiles.MAX_UNSYNCED) {
            force();
        }
        lengths.beginDelivery();
        if (batch != unfinished) {
            unfinished = null;
            writer.plan(batch);
            unfinished = batch;
        }
        var failure = attempt(batch);
        if (failure != null) {
            failures++;
            publish();
            throw new SinkException(describe(failure), failure.first());
        }
        unfinished = null;
        int refused = writer.refused();
        writer.done();
        catalog.trim(openFiles::close);
        if (unsavedBytes() >= Lengths.SAVE_EVERY_BYTES) {
            saveLengths();
        }
        publish();
        return new Acknowledgement(batch.size() - refused, refused);
    }

    private BatchWriter.@Nullable Failure attempt(RecordBatch batch) throws SinkException {
        if (!catalog.hasStreams()) {
            return writer.attempt(batch);
        }
        try (var _ = streamsLock.take()) {
            return writer.attempt(batch);
        } catch (IOException e) {
            failures++;
            publish();
            throw new SinkException("the archive cannot lock " + explain(config.root(), e) + "; the records wait", e);
        }
    }

    /**
     * Forces everything acknowledged so far to the device: one {@code fsync} for each file that was written since the
     * last flush, open or not, and for each directory that got a new file. With thousands of files this takes seconds.
     *
     * @throws SinkException something could not be forced, now or by an earlier flush: once a force has failed, no flush
     *     of this sink succeeds any more, since none could put right what that one has lost
     */
    @Override
    public void flush() throws SinkException {
        force();
        if (openFiles.unsure > 0) {
            throw new SinkException(
                    "the archive could not be flushed: an earlier flush failed for " + openFiles.unsure
                            + " files or directories, see the log; what they got before it may be lost in a crash of"
                            + " the host: see to the disk, then start the machine again",
                    null);
        }
    }

    private void force() throws SinkException {
        try {
            openFiles.flush();
        } catch (IOException e) {
            failures++;
            throw new SinkException("the archive could not be flushed: " + explain(config.root(), e), e);
        } finally {
            publish();
        }
    }

    /** Flushes and closes every file; what cannot be flushed is logged. */
    @Override
    public void close() {
        // An interrupt would close each channel at its first use, and nothing would be flushed.
        boolean interrupted = Thread.interrupted();
        try {
            flush();
        } catch (SinkException e) {
            LOG.error("{}", e.getMessage());
        } finally {
            openFiles.closeAll();
            saveLengths();
            closeLock();
            publish();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void closeLock() {
        try {
            streamsLock.close();
        } catch (IOException e) {
            LOG.debug("the lock of the streams: closing", e); // nothing is written through it
        }
    }

    /** What would have to be walked after a crash, or walked again. */
    private long unsavedBytes() {
        return writer.bytes + repair.walkedBytes - savedAtBytes;
    }

    private void saveLengths() {
        if (unsavedBytes() > 0) {
            savedAtBytes += unsavedBytes();
            lengths.save(catalog, openFiles.day());
        }
    }

    /** What was done so far, as of the last call that ended. From any thread. */
    public ArchiveTotals totals() {
        return totals;
    }

    private void publish() {
        totals = new ArchiveTotals(
                writer.records,
                writer.bytes,
                writer.refusedRecords,
                writer.writes,
                openFiles.opens,
                openFiles.openNow(),
                repair.repairs,
                repair.cutBytes,
                repair.asideBytes,
                repair.walkedBytes,
                openFiles.handedOver,
                openFiles.changedUnderneath,
                failures);
    }

    private String describe(BatchWriter.Failure failure) {
        var others = failure.files() == 1 ? "" : " (and " + (failure.files() - 1) + " files more)";
        return "the archive cannot write " + explain(failure.file().path, failure.first()) + others
                + "; the records wait";
    }

    /** Path, cause and what to do. The system's own text tells what Java has no type for; it decides nothing. */
    private String explain(Path path, IOException e) {
        var where = e instanceof FileSystemException f && f.getFile() != null ? f.getFile() : path.toString();
        var reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        var text = reason == null ? e.getClass().getSimpleName() : reason;
        return where + ": "
                + switch (e) {
                    case NoSuchFileException _
                    when !Files.isDirectory(config.root()) ->
                        "the directory " + config.root() + " is gone: mount it or create it again";
                    case NoSuchFileException _ -> "it is gone: see who removes files from the archive";
                    case AccessDeniedException _ -> "not allowed: let the machine's user write there";
                    default -> text + advice(text);
                };
    }

    private static String advice(String text) {
        if (text.contains("No space left") || text.contains("quota")) {
            return ": make room on this disk";
        }
        if (text.contains("Too many open files")) {
            return ": raise LimitNOFILE, or lower openFiles";
        }
        if (text.contains("Read-only")) {
            return ": mount it writable";
        }
        if (text.contains("File too large")) {
            return ": raise LimitFSIZE, or use a file system for larger files";
        }
        if (text.contains("Is a directory")
                || text.contains("Not a directory")
                || text.contains("symbolic links")
                || text.contains("no directory")) {
            return ": move it away";
        }
        return "";
    }
}
