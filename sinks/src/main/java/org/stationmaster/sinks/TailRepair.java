package org.stationmaster.sinks;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Protocol.ArchiveForm.Framing;

/**
 * Sees to it that a file ends with a whole record before anything is appended.
 *
 * <p>A crash leaves the beginning of at most one record behind the whole ones: it is cut, counted and told. Anything
 * else at the end is not ours to destroy: bytes whose length field is impossible (negative or over 1 GiB), and
 * incomplete records of more than {@link #CUT_LIMIT_BYTES}, are first copied to {@code NAME.torn-N} beside the file.
 */
final class TailRepair {
    static final int CUT_LIMIT_BYTES = 64 * 1024;
    private static final int MAX_ASIDE_FILES = 1_000;
    private static final int MAX_TOLD = 100;
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveSink.class);

    long repairs;
    long cutBytes;
    long asideBytes;

    /** Walked over record by record; lines are looked at from their end. */
    long walkedBytes;

    /**
     * What a check has found.
     *
     * @param wholeBytes the length of the file now; 0 when there is none
     * @param isContinued whether it is what it was at the known length, and behind that only whole records were
     *     appended, and at most the beginning of one that a crash has torn
     */
    record Checked(long wholeBytes, boolean isContinued) {}

    /**
     * Checks the file and repairs it.
     *
     * @param known a length up to which the file was seen to hold whole records; 0: not known. It saves the walk over
     *     them, and is believed only when the rest fits on. When a torn record is behind that, the walk from the start
     *     must come by the known length: nothing is cut on a memory's word
     */
    Checked repair(ArchiveFile file, long known) throws IOException {
        try (var channel = FileChannel.open(file.path, READ, WRITE, LinkOption.NOFOLLOW_LINKS)) {
            long size = channel.size();
            boolean isOnBoundary = known <= size;
            var tail = look(channel, file, isOnBoundary ? known : 0, size);
            if (isOnBoundary && tail.tornBytes() > 0 && known > 0) {
                isOnBoundary = look(channel, file, 0, known).tornBytes() == 0;
                tail = isOnBoundary ? tail : look(channel, file, 0, size);
            }
            if (tail.tornBytes() > 0) {
                cut(file.path, channel, tail);
            }
            return new Checked(tail.wholeBytes(), isOnBoundary && tail.canBeTorn(CUT_LIMIT_BYTES));
        } catch (NoSuchFileException e) {
            return new Checked(0, known == 0);
        }
    }

    /** Whether no whole record is behind those that are known. */
    boolean holdsNoMore(ArchiveFile file) throws IOException {
        try (var channel = FileChannel.open(file.path, READ, LinkOption.NOFOLLOW_LINKS)) {
            return look(channel, file, file.wholeBytes, channel.size()).wholeBytes() == file.wholeBytes;
        }
    }

    private Tail look(FileChannel channel, ArchiveFile file, long from, long to) throws IOException {
        walkedBytes += file.framing instanceof Framing.Lines ? 0 : to - from;
        return Tail.of(channel, file.framing, from, to);
    }

    private void cut(Path path, FileChannel channel, Tail tail) throws IOException {
        boolean isTornRecord = tail.canBeTorn(CUT_LIMIT_BYTES);
        if (isTornRecord) {
            channel.truncate(tail.wholeBytes());
            cutBytes += tail.tornBytes();
        } else {
            var aside = copyAside(path, channel, tail);
            channel.truncate(tail.wholeBytes());
            asideBytes += tail.tornBytes();
            LOG.warn(
                    "{}: the last {} bytes are no whole record; moved to {}, look what they are",
                    path,
                    tail.tornBytes(),
                    aside.getFileName());
        }
        repairs++;
        if (isTornRecord && repairs <= MAX_TOLD) {
            LOG.warn(
                    "{}: cut {} bytes of a record that a crash had torn{}",
                    path,
                    tail.tornBytes(),
                    repairs == MAX_TOLD ? "; further files are repaired and counted without a line here" : "");
        }
    }

    private static Path copyAside(Path path, FileChannel channel, Tail tail) throws IOException {
        for (int n = 1; n <= MAX_ASIDE_FILES; n++) {
            var aside = path.resolveSibling(path.getFileName() + ".torn-" + n);
            try (var copy = FileChannel.open(aside, CREATE_NEW, WRITE)) {
                copyTail(channel, tail, copy);
                return aside;
            } catch (FileAlreadyExistsException e) {
                // from an earlier repair: the next number
            } catch (IOException e) {
                Files.deleteIfExists(aside);
                throw e;
            }
        }
        throw new FileSystemException(path.toString(), null, "has " + MAX_ASIDE_FILES + " .torn files beside it");
    }

    private static void copyTail(FileChannel from, Tail tail, FileChannel to) throws IOException {
        long done = 0;
        while (done < tail.tornBytes()) {
            long moved = from.transferTo(tail.wholeBytes() + done, tail.tornBytes() - done, to);
            if (moved <= 0) {
                throw new IOException("no progress while copying the tail aside");
            }
            done += moved;
        }
        to.force(true);
    }
}
