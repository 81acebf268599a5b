package org.stationmaster.sinks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the archive remembers of its files from one run to the next, and what its parts tell each other: up to which length
 * each of the last two days' files holds whole records. Without it a start would walk through a whole day of every
 * source's frames, hundreds of gigabytes with ten thousand sources; with it, through what was appended since it was saved.
 *
 * <p>Each part has a file of its own and writes no other: {@code ROOT/.lengths}, part k {@code ROOT/.lengths-k}. It reads
 * all of them, and takes the largest length: a file only grows but for torn tails, so each was and is the end of a record.
 * It looks again at those that have changed when it meets a file that is longer than it knows, at most once in a delivery.
 * Those that nobody has written for two days are removed by whoever saves: there were more parts once.
 *
 * <p>It only saves time: a file is walked from its start when it is shorter than remembered or when the rest does not
 * fit on, and a missing or damaged {@code .lengths} is as good as none. It is forced before it takes the old one's
 * name, so a crash of the host leaves the old or the new. A file that could not be forced is not vouched for. Text: a
 * first line with the version, {@code DAY LENGTH PATH} for each file (the day as days since 1970), and {@code end CRC32}.
 */
final class Lengths {
    /**
     * Saved when so much was appended or walked, so that after a crash no more than this has to be walked: 0.1 s when the
     * page cache has it (measured: 60-byte frames 2.7 GB/s, 200-byte frames 5.7 GB/s), 2 s from a slow disk.
     */
    static final long SAVE_EVERY_BYTES = 256L << 20;

    private static final String NAME = ".lengths";
    private static final String FRESH = ".new";
    private static final Pattern ANY = Pattern.compile("\\.lengths(-[0-9]{1,9})?(\\.new)?");
    private static final Duration FORGOTTEN_AFTER = Duration.ofDays(2);
    private static final String VERSION = "stationmaster archive lengths 2";
    private static final long MAX_FILE_BYTES = 64L << 20;
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveSink.class);

    private final Path root;
    private final Path own;
    private final Volume volume;

    /** What this part has saved in an earlier run, of files that it did not meet in this one. */
    private final Map<String, Length> remembered = new HashMap<>();

    /** By file: what the other parts have saved. Dropped at each save: after a start it is seldom asked for. */
    private Map<Path, Saved> others = Map.of();

    private boolean hasLooked;
    private boolean hasFailed;

    /** Up to where a file holds whole records, and the day it is of. */
    private record Length(long epochDay, long bytes) {
        static final Length NONE = new Length(0, 0);

        String line(String key) {
            return epochDay + " " + bytes + ' ' + key + '\n';
        }
    }

    /** A file of lengths as it was read. */
    private record Saved(Version version, Map<String, Length> lengths) {}

    /** What is another one after each save. */
    private record Version(
            FileTime changedAt, long bytes, @Nullable Object fileKey) {
        static Version of(Path file) throws IOException {
            var now = Files.readAttributes(file, BasicFileAttributes.class);
            return new Version(now.lastModifiedTime(), now.size(), now.fileKey());
        }
    }

    Lengths(Path root, int part, Volume volume) {
        this.root = root;
        this.own = root.resolve(part == 0 ? NAME : NAME + '-' + part);
        this.volume = volume;
    }

    /** Reads what this part has saved in an earlier run. */
    void load() {
        remembered.clear();
        remembered.putAll(read(own));
    }

    private static Map<String, Length> read(Path file) {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new IOException("it is too large");
            }
            return parse(Files.readString(file, US_ASCII));
        } catch (NoSuchFileException e) {
            LOG.debug("no {}", file);
        } catch (IOException | NumberFormatException e) {
            LOG.warn("{} cannot be used, the archive's files are checked from their start: {}", file, e.toString());
        }
        return Map.of();
    }

    private static Map<String, Length> parse(String text) throws IOException {
        int end = text.lastIndexOf("\nend ") + 1;
        if (!text.startsWith(VERSION + '\n')
                || !text.substring(end).equals("end " + crc(text.substring(0, end)) + '\n')) {
            throw new IOException("it is damaged or of another version");
        }
        var lengths = new HashMap<String, Length>();
        for (var line : text.substring(VERSION.length() + 1, end).lines().toList()) {
            var parts = line.split(" ", 3);
            if (parts.length < 3) {
                throw new IOException("a line is no length");
            }
            var length = new Length(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
            if (length.bytes < 0) {
                throw new IOException("a length is negative");
            }
            lengths.put(parts[2], length);
        }
        return lengths;
    }

    private static String crc(String text) {
        var crc = new CRC32();
        crc.update(text.getBytes(US_ASCII));
        return Long.toHexString(crc.getValue());
    }

    /** A delivery begins: the other parts may have saved since the last one. */
    void beginDelivery() {
        hasLooked = false;
    }

    /**
     * A length up to which the file held whole records; 0: not known. Asked when the file is longer than this part knows;
     * from then on the catalog knows better than what was remembered.
     */
    long take(ArchiveFile file) {
        if (!hasLooked) {
            hasLooked = true;
            look();
        }
        var key = key(file);
        var length = remembered.remove(key);
        long longest = length == null ? 0 : length.bytes;
        for (var saved : others.values()) {
            longest = Math.max(longest, saved.lengths.getOrDefault(key, Length.NONE).bytes);
        }
        return longest;
    }

    /** Reads again what other parts have saved since. */
    private void look() {
        var found = new HashMap<Path, Saved>();
        try {
            for (var file : everyParts()) {
                if (!file.equals(own) && !nameOf(file).endsWith(FRESH)) {
                    found.put(file, look(file));
                }
            }
        } catch (IOException e) {
            LOG.debug("{}: what other parts have saved cannot be read now", root, e);
        }
        others = found;
    }

    private Saved look(Path file) throws IOException {
        var known = others.get(file);
        // first the version: what is saved while it is read shows at the next look
        var version = Version.of(file);
        return known != null && known.version.equals(version) ? known : new Saved(version, read(file));
    }

    /** The files of lengths of all parts, saved or about to be. */
    private List<Path> everyParts() throws IOException {
        try (var files =
                Files.newDirectoryStream(root, file -> ANY.matcher(nameOf(file)).matches())) {
            var found = new ArrayList<Path>();
            files.forEach(found::add);
            return found;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /**
     * Saves what is known now. A failure is logged once and costs nothing but time at the next start.
     *
     * @param catalog the files of this run; what an earlier run remembered of others is carried on
     * @param epochDay today, as the records tell it
     */
    void save(Catalog catalog, long epochDay) {
        var text = new StringBuilder(VERSION).append('\n');
        remembered.forEach((key, length) -> {
            if (length.epochDay >= epochDay - 1) {
                text.append(length.line(key));
            }
        });
        catalog.forEachFile(file -> {
            if (file.wholeBytes > 0 && !file.unsure && file.epochDay >= epochDay - 1) {
                text.append(new Length(file.epochDay, file.wholeBytes).line(key(file)));
            }
        });
        others = Map.of();
        var crc = crc(text.toString());
        text.append("end ").append(crc).append('\n');
        try {
            var fresh = own.resolveSibling(nameOf(own) + FRESH);
            Files.deleteIfExists(fresh); // one whose force failed must not be taken for forced by the next
            Files.writeString(fresh, text, US_ASCII);
            volume.force(fresh);
            Files.move(fresh, own, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            removeForgotten();
            volume.forceDirectory(root);
            hasFailed = false;
        } catch (IOException e) {
            if (!hasFailed) {
                LOG.warn("{} cannot be written, the next start will take longer: {}", own, e.toString());
            }
            hasFailed = true;
        }
    }

    /** Removes what was last written two days before our own: it tells of days that are over. */
    private void removeForgotten() throws IOException {
        var now = Files.getLastModifiedTime(own).toInstant();
        for (var file : everyParts()) {
            try {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(now.minus(FORGOTTEN_AFTER))) {
                    Files.deleteIfExists(file);
                }
            } catch (NoSuchFileException e) {
                LOG.debug("{}: another part was quicker", file, e);
            }
        }
    }

    private static String key(ArchiveFile file) {
        var path = file.root.relativize(file.path);
        return StreamSupport.stream(path.spliterator(), false)
                .map(Path::toString)
                .collect(Collectors.joining("/"));
    }

    private static String nameOf(Path path) {
        return path.getFileName().toString();
    }
}
