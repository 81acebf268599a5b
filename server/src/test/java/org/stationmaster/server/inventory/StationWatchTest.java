package org.stationmaster.server.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.server.FakeMachine;
import org.stationmaster.server.FakeProtocol;

@Timeout(60)
class StationWatchTest {
    @TempDir
    Path directory;

    private final FakeMachine machine = new FakeMachine(250);
    private final Inventory inventory = new Inventory(FakeProtocol.ALL);
    private Path file = Path.of("");
    private SourceBook book;
    private StationWatch watch;
    private int reads;

    @BeforeEach
    void watch() throws Exception {
        file = directory.resolve("stations.yaml");
        book = new SourceBook(
                inventory, machine, machine, directory.resolve("sources.db"), directory, null, Clock.SYSTEM);
        book.start(List.of());
        watch = new StationWatch(
                file,
                () -> {
                    reads++;
                    return inventory.readStations(file);
                },
                book);
    }

    private void write(String... ids) throws IOException {
        var text = new StringBuilder("# stations\n");
        for (var id : ids) {
            text.append("- { id: ").append(id).append(", protocol: tcp-lines, host: h, port: 1 }\n");
        }
        Files.writeString(file, text.append(ids.length == 0 ? "[]\n" : ""));
    }

    private void look(int times) throws InterruptedException {
        for (int i = 0; i < times; i++) {
            watch.look();
        }
    }

    private List<String> known() {
        return machine.sources(new SourceQuery(null, null, null, 100)).sources().stream()
                .map(status -> status.source().id().value())
                .toList();
    }

    @Test
    void aFileIsReadWhenItRests() throws Exception {
        write("A");
        look(1);
        assertThat(reads).as("it may still be written").isZero();
        write("A", "B");
        look(1);
        assertThat(reads).isZero();
        look(1);
        assertThat(known()).containsExactly("A", "B");
        look(5);
        assertThat(reads).isEqualTo(1);
        write("B");
        look(2);
        assertThat(known()).containsExactly("B");
        write();
        look(2);
        assertThat(known()).isEmpty();
        assertThat(reads).isEqualTo(3);
    }

    @Test
    void whatAnEditorRenamesIntoPlaceIsSeen() throws Exception {
        write("A");
        look(2);
        var time = Files.getLastModifiedTime(file);
        var other = directory.resolve("new");
        Files.writeString(other, Files.readString(file).replace("id: A", "id: B"));
        Files.setLastModifiedTime(other, time); // the same time and size: only the file is another
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        look(2);
        assertThat(known()).containsExactly("B");
    }

    @Test
    void aBrokenFileChangesNothingAndIsAnAlarmUntilItIsMended() throws Exception {
        write("A", "B");
        look(2);
        Files.writeString(file, "- { id: A, protocol: tcp-lines, host: h, port: 0 }\n- { id: C }\n");
        look(2);
        assertThat(known()).containsExactly("A", "B");
        assertThat(book.alarms()).singleElement().satisfies(alarm -> {
            assertThat(alarm.kind()).isEqualTo(Alarm.Kind.INVENTORY);
            assertThat(alarm.subject()).isEqualTo("stations.yaml");
            assertThat(alarm.message())
                    .contains(
                            "stations.yaml:1:",
                            "port 0 is out of range",
                            "(and 3 more)",
                            "the sources stay as they are");
        });
        Files.delete(file);
        look(2);
        assertThat(known()).containsExactly("A", "B");
        assertThat(book.alarms())
                .singleElement()
                .extracting(Alarm::message)
                .asString()
                .contains("there is no such file");
        write("A", "B", "C");
        look(2);
        assertThat(known()).containsExactly("A", "B", "C");
        assertThat(book.alarms()).isEmpty();
    }
}
