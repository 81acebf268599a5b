package org.stationmaster.core.state;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.WorkerId;

/**
 * A worker process that does nothing but write its rows as fast as it can, until it is killed; or one that dies in the
 * middle of its second write.
 */
final class TableWritingChild {
    static final MachineSize SIZE = new MachineSize(2, 2);
    static final WorkerId WORKER = new WorkerId(1);
    static final long BOOT = 7;
    static final int DIED = 9;

    private TableWritingChild() {}

    public static void main(String[] arguments) throws IOException {
        var path = Path.of(arguments[0]);
        Thread.ofPlatform().daemon().start(TableWritingChild::endWithTheParent);
        var writer = StateTable.attach(path, WORKER, BOOT);
        var me = ProcessIdentity.current();
        writer.born(me.pid(), me.pid(), me.startMillis());
        if (arguments[1].equals("die")) {
            writer.add(Total.RECORDS, 5);
            writer.write(1, observed(1));
            dieInAWrite(path);
        }
        for (long n = 1; ; n++) {
            writer.write((int) (n % 2), observed(n));
            if (n % 64 == 0) {
                writer.born(n, n, n);
            }
            writer.add(Total.RECORDS, 1);
        }
    }

    private static void endWithTheParent() {
        try {
            while (System.in.read() >= 0) {}
        } catch (IOException e) {
            // it is gone, too
        }
        Runtime.getRuntime().halt(1);
    }

    private static void dieInAWrite(Path path) throws IOException {
        int row = Layout.slotRow(SIZE, WORKER.index(), 1) + Layout.OBSERVED;
        try (var channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var words = new MappedWords(channel, MapMode.READ_WRITE, Layout.words(SIZE));
            Half.write(words, row + Layout.SEQUENCE, () -> {
                words.setOpaque(row + Layout.EPOCH, 2);
                Runtime.getRuntime().halt(DIED);
            });
        }
    }

    /** All words tell the same number. */
    static Observed observed(long n) {
        var totals = new long[Total.values().length];
        Arrays.fill(totals, n);
        return new Observed(SlotState.RUNNING, n, true, false, EndReason.RESET, n, n, totals, n);
    }

    static Process start(Path table, String what) throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TableWritingChild.class.getName(),
                        table.toString(),
                        what))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
