package org.stationmaster.server.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.server.FakeMachine;
import org.stationmaster.server.FakeProtocol;
import org.stationmaster.server.LogTrap;
import org.stationmaster.server.inventory.SourceBook.Line;
import org.stationmaster.server.inventory.SourceBook.Origin;
import org.stationmaster.server.inventory.SourceBook.Outcome;
import org.stationmaster.server.inventory.SourceBook.Released;

@Timeout(60)
class SourceBookTest {
    private static final SourceId A = new SourceId("A");
    private static final String JSON = "{\"protocol\":\"tcp-lines\",\"host\":\"h\",\"port\":7001";

    @TempDir
    Path directory;

    private FakeMachine machine = new FakeMachine(250);

    private SourceBook book() {
        return new SourceBook(
                new Inventory(FakeProtocol.ALL),
                machine,
                machine,
                directory.resolve("sources.db"),
                directory,
                directory.resolve("stations.yaml"),
                Clock.SYSTEM);
    }

    /** The same data, a new machine. */
    private SourceBook restarted(SourceBook before, Source... stations) throws Exception {
        before.close();
        machine = new FakeMachine(250);
        var book = book();
        book.start(List.of(stations));
        return book;
    }

    private static Outcome put(SourceBook book, String id, String more) throws InterruptedException {
        var json = (JSON + more + "}").getBytes(StandardCharsets.UTF_8);
        return book.put(new Line(new SourceId(id), json));
    }

    private static Source source(String id) {
        return Source.of(id, "tcp-lines", "h", 1);
    }

    private Source known(String id) {
        return machine.source(new SourceId(id)).orElseThrow().source();
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void whatCameInRequestsSurvivesARestart() throws Exception {
        Files.writeString(directory.resolve("secret"), "hunter2");
        var book = book();
        book.start(List.of(source("F")));
        assertThat(files()).as("nothing is stored before something changes").containsExactly("secret");
        put(book, "A", ",\"rate\":2.5,\"groups\":[\"north\"],\"password\":\"file:secret\",\"hello\":true");
        put(book, "B", "");
        put(book, "C", ",\"groups\":[\"sea\"]");
        put(book, "B", ",\"rate\":1");
        var before = known("A");
        assertThat(book.release(new SourceId("C"))).isEqualTo(Released.DONE);
        book.pause(A, true);
        book.pause(new SourceId("F"), true);
        book.group("sea", false);

        book = restarted(book, source("F"));
        assertThat(known("A")).isEqualTo(before);
        assertThat(known("B").ratePerSecond()).hasValue(1);
        assertThat(machine.source(new SourceId("C"))).isEmpty();
        assertThat(machine.source(A).orElseThrow().state()).isEqualTo(SourceState.PAUSED);
        assertThat(machine.source(new SourceId("F")).orElseThrow().state()).isEqualTo(SourceState.PAUSED);
        assertThat(machine.filter()).isEqualTo(new Filter.AllBut(java.util.Set.of("sea")));
        assertThat(book.alarms()).isEmpty();
        assertThat(Files.readString(directory.resolve("sources.db"), StandardCharsets.ISO_8859_1))
                .doesNotContain("hunter2");

        book.pause(A, false);
        book = restarted(book);
        assertThat(machine.source(A).orElseThrow().state()).isEqualTo(SourceState.RUNNING);
        book.close();
        assertThat(files()).containsExactly("secret", "sources.db");
    }

    @Test
    void aKeptPasswordIsTheStoredOne() throws Exception {
        Files.writeString(directory.resolve("secret"), "hunter2");
        var book = book();
        assertThat(put(book, "A", ",\"password\":\"kept\""))
                .isInstanceOf(Outcome.Wrong.class)
                .extracting(Outcome::reason)
                .asString()
                .contains("no secret of 'A' is stored here");
        put(book, "A", ",\"password\":\"file:secret\"");
        assertThat(put(book, "A", ",\"rate\":1,\"password\":\"kept\"")).isInstanceOf(Outcome.Taken.class);
        assertThat(known("A").password()).isEqualTo(new Secret("hunter2"));
        var form = new SourceForm(FakeProtocol.ALL).brief(known("A"));
        assertThat(form).containsEntry("password", "kept");
        Files.writeString(directory.resolve("secret"), "changed");
        book = restarted(book);
        assertThat(known("A").password()).isEqualTo(new Secret("changed"));
        book.close();
    }

    @Test
    void anIdBelongsToWhoeverHadItFirst() throws Exception {
        var book = book();
        book.start(List.of(source("F")));
        put(book, "A", "");
        assertThat(put(book, "F", "").reason())
                .isEqualTo("source 'F' belongs to the station file " + directory.resolve("stations.yaml")
                        + ": change it there");
        assertThat(book.release(new SourceId("F"))).isEqualTo(Released.OWNED_BY_FILE);
        assertThat(book.origin(new SourceId("F"))).isEqualTo(Origin.FILE);
        assertThat(book.origin(A)).isEqualTo(Origin.REST);

        book.stationFile(List.of(source("F"), source("A"), source("G")));
        assertThat(known("A").port()).as("of the request").isEqualTo(7001);
        assertThat(known("G")).isEqualTo(source("G"));
        assertThat(book.alarms()).singleElement().satisfies(alarm -> {
            assertThat(alarm.kind()).isEqualTo(Alarm.Kind.INVENTORY);
            assertThat(alarm.message()).contains("1 source of the station file (A) was added over REST before");
        });

        book = restarted(book, source("F"), source("A"));
        assertThat(known("A").port()).as("the same after a restart").isEqualTo(7001);
        assertThat(book.alarms()).hasSize(1);
        assertThat(book.release(A)).isEqualTo(Released.DONE);
        assertThat(known("A")).as("now it is the file's").isEqualTo(source("A"));
        assertThat(book.origin(A)).isEqualTo(Origin.FILE);
        assertThat(book.alarms()).isEmpty();
        book.close();
    }

    @Test
    void aChangedFileTouchesOnlyWhatChanged() throws Exception {
        var book = book();
        book.start(List.of(source("A"), source("B"), source("C")));
        put(book, "R", "");
        int activations = machine.activations;
        var epochs = Map.of("A", epoch("A"), "B", epoch("B"), "R", epoch("R"));
        book.stationFile(List.of(source("A"), Source.of("B", "tcp-lines", "other", 1), source("D")));
        assertThat(machine.activations).as("B and D").isEqualTo(activations + 2);
        assertThat(epoch("A")).isEqualTo(epochs.get("A"));
        assertThat(epoch("R")).isEqualTo(epochs.get("R"));
        assertThat(epoch("B")).isNotEqualTo(epochs.get("B"));
        assertThat(machine.source(new SourceId("C"))).isEmpty();
        book.stationFile(List.of());
        assertThat(machine.sources(new org.stationmaster.core.api.MachineView.SourceQuery(null, null, null, 10))
                        .sources())
                .singleElement()
                .extracting(status -> status.source().id().value())
                .isEqualTo("R");
        book.close();
    }

    private long epoch(String id) {
        return machine.source(new SourceId(id)).orElseThrow().epoch();
    }

    @Test
    void aSourceOfTheFileThatNoTaskCanBeMadeOfIsAnAlarm() throws Exception {
        var book = book();
        book.start(List.of(source("A"), Source.of("BAD", "tcp-lines", "scheduler.example", 1), source("C")));
        assertThat(known("A")).isEqualTo(source("A"));
        assertThat(known("C")).isEqualTo(source("C"));
        assertThat(book.alarms())
                .singleElement()
                .extracting(Alarm::message)
                .asString()
                .contains("no task can be made of BAD: the scheduler does not want it");
        book.close();
    }

    /** The start reads the file, and the watch reads it again. */
    @Test
    void whatIsWrongWithTheFileIsLoggedOnce() throws Exception {
        var bad = Source.of("BAD", "tcp-lines", "scheduler.example", 1);
        var worse = Source.of("BADDER", "tcp-lines", "scheduler.example", 1);
        try (var log = new LogTrap(SourceBook.class)) {
            var book = book();
            book.start(List.of(bad));
            book.stationFile(List.of(bad));
            assertThat(log.lines(Level.WARN)).singleElement().asString().contains("no task can be made of BAD");
            book.stationFile(List.of(bad, worse));
            assertThat(log.lines(Level.WARN)).hasSize(2);
            book.stationFile(List.of());
            book.stationFile(List.of(bad));
            assertThat(log.lines(Level.WARN)).as("it was well meanwhile").hasSize(3);
            book.close();
        }
    }

    @Test
    void whatIsStoredAndCannotBeUsedIsToldAndKept() throws Exception {
        Files.writeString(directory.resolve("secret"), "hunter2");
        var book = book();
        put(book, "A", ",\"password\":\"file:secret\"");
        put(book, "B", "");
        Files.delete(directory.resolve("secret"));
        book = restarted(book);
        assertThat(machine.source(A)).isEmpty();
        assertThat(known("B").port()).isEqualTo(7001);
        assertThat(book.alarms())
                .singleElement()
                .extracting(Alarm::message)
                .asString()
                .contains("1 cannot be used (A): 'password': there is no readable file");
        Files.writeString(directory.resolve("secret"), "hunter2");
        book = restarted(book);
        assertThat(known("A").password()).isEqualTo(new Secret("hunter2"));
        assertThat(book.alarms()).isEmpty();
        book.close();
    }

    @Test
    void aFullDiskIsToldAndTheSourceRuns() throws Exception {
        var nowhere = new SourceBook(
                new Inventory(FakeProtocol.ALL),
                machine,
                machine,
                directory.resolve("nothing/sources.db"),
                directory,
                directory.resolve("stations.yaml"),
                Clock.SYSTEM);
        assertThat(put(nowhere, "A", ""))
                .isInstanceOf(Outcome.NotStored.class)
                .extracting(Outcome::reason)
                .asString()
                .startsWith("it runs, but could not be stored: ");
        assertThat(known("A").port()).isEqualTo(7001);
        nowhere.close();
    }

    @Test
    void aStoreThatCannotBeReadStopsTheStart() throws Exception {
        Files.writeString(
                directory.resolve("sources.db"), "this is no database, and long enough to be looked at".repeat(50));
        try (var book = book()) {
            assertThatThrownBy(() -> book.start(List.of()))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("sources.db cannot be read")
                    .hasMessageContaining("move it away");
        }
    }
}
