package org.stationmaster.core.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;

/**
 * The position behind the last record of each source that all sinks have acknowledged, and the latest event time up to
 * there: one small file for each source whose protocol has positions, so that any worker of the machine, and the next machine, goes on from there. A file that is
 * removed makes its source start as if it were new. A crash between a sink's acknowledgement and the file repeats the
 * records of that batch; nothing is left out.
 *
 * <p>Safe from any thread. A source has one writer at a time, as in the sinks.
 */
public final class Positions {
    /** Of machines without a data directory: nothing is kept. */
    public static final Positions NONE = new Positions(null);

    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.machine");

    /** Padded with blanks to this length, so that a shorter text leaves nothing of a longer one. */
    private static final int FILE_BYTES = 48;

    private static final String BLANKS = " ".repeat(FILE_BYTES);

    private final @Nullable Path directory;
    private volatile boolean told;

    /** Behind which record a source goes on whose records are still on the way to the sinks of this process. */
    private final Map<SourceId, Kept> onTheWay = new ConcurrentHashMap<>();

    /**
     * How far a source has come.
     *
     * @param position of its last record, or {@link StationRecord#UNKNOWN}
     * @param latestNanos the latest event time of its records up to there, or {@link StationRecord#UNKNOWN}
     */
    record Kept(long position, long latestNanos) {
        static final Kept NONE = new Kept(StationRecord.UNKNOWN, StationRecord.UNKNOWN);
    }

    private Positions(@Nullable Path directory) {
        this.directory = directory;
    }

    /** Those of a machine with this state file; null: {@link #NONE}. */
    public static Positions beside(@Nullable Path stateFile) {
        return stateFile == null ? NONE : new Positions(directory(stateFile));
    }

    /** Removes those of a machine whose state file was made for its life alone. */
    public static void remove(Path stateFile) throws IOException {
        var all = directory(stateFile);
        if (Files.isDirectory(all)) {
            try (var files = Files.newDirectoryStream(all)) {
                for (var file : files) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(all);
        }
    }

    private static Path directory(Path stateFile) {
        return stateFile.toAbsolutePath().resolveSibling("positions");
    }

    /** How far the source has come. Reads a file of {@value #FILE_BYTES} bytes. */
    Kept of(SourceId source) {
        if (directory == null) {
            return Kept.NONE;
        }
        var submitted = onTheWay.get(source);
        if (submitted != null) {
            return submitted;
        }
        var file = directory.resolve(source.value());
        try {
            return parse(Files.readString(file, US_ASCII)
                    .lines()
                    .findFirst()
                    .orElse("")
                    .strip());
        } catch (NoSuchFileException e) {
            return Kept.NONE;
        } catch (IOException | NumberFormatException e) {
            LOG.warn("{} cannot be used, {} starts as if it were new: {}", file, source, e.toString());
            return Kept.NONE;
        }
    }

    /** A position, a blank and a time; a position alone, as it was once written. */
    private static Kept parse(String text) {
        int blank = text.indexOf(' ');
        return blank < 0
                ? new Kept(Long.parseLong(text), StationRecord.UNKNOWN)
                : new Kept(
                        Long.parseLong(text.substring(0, blank)),
                        Long.parseLong(text.substring(blank).strip()));
    }

    /**
     * The batch goes to the sinks. Batches of one source come in order. By the thread that filled it.
     *
     * @return how far its sources will have come, for {@link #acknowledged}
     */
    Map<SourceId, Kept> submitted(BatchBuffer batch) {
        if (directory == null || !batch.hasPositions()) {
            return Map.of();
        }
        var last = last(batch);
        onTheWay.putAll(last);
        return last;
    }

    /** All sinks have the batch of which this was told. Batches of one source come in order. */
    void acknowledged(Map<SourceId, Kept> last) {
        if (directory != null) {
            last.forEach((source, kept) -> {
                write(directory, source, kept);
                onTheWay.remove(source, kept);
            });
        }
    }

    private static Map<SourceId, Kept> last(BatchBuffer batch) {
        Map<SourceId, Kept> last = new HashMap<>();
        for (int i = batch.size() - 1; i >= 0; i--) {
            long position = batch.position(i);
            if (position != StationRecord.UNKNOWN) {
                var owner = batch.owner(i);
                last.computeIfAbsent(owner.source().id(), _ -> new Kept(position, owner.latestNanos()));
            }
        }
        return last;
    }

    private void write(Path place, SourceId source, Kept kept) {
        var text = ByteBuffer.wrap((kept.position() + " " + kept.latestNanos() + BLANKS)
                .substring(0, FILE_BYTES - 1)
                .concat("\n")
                .getBytes(US_ASCII));
        try {
            put(place.resolve(source.value()), text);
        } catch (NoSuchFileException e) {
            makeAndPut(place, source, text);
        } catch (IOException e) {
            tell(e);
        }
    }

    private void makeAndPut(Path place, SourceId source, ByteBuffer text) {
        try {
            Files.createDirectories(place);
            put(place.resolve(source.value()), text);
        } catch (IOException e) {
            tell(e);
        }
    }

    private static void put(Path file, ByteBuffer text) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(text);
        }
    }

    private void tell(IOException e) {
        if (!told) {
            told = true;
            LOG.error(
                    "the positions of sources cannot be kept in {} (told once): after a restart records come again: {}",
                    directory,
                    e.toString());
        }
    }
}
