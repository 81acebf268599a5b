package org.stationmaster.server.inventory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.MachineStoppedException;
import org.stationmaster.core.api.Source;

/**
 * Watches a file with stations by its time and size, once a second: notifications miss what editors rename and what lies on a
 * network disk. A file is read when two looks in a row found it the same, so that none is read while it is being written.
 */
public final class StationWatch {
    private static final Logger LOG = LoggerFactory.getLogger(StationWatch.class);
    private static final long PERIOD_MILLIS = 1_000;

    private final Path file;
    private final Supplier<Reading<List<Source>>> reader;
    private final SourceBook book;
    private Stamp seen = Stamp.NEVER;
    private Stamp read = Stamp.NEVER;

    /** @param reader reads the whole file; called by {@link #look} */
    public StationWatch(Path file, Supplier<Reading<List<Source>>> reader, SourceBook book) {
        this.file = file;
        this.reader = reader;
        this.book = book;
    }

    /** Looks each second from now on; the executor's end ends it. */
    public void start(ScheduledExecutorService executor) {
        var _ = executor.scheduleWithFixedDelay(this::lookSafely, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void lookSafely() {
        try {
            look();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (MachineStoppedException e) {
            LOG.debug("no longer watched", e);
        } catch (RuntimeException e) { // else the executor would look no more
            LOG.error("looking at {} failed; it is tried again", file, e);
            read = Stamp.NEVER;
        }
    }

    /** One look, by one thread at a time. */
    void look() throws InterruptedException {
        var now = Stamp.of(file);
        boolean rests = now.equals(seen);
        seen = now;
        if (!rests || now.equals(read)) {
            return;
        }
        read = now;
        switch (reader.get()) {
            case Reading.Valid<List<Source>>(var stations) -> book.stationFile(stations);
            case Reading.Invalid<List<Source>> invalid -> book.stationFileBroken(file, invalid);
        }
    }

    /**
     * How a file looks from outside.
     *
     * @param key which file it is, where the system has such a thing
     */
    private record Stamp(
            @Nullable FileTime modified,
            long bytes,
            @Nullable Object key) {
        static final Stamp NEVER = new Stamp(null, -2, null);
        private static final Stamp ABSENT = new Stamp(null, -1, null);

        static Stamp of(Path file) {
            try {
                var attributes = Files.readAttributes(file, BasicFileAttributes.class);
                return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
            } catch (IOException e) {
                return ABSENT;
            }
        }
    }
}
