package org.stationmaster.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;

/** The station file of a simulated network, which people add stations of their own to. Stateless. */
final class SimulatedStations {
    private static final String MARK = "# as 'stationmaster simulate' wrote it: ";

    private SimulatedStations() {}

    /**
     * Writes the file with a last line that tells whether anybody has changed it since. A file that was changed is left as it is.
     *
     * @param file what is no ordinary file, such as a pipe, is written without a look at it
     * @param stations whole lines
     * @return whether it was written; false: something was added to just these stations
     * @throws Failure it has been changed, and would not match; or it is no station file
     */
    static boolean write(Path file, String stations) throws Failure, IOException {
        if (Files.isRegularFile(file)) {
            var text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8); // whatever it holds
            if (text.startsWith(marked(stations))) {
                return text.equals(marked(stations));
            }
            if (!isEmpty(text) && !isList(text)) {
                throw Failure.usage("--stations " + file
                        + " holds no list of sources and is not overwritten: give a new file, or the station file that"
                        + " 'sources' of a machine file names");
            }
            if (!isEmpty(text) && !isUnchanged(text)) {
                throw Failure.usage(
                        file + " was changed since 'simulate' wrote it, and is not overwritten, and it has not just"
                                + " these stations: give the options it was written with, or another file with --stations");
            }
        }
        Files.writeString(file, marked(stations));
        return true;
    }

    private static boolean isEmpty(String text) {
        return text.isBlank() || text.strip().equals("[]");
    }

    /** Whether the first line that is no remark begins a list, as those of a station file do and of a machine file do not. */
    private static boolean isList(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .findFirst()
                .filter(line -> line.startsWith("-") || line.startsWith("["))
                .isPresent();
    }

    private static boolean isUnchanged(String text) {
        int mark = text.lastIndexOf(MARK);
        return mark >= 0 && text.equals(marked(text.substring(0, mark)));
    }

    private static String marked(String stations) {
        var sum = new CRC32();
        sum.update(stations.getBytes(StandardCharsets.UTF_8));
        return stations + MARK + String.format("%08x", sum.getValue()) + "\n";
    }
}
