package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView.Headroom;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.core.sizing.Profile;
import org.stationmaster.core.state.Desired;
import org.stationmaster.core.state.StateReader;
import org.stationmaster.core.state.StateTable;

/** Every answer and every order, without threads. */
@Timeout(10)
class RegistryTest {
    private static final SourceId A = new SourceId("A");
    private long wallMillis = 1_000;
    private List<FakeWorker> workers = List.of();
    private List<WorkerBook> books = List.of();
    private StateReader table = StateTable.onHeap(new MachineSize(1, 1), 0).reader();
    private Registry registry = machine(1, 2, Filter.all());

    @BeforeEach
    void nothingIsTold() {
        assertThat(told(0)).isEmpty();
    }

    private Registry machine(int workerCount, int slots, Filter filter) {
        var made = StateTable.onHeap(new MachineSize(workerCount, slots), 0);
        table = made.reader();
        workers = IntStream.range(0, workerCount).mapToObj(FakeWorker::new).toList();
        books = workers.stream()
                .map(worker -> new WorkerBook(worker, slots, true))
                .toList();
        registry = new Registry(filter, Capacity.UNKNOWN, books, made.desiredWriter());
        return registry;
    }

    /** A machine that keeps sources of one group in one worker. */
    private void machineOfGroups(int workerCount, int slots) {
        var made = StateTable.onHeap(new MachineSize(workerCount, slots), 0);
        table = made.reader();
        workers = IntStream.range(0, workerCount).mapToObj(FakeWorker::new).toList();
        books = workers.stream()
                .map(worker -> new WorkerBook(worker, slots, true))
                .toList();
        registry = new Registry(
                Filter.all(),
                Capacity.UNKNOWN,
                books,
                made.desiredWriter(),
                source -> source.groups().isEmpty()
                        ? null
                        : source.groups().iterator().next(),
                CallBook.empty());
    }

    private static Source source(String id, String group) {
        return Source.builder(id, "test", "127.0.0.1", 7001)
                .rate(1)
                .group(group)
                .build();
    }

    @Test
    void sourcesWithOneKeyComeToOneWorkerWhileItHasRoom() {
        machineOfGroups(2, 3);
        assertThat(activate(source("A", "x"))).isEqualTo(new Answer.Assigned(slot(0, 0), 1_000));
        assertThat(activate(source("B", "x"))).isEqualTo(new Answer.Assigned(slot(0, 1), 1_000));
        assertThat(activate(source("C", "y"))).isEqualTo(new Answer.Assigned(slot(1, 0), 1_000));
        assertThat(activate(source("D", "x"))).isEqualTo(new Answer.Assigned(slot(0, 2), 1_000));
        assertThat(activate(source("E", "x")))
                .as("no slot is idle beside the others")
                .isEqualTo(new Answer.Assigned(slot(1, 1), 1_000));
        assertThat(activate(source("F"))).isEqualTo(new Answer.Assigned(slot(1, 2), 1_000));
    }

    @Test
    void whatAWorkerIsToldIsForTheProcessThatTheMachineKnows() {
        machine(1, 1, Filter.all());
        registry.lost(new WorkerId(0), "killed", wallMillis, 0);
        assertThat(activate("A")).isInstanceOf(Answer.NoIdleSlot.class);
        registry.up(new WorkerId(0), 7, wallMillis, 0);
        assertThat(told(0)).containsExactly("activate 0 A 1000");
        assertThat(workers.getFirst().incarnation()).isEqualTo(7);
    }

    @Test
    void aSourceThatComesBackWhileItsWorkerIsEmptiedMoves() {
        machine(2, 1, Filter.all());
        activate("A");
        registry.release(A, false, wallMillis);
        registry.empty(new WorkerId(0));
        assertThat(told(0)).containsExactly("activate 0 A 1000", "release 0 1000");
        assertThat(activate("A")).isEqualTo(new Answer.AlreadyAssigned(slot(0, 0), 1_000));
        assertThat(told(0)).isEmpty();
        idle(0, 1_000);
        assertThat(told(1)).containsExactly("activate 0 A 1001");
        assertThat(registry.holds(new WorkerId(0))).isZero();
    }

    @Test
    void whoMovesToEvenTheLoadGivesItsSlotBackFirst() {
        machine(2, 4, Filter.all());
        registry.empty(new WorkerId(1));
        List.of("A", "B", "C").forEach(this::activate);
        registry.open(new WorkerId(1), wallMillis, 0);
        told(0);
        assertThat(registry.evenOut()).containsExactly(A);
        assertThat(told(0)).containsExactly("release 0 1000");
        assertThat(told(1)).isEmpty();
        assertThat(registry.isMoving(A)).isTrue();
        idle(0, 1_000);
        assertThat(told(1)).containsExactly("activate 0 A 1001");
        assertThat(registry.isMoving(A)).isFalse();
        assertThat(registry.evenOut()).isEmpty();
    }

    @Test
    void whoSharesAConnectionStaysWhenTheLoadIsEvened() {
        machineOfGroups(2, 4);
        registry.empty(new WorkerId(1));
        activate(source("A", "x"));
        activate(source("B", "x"));
        activate(source("C", "y"));
        activate(source("D"));
        registry.open(new WorkerId(1), wallMillis, 0);
        activate(source("E", "z"));
        activate(source("E", "y"));
        assertThat(registry.evenOut()).as("C and E share one now").containsExactly(new SourceId("D"));
    }

    @Test
    void aWorkerThatIsOpenedAgainTakesWhoWaits() {
        machine(1, 1, Filter.all());
        registry.empty(new WorkerId(0));
        assertThat(activate("A")).isInstanceOf(Answer.NoIdleSlot.class);
        registry.open(new WorkerId(0), wallMillis, 0);
        assertThat(told(0)).containsExactly("activate 0 A 1000");
    }

    @Test
    void aSourceThatChangedItsKeyDrawsNobody() {
        machineOfGroups(2, 3);
        activate(source("A", "x"));
        activate(source("A", "y"));
        assertThat(activate(source("B", "x"))).isEqualTo(new Answer.Assigned(slot(1, 0), 1_000));
        assertThat(activate(source("C", "x"))).isEqualTo(new Answer.Assigned(slot(1, 1), 1_000));
    }

    private static Source source(String id) {
        return Source.builder(id, "test", "127.0.0.1", 7001).rate(1).build();
    }

    private static SlotId slot(int worker, int index) {
        return new SlotId(new WorkerId(worker), index);
    }

    private Answer activate(String id) {
        return activate(source(id));
    }

    private Answer activate(Source source) {
        return registry.activate(source, wallMillis, 0);
    }

    private void idle(int index, long epoch) {
        registry.idle(slot(0, index), epoch, wallMillis, 0);
    }

    private List<String> told(int worker) {
        registry.send();
        return workers.get(worker).told();
    }

    private Entry entry(String id) {
        return registry.find(new SourceId(id)).orElseThrow();
    }

    /** Workers may be given 0.5 of a processor, a source takes 0.2 of one for each Hz. */
    static Capacity capacity() {
        return Capacity.of(List.of(new Profile(
                "1",
                Instant.EPOCH,
                new Profile.Host("CPU", 2, "Linux", "25"),
                "test",
                "none",
                Isolation.THREADS,
                100,
                new Profile.Target(0.5, 250),
                new Profile.Memory(0, 0),
                List.of(new Profile.Point(1, 5, 5, 5, 5, 0.2, 0, 1, Profile.Limit.CPU)),
                "")));
    }

    private StateReader machineWithProfile(int count, int slots) {
        machine(count, slots, Filter.all());
        var table = StateTable.onHeap(new MachineSize(count, slots), 0);
        registry = new Registry(Filter.all(), capacity(), books, table.desiredWriter());
        return table.reader();
    }

    private Answer activate(String id, double rate) {
        return registry.activate(
                Source.builder(id, "test", "127.0.0.1", 1).rate(rate).build(), false, wallMillis, 0);
    }

    @Test
    void theHeadroomIsForSourcesLikeThoseOfWhichThereAreMost() {
        var table = machineWithProfile(2, 3);
        registry.headroom().publish(registry.mostCommon());
        assertThat(table.headroom()).as("like which?").isEmpty();
        activate("A", 1);
        activate("B", 1);
        activate("C", 1.4);
        registry.headroom().publish(registry.mostCommon());
        assertThat(table.headroom()).as("one beside B, none beside A and C").contains(new Headroom(1, 1));
        registry.release(new SourceId("C"), false, wallMillis);
        registry.headroom().publish(registry.mostCommon());
        assertThat(table.headroom()).contains(new Headroom(2, 1));
        registry.lost(new WorkerId(0), "killed", wallMillis, 0);
        registry.headroom().publish(registry.mostCommon());
        assertThat(table.headroom()).contains(new Headroom(0, 1));
    }

    private static CpuWatch.Window took(double cpu, double cost) {
        return new CpuWatch.Window(cpu, cost, cost);
    }

    @Test
    void theHeadroomIsByWhatTheWorkersWereMeasuredToTake() {
        var table = machineWithProfile(1, 9);
        activate("A", 1);
        registry.measured(List.of(took(0.15, 0.2)), wallMillis, 0);
        registry.headroom().publish(registry.mostCommon());
        assertThat(table.headroom()).as("0.35 left, 0.2 each").contains(new Headroom(1, 1));
        activate("B", 1);
        registry.measured(List.of(took(0.29, 0.4)), wallMillis, 0);
        registry.headroom().publish(registry.mostCommon());
        assertThat(table.headroom()).as("0.1 by the profile, 0.21 measured").contains(new Headroom(1, 1));
        assertThat(activate("C")).as("what was told is kept").isInstanceOf(Answer.Assigned.class);
        registry.measured(List.of(took(0.1, 0.6)), wallMillis, 0);
        registry.headroom().publish(registry.mostCommon());
        assertThat(table.headroom()).as("so little is not believed").contains(new Headroom(0, 1));
    }

    @Test
    void sourcesThatTakeMoreThanTheProfileSaysLeaveLessHeadroomAndWhatWasPlannedIsAdmitted() {
        var table = machineWithProfile(1, 9);
        activate("A", 1);
        registry.measured(List.of(took(0.4, 0.2)), wallMillis, 0);
        registry.headroom().publish(registry.mostCommon());
        assertThat(table.headroom()).contains(new Headroom(0, 1));
        assertThat(activate("B", 1)).isInstanceOf(Answer.Assigned.class);
        assertThat(activate("C", 1)).isInstanceOf(Answer.NoIdleSlot.class);
    }

    @Test
    void whoWaitsGetsTheRoomThatWasMeasured() {
        machineWithProfile(1, 9);
        activate("A", 1);
        activate("B", 1);
        assertThat(activate("C", 1)).isInstanceOf(Answer.NoIdleSlot.class);
        registry.measured(List.of(took(0.4, 0.4)), wallMillis, 0);
        assertThat(entry("C").slot()).isNull();
        registry.measured(List.of(took(0.29, 0.4)), wallMillis, 0);
        assertThat(entry("C").slot()).isNotNull();
    }

    @Test
    void aKeyDoesNotFillAWorkerBeyondItsLimit() {
        machine(2, 5, Filter.all());
        registry = new Registry(
                Filter.all(),
                capacity(),
                books,
                StateTable.onHeap(new MachineSize(2, 5), 0).desiredWriter(),
                source -> "one connection",
                CallBook.empty());
        activate("A", 1);
        activate("B", 1);
        assertThat(entry("B").slot()).isEqualTo(slot(0, 1));
        activate("C", 1);
        assertThat(entry("C").slot()).isEqualTo(slot(1, 0));
    }

    @Test
    void withoutAnIdleSlotThereIsNoHeadroom() {
        var table = machineWithProfile(1, 1);
        activate("A", 1);
        registry.headroom().publish(registry.mostCommon());
        assertThat(table.headroom()).contains(new Headroom(0, 1));
    }

    @Test
    void oneThatIsTooDearForTheRoomThereIsDoesNotStopThoseBehindIt() {
        machineWithProfile(1, 5);
        activate("A", 1.4);
        activate("B", 1.1);
        assertThat(activate("NEVER", 3)).isInstanceOf(Answer.NoIdleSlot.class);
        assertThat(entry("NEVER").lastDetail())
                .isEqualTo(
                        "it alone is more than a worker may be given: its target allows a worker 50 % of a processor at 3 Hz;"
                                + " it needs 60 %, the emptiest worker has 0 % left");
        assertThat(activate("DEAR", 1.5)).isInstanceOf(Answer.NoIdleSlot.class);
        assertThat(activate("CHEAP", 1)).isInstanceOf(Answer.NoIdleSlot.class);
        long epoch = entry("B").epoch();
        registry.release(new SourceId("B"), false, wallMillis);
        registry.idle(slot(0, 1), epoch, wallMillis, 0);
        assertThat(entry("CHEAP").slot()).isNotNull();
        assertThat(entry("DEAR").slot()).isNull();
        assertThat(registry.waiting().count()).isEqualTo(2);
        registry.release(new SourceId("CHEAP"), false, wallMillis);
        registry.idle(slot(0, 1), entry("CHEAP").epoch(), wallMillis, 0);
        epoch = entry("A").epoch();
        registry.release(new SourceId("A"), false, wallMillis);
        registry.idle(slot(0, 0), epoch, wallMillis, 0);
        assertThat(entry("DEAR").slot()).isNotNull();
        assertThat(registry.waiting().count()).isEqualTo(1);
    }

    @Test
    void pastItsCapacityASourceWaitsAndWhatWasAdmittedStays() {
        machineWithProfile(2, 5);
        for (var id : List.of("A", "B", "C", "D")) {
            assertThat(activate(id)).isInstanceOf(Answer.Assigned.class);
        }
        assertThat(activate("E")).isInstanceOf(Answer.NoIdleSlot.class);
        assertThat(entry("E").lastDetail())
                .isEqualTo("no worker has room for it: its target allows a worker 50 % of a processor at 1 Hz;"
                        + " it needs 20 %, the emptiest worker has 10 % left");
        assertThat(registry.waiting().why()).isEqualTo(entry("E").lastDetail());
        registry.lost(new WorkerId(1), "test", wallMillis, 0);
        assertThat(registry.holds(new WorkerId(0)))
                .as("those of a lost worker are not turned away")
                .isEqualTo(4);
        registry.up(new WorkerId(1), 2, wallMillis, 0);
        assertThat(entry("E").slot()).isNotNull();
    }

    @Test
    void assignedThenAlreadyAssigned() {
        assertThat(activate("A")).isEqualTo(new Answer.Assigned(slot(0, 0), 1_000));
        assertThat(told(0)).containsExactly("activate 0 A 1000");
        wallMillis = 5_000;
        assertThat(activate("A")).isEqualTo(new Answer.AlreadyAssigned(slot(0, 0), 1_000));
        assertThat(told(0)).as("identical metadata touches nothing").isEmpty();
        assertThat(table.desired(slot(0, 0))).contains(new Desired(A, 1_000, false));
    }

    @Test
    void otherMetadataIsANewEpochInTheSameSlot() {
        activate("A");
        var other = Source.of("A", "test", "127.0.0.1", 7002);
        assertThat(activate(other)).isEqualTo(new Answer.Assigned(slot(0, 0), 1_001));
        assertThat(told(0)).containsExactly("activate 0 A 1000", "activate 0 A 1001");
    }

    @Test
    void anUpdateOfAPausedSourceStaysPaused() {
        activate("A");
        registry.pause(A, true);
        told(0);
        activate(Source.of("A", "test", "127.0.0.1", 7002));
        assertThat(told(0)).containsExactly("activate 0 A 1001 paused");
    }

    @Test
    void noIdleSlotWaitsInOrderAndIsWokenWhenOneFrees() {
        for (var id : List.of("A", "B")) {
            activate(id);
        }
        for (var id : List.of("Z", "C", "Y")) {
            assertThat(activate(id)).isInstanceOf(Answer.NoIdleSlot.class);
        }
        assertThat(activate("Z")).as("asked again it keeps its place").isInstanceOf(Answer.NoIdleSlot.class);
        assertThat(registry.waiting().count()).isEqualTo(3);
        told(0);
        registry.release(A, false, wallMillis);
        assertThat(told(0)).containsExactly("release 0 1000");
        assertThat(registry.waiting().count())
                .as("not before the worker has let go")
                .isEqualTo(3);
        idle(0, 1_000);
        assertThat(told(0)).singleElement().asString().startsWith("activate 0 Z");
        registry.release(new SourceId("B"), false, wallMillis);
        told(0);
        idle(1, entry("B").epoch());
        assertThat(told(0)).singleElement().asString().startsWith("activate 1 C");
        assertThat(registry.waiting().count()).isEqualTo(1);
    }

    @Test
    void aSlotIsNotGivenAwayBeforeItIsReportedIdle() {
        machine(1, 1, Filter.all());
        activate("A");
        registry.release(A, true, wallMillis);
        assertThat(activate("B")).isInstanceOf(Answer.NoIdleSlot.class);
        idle(0, 999); // news of an older epoch
        assertThat(entry("B").slot()).isNull();
        idle(0, 1_000);
        assertThat(entry("B").slot()).isEqualTo(slot(0, 0));
        assertThat(registry.find(A)).isEmpty();
    }

    @Test
    void comingBackWhileItsSlotStopsItGetsThatVerySlot() {
        activate("A");
        registry.release(A, false, wallMillis);
        assertThat(activate("A")).isEqualTo(new Answer.Assigned(slot(0, 0), 1_001));
        idle(0, 1_000);
        assertThat(entry("A").slot())
                .as("the old epoch's idleness frees nothing")
                .isEqualTo(slot(0, 0));
        assertThat(told(0)).containsExactly("activate 0 A 1000", "release 0 1000", "activate 0 A 1001");
        registry.release(A, false, wallMillis);
        idle(0, 1_001);
        assertThat(registry.find(A)).isEmpty();
        assertThat(registry.held()).isEmpty();
    }

    @Test
    void releases() {
        assertThat(registry.release(A, false, wallMillis)).as("not known").isFalse();
        activate("A");
        assertThat(registry.release(A, false, wallMillis)).isTrue();
        assertThat(registry.release(A, false, wallMillis)).as("already leaving").isFalse();
        assertThat(registry.release(A, true, wallMillis))
                .as("a cancel hurries it")
                .isTrue();
        assertThat(told(0)).containsExactly("activate 0 A 1000", "release 0 1000", "cancel 0 1000");
        assertThat(table.desired(slot(0, 0))).contains(new Desired(null, 1_000, false));
    }

    @Test
    void aWaitingSourceCanBeReleasedAndPaused() {
        machine(1, 1, Filter.all());
        activate("A");
        activate("B");
        activate("C");
        assertThat(registry.pause(new SourceId("B"), true)).isTrue();
        assertThat(registry.release(new SourceId("C"), false, wallMillis)).isTrue();
        assertThat(registry.find(new SourceId("C"))).isEmpty();
        assertThat(registry.waiting().count()).isEqualTo(1);
        registry.release(A, false, wallMillis);
        told(0);
        idle(0, 1_000);
        assertThat(told(0))
                .singleElement()
                .asString()
                .startsWith("activate 0 B")
                .endsWith("paused");
    }

    @Test
    void pauses() {
        assertThat(registry.pause(A, true)).isFalse();
        activate("A");
        assertThat(registry.pause(A, true)).isTrue();
        assertThat(registry.pause(A, true)).isTrue();
        assertThat(registry.pause(A, false)).isTrue();
        assertThat(told(0)).containsExactly("activate 0 A 1000", "pause 0 1000", "resume 0 1000");
        registry.release(A, false, wallMillis);
        assertThat(registry.pause(A, true)).as("it is leaving").isFalse();
    }

    @Test
    void aReleaseForgetsThePause() {
        activate("A");
        registry.pause(A, true);
        registry.release(A, false, wallMillis);
        told(0);
        activate("A");
        assertThat(told(0)).containsExactly("activate 0 A 1001");
    }

    @Test
    void filters() {
        machine(1, 2, Filter.groups("north"));
        assertThat(activate("A")).isInstanceOf(Answer.Refused.class);
        assertThat(entry("A").slot()).isNull();
        var north = Source.builder("A", "test", "127.0.0.1", 7001).group("north");
        assertThat(activate(north.build())).isInstanceOf(Answer.Assigned.class);
        assertThat(activate(north.enabled(false).build())).isEqualTo(new Answer.Refused("it is not enabled"));
        assertThat(told(0)).containsExactly("activate 0 A 1000", "release 0 1000");
        idle(0, 1_000);
        assertThat(entry("A").slot()).isNull();
        assertThat(registry.held()).isEmpty();
        assertThat(registry.release(A, false, wallMillis)).isTrue();
        assertThat(registry.find(A)).isEmpty();
    }

    @Test
    void aChangeOfTheFilterMovesWhomItConcernsAlone() {
        machine(1, 3, Filter.all());
        var north = Source.builder("N", "test", "127.0.0.1", 7001).group("north");
        activate("A");
        activate(north.build());
        told(0);
        registry.filter(Filter.all().with("north", false), wallMillis, 0);
        assertThat(told(0)).containsExactly("release 1 1000");
        idle(1, 1_000);
        assertThat(entry("N").slot()).isNull();
        registry.filter(registry.filter().with("north", true), wallMillis, 0);
        assertThat(registry.filter()).isEqualTo(Filter.all());
        assertThat(told(0)).containsExactly("activate 1 N 1001");
    }

    @Test
    void aSourceThatComesPausedIsNotWokenBefore() {
        assertThat(registry.activate(source("A"), true, wallMillis, 0)).isInstanceOf(Answer.Assigned.class);
        assertThat(told(0)).containsExactly("activate 0 A 1000 paused");
    }

    @Test
    void aWaitingSourceThatIsFilteredWaitsNoMore() {
        machine(1, 1, Filter.all());
        activate("A");
        activate("B");
        activate(Source.builder("B", "test", "127.0.0.1", 7001).enabled(false).build());
        assertThat(registry.waiting().count()).isZero();
        registry.release(A, false, wallMillis);
        told(0);
        idle(0, 1_000);
        assertThat(told(0)).isEmpty();
    }

    @Test
    void enabledAgainWhileItsSlotStopsItGetsThatVerySlotAndKeepsItsPause() {
        activate("A");
        registry.pause(A, true);
        activate(Source.builder("A", "test", "127.0.0.1", 7001).enabled(false).build());
        told(0);
        assertThat(activate("A")).isEqualTo(new Answer.Assigned(slot(0, 0), 1_001));
        assertThat(told(0)).containsExactly("activate 0 A 1001 paused");
    }

    @Test
    void epochsNeverRepeatEvenWhenTheWallClockStepsBack() {
        List<Long> epochs = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            if (!(activate("A") instanceof Answer.Assigned(var slot, var epoch))) {
                throw new AssertionError("not assigned");
            }
            epochs.add(epoch);
            registry.release(A, i % 2 == 0, wallMillis);
            registry.idle(slot, epoch, wallMillis, 0);
            assertThat(registry.find(A)).isEmpty();
            wallMillis += i % 3; // two activations within one millisecond
        }
        assertThat(epochs).doesNotHaveDuplicates().isSorted();
    }

    @Test
    void theLeastLoadedByCostIsChosen() {
        machine(2, 10, Filter.all());
        activate(Source.builder("FAST", "test", "127.0.0.1", 1).rate(100).build());
        for (int i = 0; i < 9; i++) {
            activate("S" + i);
        }
        assertThat(entry("FAST").slot()).isEqualTo(slot(0, 0));
        for (int i = 0; i < 9; i++) {
            assertThat(entry("S" + i).slot()).isEqualTo(slot(1, i));
        }
        registry.release(new SourceId("FAST"), false, wallMillis);
        activate("NEXT");
        assertThat(entry("NEXT").slot())
                .as("its load is gone when it is told to go")
                .isEqualTo(slot(0, 1));
    }

    @Test
    void loadsAddUpToNothingWhateverTheOrders() {
        machine(1, 3, Filter.all());
        for (int round = 0; round < 20; round++) {
            var id = "S" + round % 4;
            activate(id);
            if (round % 3 == 0) {
                registry.release(new SourceId(id), false, wallMillis);
                activate(id);
            }
            if (round % 5 == 0) {
                activate(Source.builder(id, "test", "127.0.0.1", 9)
                        .rate(50 + round)
                        .build());
            }
        }
        for (int i = 0; i < 4; i++) {
            var id = new SourceId("S" + i);
            registry.release(id, true, wallMillis);
        }
        assertThat(books.getFirst().load()).isCloseTo(0, org.assertj.core.data.Offset.offset(1e-12));
    }

    @Test
    void releaseAllGivesEverySlotBackAndWakesNobody() {
        for (var id : List.of("A", "B", "C")) {
            activate(id);
        }
        registry.releaseAll(false);
        assertThat(told(0)).hasSize(4);
        registry.releaseAll(true);
        assertThat(told(0)).containsExactly("cancel 0 1000", "cancel 1 1000");
        idle(0, 1_000);
        idle(1, 1_000);
        assertThat(told(0)).isEmpty();
        assertThat(registry.held()).isEmpty();
    }

    @Test
    void anEndIsKeptOnlyOfTheEpochThatIs() {
        activate("A");
        registry.ended(slot(0, 0), 999, EndReason.RESET, "old");
        assertThat(entry("A").lastEnd()).isEqualTo(EndReason.NONE);
        registry.ended(slot(0, 0), 1_000, EndReason.SILENT, "quiet");
        assertThat(entry("A").lastEnd()).isEqualTo(EndReason.SILENT);
        registry.ended(slot(0, 1), 1_000, EndReason.RESET, "an idle slot");
        activate(Source.of("A", "test", "127.0.0.1", 7002));
        assertThat(entry("A").lastEnd()).isEqualTo(EndReason.NONE);
    }
}
