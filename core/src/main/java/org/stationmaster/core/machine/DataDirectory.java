package org.stationmaster.core.machine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A data directory that belongs to this machine alone, as long as it is open. */
public final class DataDirectory implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final FileLock lock;

    private DataDirectory(Path path, FileChannel channel, FileLock lock) {
        this.path = path;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Makes the directory when it is not there and takes its lock, the file {@code lock} in it. The kernel gives the
     * lock back when the process ends, however it ends.
     *
     * @throws MachineStartException another machine has it, or it cannot be used
     */
    public static DataDirectory lock(Path path) throws MachineStartException {
        try {
            Files.createDirectories(path);
            var file = path.resolve("lock");
            var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                var lock = channel.tryLock();
                if (lock != null) {
                    return new DataDirectory(path, channel, lock);
                }
            } catch (OverlappingFileLockException e) {
                // another machine in this very JVM
            } catch (IOException e) {
                channel.close();
                throw e;
            }
            channel.close();
            throw new MachineStartException(
                    "another machine uses the data directory " + path.toAbsolutePath()
                            + ": stop it first, or give this one a 'data' directory of its own",
                    null);
        } catch (IOException e) {
            throw new MachineStartException(
                    "the data directory " + path.toAbsolutePath() + " cannot be used: " + e
                            + "; check its owner and permissions, or set 'data' to another",
                    e);
        }
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        lock.release();
        channel.close();
    }
}
