package org.stationmaster.core.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;

/** One process writes, this one reads. */
@Tag("system")
@Timeout(60)
class StateProcessTest {
    private static final int READS = 300_000;

    private final Path path;

    StateProcessTest(@TempDir Path directory) {
        path = directory.resolve("table");
    }

    @BeforeEach
    void create() throws StateTableException {
        StateTable.create(path, TableWritingChild.SIZE, TableWritingChild.BOOT);
    }

    private static SlotId slot(int index) {
        return new SlotId(TableWritingChild.WORKER, index);
    }

    @Test
    void whatAnotherProcessWritesIsReadWholeOrCalledTorn() throws Exception {
        var child = TableWritingChild.start(path, "write");
        try {
            var file = StateTable.open(path);
            while (file.look(reader -> reader.total(TableWritingChild.WORKER, Total.RECORDS)) < 1_000) {
                assertThat(child.isAlive()).isTrue();
                Thread.onSpinWait();
            }
            long seen = file.look(reader -> {
                long changes = 0;
                long last = 0;
                for (int i = 0; i < READS; i++) {
                    var observed = reader.observed(slot(i % 2));
                    assertThat(observed.filter(StateProcessTest::isMixed)).isEmpty();
                    var incarnation = reader.incarnation(TableWritingChild.WORKER);
                    if (incarnation.isPresent() && incarnation.orElseThrow().number() != last) {
                        var now = incarnation.orElseThrow();
                        last = now.number();
                        changes++;
                        if (now.process().startMillis() < 1_000_000_000_000L) { // not the first, which is real
                            assertThat(now).isEqualTo(new Incarnation(last, new ProcessIdentity(last, last)));
                        }
                    }
                }
                return changes;
            });
            assertThat(seen).as("it was being written all the time").isGreaterThan(10);
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Neither one write of the child nor what a birth makes of the row. */
    private static boolean isMixed(Observed observed) {
        long n = observed.epoch();
        if (n == 0) {
            return false;
        }
        boolean same = observed.lastRecordNanos() == n && observed.latencyNanos() == n && observed.sinceNanos() == n;
        for (var total : Total.values()) {
            same &= observed.total(total) == n;
        }
        return !same;
    }

    @Test
    void aRowThatAProcessDiedInIsTornUntilTheNextOneIsBorn() throws Exception {
        var child = TableWritingChild.start(path, "die");
        assertThat(child.waitFor(40, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isEqualTo(TableWritingChild.DIED);

        var file = StateTable.open(path);
        var torn = file.look(reader -> reader.observed(slot(1)));
        assertThat(torn).isEmpty();
        var dead = file.look(reader -> reader.incarnation(TableWritingChild.WORKER))
                .orElseThrow();
        assertThat(dead.process().pid()).isEqualTo(child.pid());
        assertThat(dead.process().find()).isEmpty();

        var me = ProcessIdentity.current();
        var next = StateTable.attach(path, TableWritingChild.WORKER, TableWritingChild.BOOT);
        next.born(dead.number() + 1, me.pid(), me.startMillis());
        next.add(Total.RECORDS, 1);
        var whole = file.look(reader -> reader.observed(slot(1))).orElseThrow();
        assertThat(whole.state()).isEqualTo(SlotState.IDLE);
        long records = file.look(reader -> reader.total(Total.RECORDS));
        assertThat(records).isEqualTo(6);
        var alive = file.look(reader -> reader.incarnation(TableWritingChild.WORKER))
                .flatMap(now -> now.process().find());
        assertThat(alive).contains(ProcessHandle.current());
    }
}
