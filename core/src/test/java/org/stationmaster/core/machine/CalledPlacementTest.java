package org.stationmaster.core.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Secret;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.core.state.Observed;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.state.Total;
import org.stationmaster.core.worker.WorkerReport;

/** Where a source gets its slot when its station calls at a worker process: every answer and every order, without threads. */
@Timeout(20)
class CalledPlacementTest {
    private static final SourceId A = new SourceId("A");
    private static final Source SOURCE = Source.dialIn("A", "lines").rate(1).build();
    private static final Source SECRET =
            Source.dialIn("A", "lines").rate(1).password(new Secret("sesame")).build();

    private List<FakeWorker> workers = List.of();
    private Registry registry = machine(2, 1, true);
    private long wallMillis = 1_000;
    private Optional<Observed> seen = Optional.empty();

    private Registry machine(int workerCount, int slots, boolean secondReplaces) {
        workers = IntStream.range(0, workerCount).mapToObj(FakeWorker::new).toList();
        var listen = new Listen(
                "lines", new Greets(), InetSocketAddress.createUnresolved("h", 1), null, false, secondReplaces);
        registry = new Registry(
                Filter.all(),
                Capacity.UNKNOWN,
                workers.stream()
                        .map(worker -> new WorkerBook(worker, slots, true))
                        .toList(),
                StateTable.onHeap(new MachineSize(workerCount, slots), 0).desiredWriter(),
                source -> null,
                new CallBook(List.of(listen), _ -> seen));
        return registry;
    }

    private void activate(Source source) {
        assertThat(registry.activate(source, wallMillis, 0)).isInstanceOf(Answer.NotCalled.class);
    }

    private void call(int worker, long number, String greeting) {
        registry.called(
                new WorkerReport.Called(
                        new WorkerId(worker), number, "lines", (greeting + "\n").getBytes(US_ASCII), List.of()),
                ++wallMillis,
                0);
    }

    private void idle(int worker, int slot, long epoch) {
        registry.idle(new SlotId(new WorkerId(worker), slot), epoch, ++wallMillis, 0);
    }

    private List<String> told(int worker) {
        registry.send();
        return workers.get(worker).told();
    }

    private Entry entry() {
        return registry.find(A).orElseThrow();
    }

    private @Nullable SlotId slot() {
        return entry().slot();
    }

    @Test
    void itWaitsWithoutASlotUntilItIsCalledAndAgainBehindItsCall() {
        activate(SOURCE);
        assertThat(slot()).isNull();
        assertThat(entry().lastEnd()).isEqualTo(EndReason.NOT_CALLED);
        assertThat(entry().lastDetail()).isEqualTo("not called");
        assertThat(registry.waiting().count()).as("no slot would help it").isZero();
        long waits = entry().epoch();
        call(1, 7, "A");
        long epoch = entry().epoch();
        assertThat(epoch).isGreaterThan(waits);
        assertThat(told(1)).containsExactly("take #7 for A", "activate 0 A " + epoch);
        assertThat(told(0)).isEmpty();
        registry.ended(new SlotId(new WorkerId(1), 0), epoch, EndReason.RESET, "gone");
        idle(1, 0, epoch);
        assertThat(slot()).isNull();
        assertThat(entry().lastDetail()).isEqualTo("not called; the last call: RESET, gone");
        assertThat(registry.book(new WorkerId(1)).load()).isZero();
        call(0, 3, "A");
        assertThat(told(0)).containsExactly("take #3 for A", "activate 0 A " + entry().epoch());
        assertThat(entry().lastDetail()).isEmpty();
    }

    @Test
    void calledElsewhereItMovesOnlyWhenItsSlotIsIdle() {
        activate(SOURCE);
        call(0, 1, "A");
        long epoch = entry().epoch();
        assertThat(told(0)).hasSize(2);
        call(1, 9, "A");
        assertThat(told(0)).containsExactly("release 0 " + epoch);
        assertThat(told(1)).isEmpty();
        idle(0, 0, epoch);
        assertThat(entry().epoch()).isGreaterThan(epoch);
        assertThat(told(1)).containsExactly("take #9 for A", "activate 0 A " + entry().epoch());
    }

    @Test
    void ofTwoCallsThatWaitTheNewerIsTaken() {
        machine(3, 1, true);
        activate(SOURCE);
        call(0, 1, "A");
        long epoch = entry().epoch();
        call(1, 2, "A");
        call(2, 3, "A");
        assertThat(told(1)).containsExactly("refuse #2 UNWANTED A");
        idle(0, 0, epoch);
        assertThat(told(1)).isEmpty();
        assertThat(told(2)).containsExactly("take #3 for A", "activate 0 A " + entry().epoch());
    }

    /** Its slot is on its way, or is given back: nobody knows which from here. */
    @Test
    void aSecondCallAtTheSameWorkerIsForThisSlotOrTheNext() {
        activate(SOURCE);
        call(0, 1, "A");
        long epoch = entry().epoch();
        assertThat(told(0)).hasSize(2);
        call(0, 2, "A");
        assertThat(told(0)).containsExactly("take #2 for A");
        idle(0, 0, epoch);
        assertThat(told(0)).containsExactly("take #2 for A", "activate 0 A " + entry().epoch());
    }

    @Test
    void aSecondCallElsewhereMayBeRefused() {
        machine(2, 1, false);
        activate(SOURCE);
        call(0, 1, "A");
        long epoch = entry().epoch();
        assertThat(told(0)).hasSize(2);
        call(1, 2, "A");
        assertThat(told(1)).containsExactly("refuse #2 SECOND A");
        assertThat(told(0)).isEmpty();
        idle(0, 0, epoch);
        call(1, 3, "A");
        assertThat(told(1)).containsExactly("take #3 for A", "activate 0 A " + entry().epoch());
    }

    /** Its call has ended, and its slot is about to be given back: what comes now is no second call. */
    @Test
    void afterTheEndOfItsCallNoneIsTheSecond() {
        machine(2, 1, false);
        activate(SOURCE);
        call(0, 1, "A");
        long epoch = entry().epoch();
        assertThat(told(0)).hasSize(2);
        for (var state : List.of(SlotState.STARTING, SlotState.RUNNING, SlotState.STOPPING)) {
            seen = Optional.of(row(state, epoch));
            call(1, 2, "A");
            assertThat(told(1)).as(state.toString()).containsExactly("refuse #2 SECOND A");
        }
        seen = Optional.of(row(SlotState.BACKOFF, epoch - 1));
        call(1, 3, "A");
        assertThat(told(1)).as("of an activation before").containsExactly("refuse #3 SECOND A");
        seen = Optional.of(row(SlotState.BACKOFF, epoch));
        call(1, 4, "A");
        assertThat(told(0)).containsExactly("release 0 " + epoch);
        idle(0, 0, epoch);
        assertThat(told(1)).containsExactly("take #4 for A", "activate 0 A " + entry().epoch());
    }

    private static Observed row(SlotState state, long epoch) {
        return new Observed(
                state,
                epoch,
                true,
                false,
                EndReason.RESET,
                StationRecord.UNKNOWN,
                StationRecord.UNKNOWN,
                new long[Total.values().length],
                0);
    }

    @Test
    void ofSourcesOfANameTheOneThatIsWantedIsMeant() {
        activate(SOURCE);
        call(0, 1, "A");
        registry.release(A, false, wallMillis);
        activate(Source.dialIn("OTHER", "lines").option("greeting", "A").build());
        call(1, 2, "A");
        assertThat(told(1)).as("the eldest is about to go").first().isEqualTo("take #2 for A");
    }

    /** It was told directly; when its slot is given back long after, that call is no more. */
    @Test
    void aCallOfLongAgoWakesNobody() {
        activate(SOURCE);
        call(0, 1, "A");
        long epoch = entry().epoch();
        call(0, 2, "A");
        assertThat(told(0)).hasSize(3);
        registry.idle(new SlotId(new WorkerId(0), 0), epoch, ++wallMillis, 5_000_000_001L);
        assertThat(slot()).isNull();
        assertThat(told(0)).isEmpty();
    }

    @Test
    void whoIsNobodysIsRefusedAndWhy() {
        activate(SECRET);
        activate(Source.dialIn("B", "lines").build());
        call(0, 1, "NOBODY");
        call(0, 2, "A");
        call(0, 3, "A wrong");
        registry.pause(A, true);
        call(0, 4, "A sesame");
        registry.pause(A, false);
        assertThat(told(0))
                .containsExactly("refuse #1 UNKNOWN", "refuse #2 LOGIN A", "refuse #3 LOGIN A", "refuse #4 PAUSED A");
        call(0, 5, "B");
        call(0, 6, "A sesame");
        assertThat(told(0)).containsExactly("take #5 for B", "activate 0 B " + (wallMillis - 1), "refuse #6 NO_SLOT A");
        registry.release(A, false, wallMillis);
        call(1, 7, "A sesame");
        assertThat(told(1)).containsExactly("refuse #7 UNKNOWN");
    }

    @Test
    void noConnectionEndsForACallThatHasNoRoom() {
        activate(SOURCE);
        activate(Source.dialIn("B", "lines").build());
        call(0, 1, "A");
        call(1, 2, "B");
        assertThat(told(0)).hasSize(2);
        assertThat(told(1)).hasSize(2);
        call(1, 3, "A");
        assertThat(told(1)).containsExactly("refuse #3 NO_SLOT A");
        assertThat(told(0)).isEmpty();
    }

    @Test
    void whenItsWorkerIsLostItWaitsForItsCall() {
        activate(SOURCE);
        call(0, 1, "A");
        assertThat(told(0)).hasSize(2);
        assertThat(registry.lost(new WorkerId(0), "killed", wallMillis, 0)).isEqualTo(new Registry.Moved(0, 1));
        assertThat(slot()).isNull();
        assertThat(entry().lastEnd()).isEqualTo(EndReason.NOT_CALLED);
        assertThat(told(1)).isEmpty();
        call(1, 2, "A");
        assertThat(told(1)).containsExactly("take #2 for A", "activate 0 A " + entry().epoch());
    }

    @Test
    void aCallThatWaitedIsTakenWhenTheOldWorkerIsLostAndGoneWithItsOwn() {
        machine(3, 1, true);
        activate(SOURCE);
        call(0, 1, "A");
        call(1, 2, "A");
        registry.lost(new WorkerId(0), "killed", ++wallMillis, 0);
        assertThat(told(1)).containsExactly("take #2 for A", "activate 0 A " + entry().epoch());
        call(2, 3, "A");
        long epoch = entry().epoch();
        registry.lost(new WorkerId(2), "killed", ++wallMillis, 0);
        idle(1, 0, epoch);
        assertThat(slot()).isNull();
    }

    /** The next process counts its calls from 1 again: one of the last must not stand for a stranger's. */
    @Test
    void aCallIsOfOneProcessOnly() {
        activate(SOURCE);
        call(0, 1, "A");
        long epoch = entry().epoch();
        call(0, 2, "A");
        assertThat(told(0)).hasSize(3);
        registry.up(new WorkerId(0), 2, ++wallMillis, 0);
        idle(0, 0, epoch);
        assertThat(told(0)).isEmpty();
    }

    @Test
    void whoHasTheSameNameIsCalledWhenTheEldestIsGone() {
        machine(1, 2, true);
        activate(SOURCE);
        registry.activate(Source.of("A2", "lines", "127.0.0.1", 1), wallMillis, 0);
        assertThat(told(0)).as("one that is connected to").hasSize(1);
        registry.activate(SECRET, wallMillis, 0);
        call(0, 1, "A");
        assertThat(told(0)).as("by what is known of it now").containsExactly("refuse #1 LOGIN A");
    }

    @Test
    void aStopTakesNobody() {
        activate(SOURCE);
        registry.releaseAll(false);
        assertThat(told(0)).containsExactly("hang up");
        call(0, 1, "A");
        assertThat(told(0)).containsExactly("refuse #1 UNKNOWN");
    }

    /** What a worker process does, as far as its slots go: it obeys late, ends calls by itself, and dies. */
    private static final class Slots {
        private final boolean freesTooSoon;
        private final List<String> inbox = new ArrayList<>();
        /** By slot: source and epoch; one that is told to end goes on until it is idle. */
        private final Map<Integer, String[]> runs = new HashMap<>();

        private Slots(boolean freesTooSoon) {
            this.freesTooSoon = freesTooSoon;
        }
    }

    /** Runs calls, ends, releases and losses in a random order; returns whether a source was ever in two slots. */
    private boolean runsTwice(long seed, boolean freesTooSoon) {
        var random = new Random(seed);
        machine(3, 2, random.nextBoolean());
        var processes = new ArrayList<Slots>();
        for (int i = 0; i < 3; i++) {
            processes.add(new Slots(freesTooSoon));
        }
        var ids = List.of("A", "B", "C", "D");
        ids.forEach(id -> activate(Source.dialIn(id, "lines").build()));
        for (int step = 0; step < 300; step++) {
            int at = random.nextInt(3);
            var process = processes.get(at);
            var id = ids.get(random.nextInt(ids.size()));
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> call(at, step, id);
                case 3 -> {
                    registry.release(new SourceId(id), false, ++wallMillis);
                    registry.activate(Source.dialIn(id, "lines").build(), ++wallMillis, 0);
                }
                case 4 -> {
                    process.inbox.clear();
                    process.runs.clear();
                    told(at);
                    registry.lost(new WorkerId(at), "killed", ++wallMillis, 0);
                    registry.up(new WorkerId(at), step, ++wallMillis, 0);
                }
                default -> work(at, process, random);
            }
            for (int i = 0; i < 3; i++) {
                processes.get(i).inbox.addAll(told(i));
            }
            var seen = new TreeSet<String>();
            for (var each : processes) {
                for (var run : each.runs.values()) {
                    if (!seen.add(run[0])) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private void work(int at, Slots process, Random random) {
        if (!process.inbox.isEmpty() && random.nextBoolean()) {
            var words = process.inbox.removeFirst().split(" ", -1);
            if (words[0].equals("activate")) {
                var before = process.runs.put(Integer.valueOf(words[1]), new String[] {words[2], words[3]});
                assertThat(before == null || before[0].equals(words[2])).isTrue();
            } else if (words[0].equals("release") && process.freesTooSoon) {
                idle(at, Integer.parseInt(words[1]), Long.parseLong(words[2])); // and its run goes on
            }
            return;
        }
        for (int slot : Set.copyOf(process.runs.keySet())) {
            if (random.nextInt(3) == 0) {
                var run = Objects.requireNonNull(process.runs.remove(slot));
                idle(at, slot, Long.parseLong(run[1]));
                return;
            }
        }
    }

    @Test
    void whateverComesFirstASourceIsInOneSlotAtMost() {
        for (long seed = 0; seed < 300; seed++) {
            assertThat(runsTwice(seed, false)).as("seed " + seed).isFalse();
        }
    }

    /** The wrong variant: a worker that calls a slot idle while its run goes on. */
    @Test
    void andThatWouldBeSeen() {
        boolean seen = false;
        for (long seed = 0; seed < 300 && !seen; seed++) {
            seen = runsTwice(seed, true);
        }
        assertThat(seen).isTrue();
    }
}
