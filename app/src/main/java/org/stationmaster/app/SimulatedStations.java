package org.stationmaster.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.zip.CRC32;

/** The station file of a simulated network, which people add stations of their own to. Stateless. */
final class SimulatedStations {
    private static final String MARK = "# as 'stationmaster simulate' wrote it: ";

    private SimulatedStations() {}

    /**
     * Writes the file with a last line that tells whether anybody has changed it since. A file that was changed is left as it is.
     *
     * @param stations whole lines
     * @return whether it was written; false: it has been changed, and has every line all the same
     * @throws Failure it has been changed and would not match
     */
    static boolean write(Path file, String stations) throws Failure, IOException {
        if (Files.exists(file)) {
            var held = Files.readString(file, StandardCharsets.ISO_8859_1); // whatever it is
            if (!isOurs(held)) {
                if (new HashSet<>(held.lines().toList())
                        .containsAll(stations.lines().toList())) {
                    return false;
                }
                throw Failure.usage(file + " holds what 'simulate' has not written, and would be lost: "
                        + "say with --stations where to write, or remove it");
            }
        }
        Files.writeString(file, stations + MARK + sum(stations) + "\n");
        return true;
    }

    private static boolean isOurs(String text) {
        int mark = text.lastIndexOf(MARK);
        return text.isBlank()
                || (mark >= 0 && text.equals(text.substring(0, mark) + MARK + sum(text.substring(0, mark)) + "\n"));
    }

    private static String sum(String text) {
        var sum = new CRC32();
        sum.update(text.getBytes(StandardCharsets.ISO_8859_1));
        return String.format("%08x", sum.getValue());
    }
}
