package org.stationmaster.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SlotMovedTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void theMovesOfASlotAreInARecording() throws Exception {
        var file = directory.resolve("slots.jfr");
        var source = WorkerRig.source("SlotMovedTest"); // others may run in this JVM
        try (var recording = new Recording()) {
            recording.enable("org.stationmaster.SlotMoved");
            recording.start();
            var rig = WorkerRig.plan().build().activate(0, source, 7, false);
            rig.dialer.last().refuse();
            recording.stop();
            recording.dump(file);
        }
        var moves = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("org.stationmaster.SlotMoved"))
                .filter(event -> event.getString("source").equals("SlotMovedTest"))
                .toList();
        assertThat(moves)
                .extracting(SlotMovedTest::told)
                .containsExactly("w0/0 7 IDLE STARTING NONE", "w0/0 7 STARTING BACKOFF UNREACHABLE");
    }

    private static String told(RecordedEvent event) {
        return event.getString("worker") + "/" + event.getInt("slot") + " " + event.getLong("epoch") + " "
                + event.getString("from") + " " + event.getString("to") + " " + event.getString("reason");
    }
}
