package org.stationmaster.sinks;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Held by one part of an archive while it looks at files that belong to streams, and appends to them. Two sources in two
 * processes may bring records of one stream; without it a part could take the half of a record that another one is just writing for
 * the work of a crash, and cut it. The system gives it up when its process dies. A lock of its own, since one on the files themselves
 * would end with the first of their descriptors that is closed. For one thread.
 */
final class StreamsLock implements Closeable {
    /** In the root of the archive. */
    static final String NAME = ".streams-lock";

    private final Path path;
    private @Nullable FileChannel channel;

    StreamsLock(Path root) {
        path = root.resolve(NAME);
    }

    /** Waits for it: as long as others need to write a batch, each. Close what comes back. */
    FileLock take() throws IOException {
        var open = channel;
        if (open == null || !open.isOpen()) {
            open = FileChannel.open(path, CREATE, WRITE, LinkOption.NOFOLLOW_LINKS);
            channel = open;
        }
        return open.lock();
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
