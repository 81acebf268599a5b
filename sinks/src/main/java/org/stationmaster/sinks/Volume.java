package org.stationmaster.sinks;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;

/** Opens files to append and forces them to the device: the seam at which a test lets the disk fail. */
interface Volume {
    /** The real one. */
    Volume DISK = new Volume() {
        private static final Set<OpenOption> APPEND = Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.APPEND,
                LinkOption.NOFOLLOW_LINKS);
        private static final FileAttribute<?>[] NO_ATTRIBUTES = {};

        @Override
        public Handle open(Path file) throws IOException {
            return new ChannelHandle(FileChannel.open(file, APPEND, NO_ATTRIBUTES));
        }

        @Override
        public void force(Path file) throws IOException {
            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                channel.force(false);
            }
        }

        @Override
        public void forceDirectory(Path directory) throws IOException {
            try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    };

    /** Opens the file, empty when there was none; never through a symbolic link. */
    Handle open(Path file) throws IOException;

    /**
     * Forces a file that is closed. The kernel keeps unwritten pages by file, not by descriptor: one opened only now
     * forces them all, and is told of a write that failed before when nobody was.
     */
    void force(Path file) throws IOException;

    /** Forces the names in a directory. */
    void forceDirectory(Path directory) throws IOException;

    /** A file open to append. */
    interface Handle extends Closeable {
        /** Appends from the buffer's position; the position tells how much was written, also after an exception. */
        int write(ByteBuffer bytes) throws IOException;

        long size() throws IOException;

        void truncate(long length) throws IOException;

        /** Data and length to the device. */
        void force() throws IOException;
    }

    /** A handle on a channel. */
    record ChannelHandle(FileChannel channel) implements Handle {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
            return channel.write(bytes);
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long length) throws IOException {
            channel.truncate(length);
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
