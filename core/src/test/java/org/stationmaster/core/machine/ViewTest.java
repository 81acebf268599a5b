package org.stationmaster.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.Alarm;
import org.stationmaster.core.api.MachineView.SourceQuery;
import org.stationmaster.core.api.MachineView.SourceStatus;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.fixtures.HandClock;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.core.state.Observed;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.state.Total;
import org.stationmaster.core.worker.Delivery;
import org.stationmaster.core.worker.EventLog;

/** What is shown of a source whose row cannot be read. */
@Timeout(10)
class ViewTest {
    private static final SourceId A = new SourceId("A");

    private final StateTable table = StateTable.onHeap(new MachineSize(1, 2), 0);
    private final List<WorkerBook> books = List.of(new WorkerBook(new FakeWorker(0), 2, true));
    private final HandClock clock = new HandClock();
    private Registry registry = registry(Capacity.UNKNOWN);
    private View view = view();

    private Registry registry(Capacity capacity) {
        return new Registry(Filter.all(), capacity, books, table.desiredWriter());
    }

    private View view() {
        return new View(
                table.reader(),
                registry,
                books,
                new Delivery(List.of(), Clock.SYSTEM, Thread::new),
                new EventLog(),
                () -> true,
                () -> true,
                () -> new MachineView.Calls(0, Map.of()),
                new CpuWatch(clock, new CpuMarks(table.reader(), registry, books, (_, told) -> told)),
                clock);
    }

    private long activate(Source source) {
        return registry.activate(source, 1_000, 0) instanceof Answer.Assigned assigned ? assigned.epoch() : 0;
    }

    /** Its row is torn, and was never read whole; each list of all comes to it with what it has read of A. */
    @Test
    void aTornRowShowsNothingOfTheOneReadBeforeIt() {
        write(activate(source("127.0.0.1")), EndReason.NONE, 12);
        long epoch = activate(Source.of("B", "test", "127.0.0.1", 7001));
        assertThatNullPointerException()
                .isThrownBy(() -> table.observedWriter(new WorkerId(0))
                        .write(1, observed(epoch, null, new long[Total.values().length])));
        activate(Source.of("C", "test", "127.0.0.1", 7001)); // has no slot
        var all = view.sources(new SourceQuery(null, null, null, 10)).sources();
        assertThat(all).extracting(SourceStatus::records).containsExactly(12L, 0L, 0L);
        assertThat(all).extracting(SourceStatus::initialised).containsExactly(true, false, false);
        assertThat(all.get(1).detail()).contains("half written");
        assertThat(view.latencyMillis().count()).isEqualTo(1);
    }

    private static Source source(String host) {
        return Source.of("A", "test", host, 7001);
    }

    private void write(long epoch, @Nullable EndReason reason, long records) {
        var totals = new long[Total.values().length];
        totals[Total.RECORDS.ordinal()] = records;
        table.observedWriter(new WorkerId(0)).write(0, observed(epoch, reason, totals));
    }

    @SuppressWarnings("NullAway") // no reason: the writer fails in the middle
    private static Observed observed(long epoch, @Nullable EndReason reason, long[] totals) {
        return new Observed(SlotState.RUNNING, epoch, true, true, reason, 7, 8, totals, 9_000_000_000L);
    }

    private void tear(long epoch) {
        assertThatNullPointerException().isThrownBy(() -> write(epoch, null, 0));
        assertThat(table.reader().observed(new SlotId(new WorkerId(0), 0))).isEmpty();
    }

    private SourceStatus status() {
        return view.source(A).orElseThrow();
    }

    @Test
    void aTornRowIsShownAsItWasLastReadWhole() {
        long epoch = activate(source("127.0.0.1"));
        write(epoch, EndReason.NONE, 12);
        assertThat(status().records()).isEqualTo(12);
        tear(epoch);
        assertThat(status().records()).isEqualTo(12);
        assertThat(status().initialised()).isTrue();
        assertThat(status().detail()).isEmpty();
        assertThat(view.alarms())
                .singleElement()
                .satisfies(alarm -> assertThat(alarm.since()).hasToString("1970-01-01T00:00:09Z"));
        write(epoch, EndReason.NONE, 13);
        assertThat(status().records()).isEqualTo(13);
    }

    @Test
    void aLossIsShownForAMinuteAndCounted() {
        var worker = new WorkerId(0);
        registry.lost(worker, "killed", clock.epochNanos() / 1_000_000, 0);
        assertThat(lossAlarms()).singleElement().asString().contains("killed").contains("on its way");
        registry.up(worker, 7, clock.epochNanos() / 1_000_000, 0);
        clock.advance(Duration.ofSeconds(59));
        assertThat(lossAlarms()).singleElement().asString().contains("killed").endsWith("the next process is up");
        clock.advance(Duration.ofSeconds(2));
        assertThat(lossAlarms()).isEmpty();
        assertThat(view.workers().getFirst().losses()).isEqualTo(1);
    }

    @Test
    void aCostThatIsNotThatOfTheProfileIsAnAlarm() {
        registry = registry(RegistryTest.capacity());
        view = view();
        var worker = table.observedWriter(new WorkerId(0));
        worker.born(1, 4711, 0);
        write(activate(Source.builder("A", "test", "127.0.0.1", 1).rate(1).build()), EndReason.NONE, 1);
        double cpuSeconds = 0;
        for (double took : new double[] {0.2, 0.2, 0.25}) {
            halfAMinute(cpuSeconds += 30 * took);
            assertThat(costAlarms()).isEmpty();
        }
        halfAMinute(cpuSeconds += 30 * 0.27);
        assertThat(costAlarms()).singleElement().asString().contains("1.35 times");
        halfAMinute(cpuSeconds += 30 * 0.2);
        assertThat(costAlarms()).isEmpty();
        halfAMinute(cpuSeconds + 30 * 0.13);
        assertThat(costAlarms()).singleElement().asString().contains("0.65 times");
    }

    @Test
    void whatASourceWithoutARateShouldCostNobodyKnows() {
        registry = registry(RegistryTest.capacity());
        view = view();
        table.observedWriter(new WorkerId(0)).born(1, 4711, 0);
        write(activate(source("127.0.0.1")), EndReason.NONE, 1);
        for (int seconds = 30; seconds <= 120; seconds += 30) {
            halfAMinute(seconds);
        }
        assertThat(view.costRatio()).isEmpty();
        assertThat(costAlarms()).isEmpty();
    }

    private void halfAMinute(double cpuSeconds) {
        table.observedWriter(new WorkerId(0)).beat((long) (cpuSeconds * 1e9), 0);
        clock.advance(Duration.ofSeconds(30));
        var _ = view.workers();
    }

    private List<Alarm> costAlarms() {
        return view.alarms().stream()
                .filter(alarm -> alarm.subject().equals("profile"))
                .toList();
    }

    @Test
    void whoWaitsForAWorkerThatIsDownIsToldSo() {
        registry.lost(new WorkerId(0), "killed", 0, 0);
        assertThat(registry.activate(source("127.0.0.1"), 0, 0)).isInstanceOf(Answer.NoIdleSlot.class);
        assertThat(view.alarms())
                .filteredOn(alarm -> alarm.kind() == Alarm.Kind.CAPACITY)
                .singleElement()
                .extracting(Alarm::message)
                .asString()
                .contains("1 of 1 worker is down");
    }

    private List<String> lossAlarms() {
        return view.alarms().stream()
                .filter(alarm -> alarm.kind() == Alarm.Kind.WORKER_LOST)
                .map(Alarm::message)
                .toList();
    }

    @Test
    void ofATornRowThatWasNeverReadItIsSaidThatItIsNotKnown() {
        tear(activate(source("127.0.0.1")));
        assertThat(status().detail()).contains("half written").contains("not known");
    }

    @Test
    void anEpochThatIsOverIsNotShownForTheNew() {
        long first = activate(source("127.0.0.1"));
        write(first, EndReason.NONE, 12);
        assertThat(status().records()).isEqualTo(12);
        long second = activate(source("127.0.0.2"));
        assertThat(status().records()).as("it has not begun").isZero();
        assertThat(status().detail()).isEmpty();
        tear(second);
        assertThat(status().records()).isZero();
        assertThat(status().detail()).contains("not known");
    }
}
