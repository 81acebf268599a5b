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

    /**
     * Checks the file and repairs it.
     *
     * @param known a length up to which the file was seen to hold whole records; 0: not known. It saves the walk over
     *     them, and is believed only when the rest fits on
     * @return the length of the file now; 0 when there is none
     */
    long repair(DayFile file, long known) throws IOException {
        try (var channel = FileChannel.open(file.path, READ, WRITE, LinkOption.NOFOLLOW_LINKS)) {
            long size = channel.size();
            var tail = Tail.of(channel, file.framing, known <= size ? known : 0);
            if (tail.tornBytes() > 0 && known > 0) {
                tail = Tail.of(channel, file.framing, 0);
            }
            if (tail.tornBytes() > 0) {
                cut(file.path, channel, tail);
            }
            return tail.wholeBytes();
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private void cut(Path path, FileChannel channel, Tail tail) throws IOException {
        boolean isTornRecord = tail.isPossible() && tail.tornBytes() <= CUT_LIMIT_BYTES;
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
