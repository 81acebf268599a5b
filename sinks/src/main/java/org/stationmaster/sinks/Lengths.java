package org.stationmaster.sinks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the archive remembers of its files from one run to the next, in {@code ROOT/.lengths}: up to which length each of
 * the last two days' files holds whole records. Without it a start would walk through a whole day of every source's
 * frames, hundreds of gigabytes with ten thousand sources; with it, through what was appended since it was saved.
 *
 * <p>It only saves time: a file is walked from its start when it is shorter than remembered or when the rest does not
 * fit on, and a missing or damaged {@code .lengths} is as good as none. It is forced before it takes the old one's
 * name, so a crash of the host leaves the old or the new. A file that could not be forced is not vouched for. Text: a first line with the version, {@code LENGTH
 * PROTOCOL/SOURCE/FILE} for each file, and {@code end CRC32}.
 */
final class Lengths {
    /** Saved when so much was appended, so that after a crash no more than this has to be walked. */
    static final long SAVE_EVERY_BYTES = 256L << 20;

    private static final String NAME = ".lengths";
    private static final String VERSION = "stationmaster archive lengths 1";
    private static final long MAX_FILE_BYTES = 64L << 20;
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveSink.class);

    private final Path root;
    private final Volume volume;
    private final Map<String, Long> remembered = new HashMap<>();
    private boolean hasFailed;

    Lengths(Path root, Volume volume) {
        this.root = root;
        this.volume = volume;
    }

    /** Reads what an earlier run has saved. */
    void load() {
        remembered.clear();
        var file = root.resolve(NAME);
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new IOException("it is too large");
            }
            parse(Files.readString(file, US_ASCII));
        } catch (NoSuchFileException e) {
            LOG.debug("no {}: a new archive", file);
        } catch (IOException | NumberFormatException e) {
            remembered.clear();
            LOG.warn("{} cannot be used, the archive's files are checked from their start: {}", file, e.toString());
        }
    }

    private void parse(String text) throws IOException {
        int end = text.lastIndexOf("\nend ") + 1;
        if (!text.startsWith(VERSION + '\n')
                || !text.substring(end).equals("end " + crc(text.substring(0, end)) + '\n')) {
            throw new IOException("it is damaged or of another version");
        }
        for (var line : text.substring(VERSION.length() + 1, end).lines().toList()) {
            int blank = line.indexOf(' ');
            long length = Long.parseLong(line.substring(0, Math.max(0, blank)));
            if (length < 0) {
                throw new IOException("a length is negative");
            }
            remembered.put(line.substring(blank + 1), length);
        }
    }

    private static String crc(String text) {
        var crc = new CRC32();
        crc.update(text.getBytes(US_ASCII));
        return Long.toHexString(crc.getValue());
    }

    /** A length up to which the file held whole records in an earlier run; 0: not known. Asked once for each file. */
    long take(DayFile file) {
        var length = remembered.remove(key(file));
        return length == null ? 0 : length;
    }

    /**
     * Saves what is known now. A failure is logged once and costs nothing but time at the next start.
     *
     * @param catalog the files of this run; what an earlier run remembered of others is carried on
     * @param epochDay today, as the records tell it
     */
    void save(Catalog catalog, long epochDay) {
        var text = new StringBuilder(VERSION).append('\n');
        var oldest = Catalog.dayName(epochDay - 1);
        remembered.forEach((key, length) -> {
            // keys end in .YYYY.DDD.EXT: days compare as text
            int extension = key.lastIndexOf('.');
            if (extension >= oldest.length()
                    && key.substring(extension - oldest.length(), extension).compareTo(oldest) >= 0) {
                text.append(length).append(' ').append(key).append('\n');
            }
        });
        catalog.forEachFile(file -> {
            if (file.wholeBytes > 0 && !file.unsure && file.epochDay >= epochDay - 1) {
                text.append(file.wholeBytes).append(' ').append(key(file)).append('\n');
            }
        });
        var crc = crc(text.toString());
        text.append("end ").append(crc).append('\n');
        try {
            var fresh = root.resolve(NAME + ".new");
            Files.deleteIfExists(fresh); // one whose force failed must not be taken for forced by the next
            Files.writeString(fresh, text, US_ASCII);
            volume.force(fresh);
            Files.move(fresh, root.resolve(NAME), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            volume.forceDirectory(root);
            hasFailed = false;
        } catch (IOException e) {
            if (!hasFailed) {
                LOG.warn("{} cannot be written, the next start will take longer: {}", root.resolve(NAME), e.toString());
            }
            hasFailed = true;
        }
    }

    private static String key(DayFile file) {
        var path = file.root.relativize(file.path);
        return path.getName(0) + "/" + path.getName(1) + '/' + path.getName(2);
    }
}
