package org.stationmaster.stations;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A caster's sourcetable, read line by line within bounds. Pure. */
final class NtripTable {
    static final int MOST_BYTES = 16 << 20;
    static final int MOST_LINE_BYTES = 8 * 1024;
    static final int MOST_STREAMS = 50_000;

    /**
     * A line {@code STR} of it.
     *
     * @param wantsPosition whether the caster makes the data for where a GGA says that we are
     */
    record Stream(
            String mountpoint,
            String identifier,
            String format,
            String systems,
            String country,
            String latitude,
            String longitude,
            boolean wantsPosition,
            String authentication) {}

    private static final int FIELDS = 19;
    private static final String END = "ENDSOURCETABLE";

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final List<Stream> streams = new ArrayList<>();
    private long bytesSeen;
    private boolean hasEnded;
    private String excess = "";

    /** Takes all of them; false: it has ended, or it is too large, which {@link #excess} tells. */
    boolean take(ByteBuffer bytes) {
        while (bytes.hasRemaining() && !hasEnded && excess.isEmpty()) {
            byte b = bytes.get();
            bytesSeen++;
            if (b == '\n') {
                take(line.toString(UTF_8).strip());
                line.reset();
            } else if (line.size() == MOST_LINE_BYTES) {
                excess = "a line of more than " + MOST_LINE_BYTES + " bytes";
            } else {
                line.write(b);
                hasEnded = line.size() == END.length()
                        && line.toString(UTF_8).equals(END); // some send no line end behind it
            }
            if (bytesSeen > MOST_BYTES) {
                excess = "more than " + MOST_BYTES + " bytes";
            }
        }
        return !hasEnded && excess.isEmpty();
    }

    private void take(String text) {
        if (text.startsWith("STR;")) {
            var fields = text.split(";", FIELDS);
            if (streams.size() == MOST_STREAMS) {
                excess = "more than " + MOST_STREAMS + " streams";
            } else if (fields.length > 1 && !fields[1].isBlank()) {
                streams.add(new Stream(
                        fields[1].strip(),
                        field(fields, 2),
                        field(fields, 3),
                        field(fields, 6),
                        field(fields, 8),
                        field(fields, 9),
                        field(fields, 10),
                        field(fields, 11).equals("1"),
                        field(fields, 15)));
            }
        }
    }

    private static String field(String[] fields, int at) {
        return at < fields.length ? fields[at].strip() : "";
    }

    /** In the order of the table. */
    List<Stream> streams() {
        return List.copyOf(streams);
    }

    /** Whether its last line was there. */
    boolean hasEnded() {
        return hasEnded;
    }

    /** What was too much; empty: nothing. */
    String excess() {
        return excess;
    }
}
