package org.stationmaster.core.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.function.Function;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Text;

/**
 * A table in a file, as somebody outside the machine sees it: whoever may read the file, while the machine runs and
 * after it has died. Reading disturbs nobody. Safe from any thread.
 */
public final class StateFile {
    private static final int ZEROS_BYTES = 1 << 20;
    private static final int HEADER_BYTES = Layout.HEADER_WORDS * Long.BYTES;

    private final Path path;
    private final BasicFileAttributes opened;
    private final StateReader reader;

    private StateFile(Path path, BasicFileAttributes opened, StateReader reader) {
        this.path = path;
        this.opened = opened;
        this.reader = reader;
    }

    static StateFile open(Path path) throws StateTableException {
        var opened = attributes(path); // first: a table that is replaced meanwhile is then found out
        return new StateFile(path, opened, map(path, MapMode.READ_ONLY).reader());
    }

    /**
     * Reads of the table what {@code body} wants to know. It must not keep the reader.
     *
     * @throws StateTableException the file was removed, replaced or cut: nothing that was read means anything
     */
    public <T> T look(Function<? super StateReader, T> body) throws StateTableException {
        T seen;
        try {
            seen = body.apply(reader);
            check();
        } catch (InternalError e) { // what a JVM makes of a page that is gone, at the access or soon after
            check();
            throw new StateTableException(path + ": the state table cannot be read any longer: " + e.getMessage(), e);
        }
        return seen;
    }

    /** Asks the system for the file, which also brings out an error of a page that is still under way. */
    private void check() throws StateTableException {
        var now = attributes(path);
        if (!Objects.equals(now.fileKey(), opened.fileKey())) {
            throw new StateTableException(path + ": another state table has taken its place: open it again");
        }
        if (now.size() != opened.size()) {
            throw new StateTableException(path + ": somebody has changed the length of the state table from "
                    + opened.size() + " to " + now.size() + " bytes; start the machine again to make a new one");
        }
    }

    private static BasicFileAttributes attributes(Path path) throws StateTableException {
        try {
            var attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                throw new StateTableException(path + " is no file; a state table is one");
            }
            return attributes;
        } catch (NoSuchFileException e) {
            throw new StateTableException(
                    path + ": there is no state table; has a machine run with this data directory?", e);
        } catch (StateTableException e) {
            throw e;
        } catch (IOException e) {
            throw failed(path, "cannot be read", e);
        }
    }

    /** Makes the file beside its place, whole and published, and moves it there: nobody ever opens half of one. */
    static StateTable create(Path path, MachineSize size, long bootNanos, ProcessIdentity supervisor)
            throws StateTableException {
        int words = Layout.words(size);
        var unpublished = path.resolveSibling(path.getFileName() + ".new");
        try {
            Files.deleteIfExists(unpublished);
            try (var channel = FileChannel.open(
                    unpublished, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                fill(channel, (long) words * Long.BYTES);
                var table = StateTable.create(
                        new MappedWords(channel, MapMode.READ_WRITE, words), size, bootNanos, supervisor);
                Files.move(unpublished, path, StandardCopyOption.ATOMIC_MOVE);
                return table;
            }
        } catch (IOException e) {
            var failure = failed(path, "cannot be made, it needs " + (long) words * Long.BYTES + " bytes", e);
            try {
                Files.deleteIfExists(unpublished);
            } catch (IOException second) {
                failure.addSuppressed(second);
            }
            throw failure;
        }
    }

    /** Zeros that lie on the disk: a full disk says so here, and not by a page fault in the middle of the work. */
    private static void fill(FileChannel channel, long bytes) throws IOException {
        var zeros = ByteBuffer.allocateDirect(ZEROS_BYTES);
        for (long left = bytes; left > 0; ) {
            zeros.clear().limit((int) Math.min(left, ZEROS_BYTES));
            left -= channel.write(zeros);
        }
        channel.force(true);
    }

    /** Maps a file that is a whole table of this layout. */
    static StateTable map(Path path, MapMode mode) throws StateTableException {
        var bytes = attributes(path).size();
        var options = mode.equals(MapMode.READ_ONLY)
                ? new StandardOpenOption[] {StandardOpenOption.READ}
                : new StandardOpenOption[] {StandardOpenOption.READ, StandardOpenOption.WRITE};
        try (var channel = FileChannel.open(path, options)) {
            var size = size(path, bytes, channel);
            return new StateTable(new MappedWords(channel, mode, Layout.words(size)), size);
        } catch (StateTableException e) {
            throw e;
        } catch (IOException e) {
            throw failed(path, "cannot be opened", e);
        }
    }

    private static MachineSize size(Path path, long bytes, FileChannel channel) throws IOException {
        var header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int read = 0;
        while (header.hasRemaining() && read >= 0) {
            read = channel.read(header, header.position());
        }
        if (header.position() < Long.BYTES || word(header, Layout.HEADER_MAGIC) != Layout.MAGIC) {
            throw new StateTableException(path + " is no state table: it does not begin with STATIONM");
        }
        long version = header.hasRemaining() ? 0 : word(header, Layout.HEADER_VERSION);
        if (version == 0) {
            throw new StateTableException(path + " is the beginning of a state table that was never published");
        }
        if (version != Layout.VERSION) {
            throw new StateTableException(path + " is a state table of layout " + version
                    + "; this program reads layout " + Layout.VERSION + ": read it with the release that wrote it");
        }
        long workers = word(header, Layout.HEADER_WORKERS);
        long slots = word(header, Layout.HEADER_SLOTS);
        try {
            var size = new MachineSize(clamped(workers), clamped(slots));
            long expected = (long) Layout.words(size) * Long.BYTES;
            if (bytes != expected) {
                throw new StateTableException(path + " is damaged: a state table of " + size + " has " + expected
                        + " bytes, this file has " + bytes);
            }
            return size;
        } catch (IllegalArgumentException e) {
            throw new StateTableException(
                    path + " is damaged: no state table has " + Text.count(workers, "worker") + " with "
                            + Text.count(slots, "slot"),
                    e);
        }
    }

    private static long word(ByteBuffer header, int index) {
        return header.getLong(index * Long.BYTES);
    }

    /** What is out of an int's range is out of a machine's, too. */
    private static int clamped(long value) {
        return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static StateTableException failed(Path path, String what, IOException cause) {
        var reason = cause.getMessage() == null
                ? cause.toString()
                : cause.getClass().getSimpleName() + " " + cause.getMessage();
        return new StateTableException(
                path + ": the state table " + what + ": " + reason
                        + "; check the room on the disk, the owner and the permissions",
                cause);
    }
}
