package org.stationmaster.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A recording of miniSEED 2 or 3 in memory: where its records are and whose. Written apart from what it tests. */
final class MiniSeedFile {
    private static final int MAX_BYTES = 1 << 30;

    final byte[] bytes;
    final List<Entry> records;

    private MiniSeedFile(byte[] bytes, List<Entry> records) {
        this.bytes = bytes;
        this.records = List.copyOf(records);
    }

    /**
     * One record.
     *
     * @param format 2 or 3
     * @param stream {@code LOC_B_S_SS}
     */
    record Entry(int offset, int length, int format, String network, String station, String stream) {
        String stationId() {
            return network + '_' + station;
        }
    }

    /** @throws IOException it cannot be read, or is no recording of miniSEED; names the file */
    static MiniSeedFile read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException("the recording " + file + " is larger than 1 GiB: cut it");
        }
        var all = Files.readAllBytes(file);
        var entries = new ArrayList<Entry>();
        var view = ByteBuffer.wrap(all);
        try {
            for (int at = 0; at < all.length; ) {
                var entry = all[at] == 'M' ? entry3(view, at) : entry2(view, at);
                if (entry.length() <= 0 || entry.length() > all.length - at) {
                    throw new IllegalArgumentException("a length of " + entry.length());
                }
                entries.add(entry);
                at += entry.length();
            }
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException(
                    "the recording " + file + " cannot be replayed: no miniSEED behind its record " + entries.size(),
                    e);
        }
        if (entries.isEmpty()) {
            throw new IOException("the recording " + file + " holds no record");
        }
        return new MiniSeedFile(all, entries);
    }

    private static Entry entry2(ByteBuffer view, int at) {
        int year = view.getShort(at + 20);
        boolean isBig = year >= 1900 && year <= 2100;
        int offset = number(view, at + 46, isBig);
        while (number(view, at + offset, isBig) != 1000) {
            int next = number(view, at + offset + 2, isBig);
            if (next <= offset) {
                throw new IllegalArgumentException("no blockette 1000");
            }
            offset = next;
        }
        var channel = text(view, at + 15, 3);
        return new Entry(
                at,
                1 << view.get(at + offset + 6),
                2,
                text(view, at + 18, 2),
                text(view, at + 8, 5),
                text(view, at + 13, 2) + '_' + String.join("_", channel.split("")));
    }

    private static Entry entry3(ByteBuffer view, int at) {
        int idBytes = view.get(at + 33) & 0xff;
        int length = 40 + idBytes + number(view, at + 34, false) + Integer.reverseBytes(view.getInt(at + 36));
        var parts = text(view, at + 40, idBytes).split("[:_]", 5);
        return new Entry(at, length, 3, parts[1], parts[2], parts[3] + '_' + parts[4]);
    }

    private static int number(ByteBuffer view, int at, boolean isBig) {
        short value = view.getShort(at);
        return (isBig ? value : Short.reverseBytes(value)) & 0xffff;
    }

    private static String text(ByteBuffer view, int at, int length) {
        var bytes = new byte[length];
        view.get(at, bytes);
        return new String(bytes, StandardCharsets.US_ASCII).strip();
    }
}
