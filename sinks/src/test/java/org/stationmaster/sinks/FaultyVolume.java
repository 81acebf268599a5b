package org.stationmaster.sinks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Real files on a disk that has room for so many bytes, and then for none. */
final class FaultyVolume implements Volume {
    /** Bytes it still takes. */
    long room;

    /** Whether a file can be cut. */
    boolean cuts = true;

    /** Whether the failing write has written what it had room for, as an interrupted one, or was a short write before. */
    boolean tellsAfterwards;

    /** Whether it can force; it does not really. */
    boolean forces = true;

    /** Files are forced by several threads. */
    final AtomicLong forced = new AtomicLong();

    /** What was forced while closed: files, then directories. */
    final List<Path> forcedPaths = new CopyOnWriteArrayList<>();

    /** An interrupt has closed what is open. */
    boolean closedByInterrupt;

    FaultyVolume(long room) {
        this.room = room;
    }

    @Override
    public Handle open(Path file) throws IOException {
        var real = DISK.open(file);
        return new Handle() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                if (room == 0 && !tellsAfterwards) {
                    throw full(file);
                }
                int limit = bytes.limit();
                boolean isShort = bytes.remaining() > room;
                if (isShort) {
                    bytes.limit(bytes.position() + (int) room);
                }
                int written = real.write(bytes);
                bytes.limit(limit);
                room -= written;
                if (tellsAfterwards && (isShort || room == 0)) {
                    throw full(file);
                }
                return written;
            }

            @Override
            public long size() throws IOException {
                return real.size();
            }

            @Override
            public void truncate(long length) throws IOException {
                if (!cuts) {
                    throw new IOException("Input/output error");
                }
                real.truncate(length);
            }

            @Override
            public void force() throws IOException {
                if (closedByInterrupt) {
                    throw new ClosedChannelException();
                }
                forced.incrementAndGet();
                fail();
            }

            @Override
            public void close() throws IOException {
                real.close();
            }
        };
    }

    @Override
    public void force(Path file) throws IOException {
        forced.incrementAndGet();
        forcedPaths.add(file);
        fail();
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        forced.incrementAndGet();
        forcedPaths.add(directory);
        fail();
    }

    private void fail() throws IOException {
        if (!forces) {
            throw new IOException("Input/output error");
        }
    }

    private static IOException full(Path file) {
        return new FileSystemException(file.toString(), null, "No space left on device");
    }
}
