package org.stationmaster.core.machine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.RecordListener;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.Tap;
import org.stationmaster.core.api.Text;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.ObservedRow;
import org.stationmaster.core.state.StateReader;
import org.stationmaster.core.state.Total;
import org.stationmaster.core.worker.Delivery;
import org.stationmaster.core.worker.Delivery.LaneStatus;
import org.stationmaster.core.worker.EventLog;

/** Puts together what is read: the registry says what should be, the state table what is. */
final class View implements MachineView {
    private static final int ALARMS_SHOWN = 100;
    private static final long LOSS_SHOWN_MILLIS = 60_000;
    /** Measured and calibrated cost may differ by this share. */
    private static final double COST_APART = 0.3;

    private static final String HALF_WRITTEN = "its row of the state table is half written: its counters are not known";

    private final StateReader table;
    private final Registry registry;
    private final List<WorkerBook> workers;
    private final Delivery delivery;
    private final EventLog events;
    private final BooleanSupplier ready;
    private final BooleanSupplier alive;
    private final Supplier<Calls> calls;
    private final Clock clock;
    private final CpuWatch cpu;
    /** Each row as it was last read whole, guarded by itself; at most one for each slot. */
    private final Map<SlotId, ObservedRow> lastSeen = new ConcurrentHashMap<>();

    View(
            StateReader table,
            Registry registry,
            List<WorkerBook> workers,
            Delivery delivery,
            EventLog events,
            BooleanSupplier ready,
            BooleanSupplier alive,
            Supplier<Calls> calls,
            CpuWatch cpu,
            Clock clock) {
        this.table = table;
        this.registry = registry;
        this.workers = workers;
        this.delivery = delivery;
        this.events = events;
        this.ready = ready;
        this.alive = alive;
        this.calls = calls;
        this.clock = clock;
        this.cpu = cpu;
    }

    @Override
    public MachineSize size() {
        return table.size();
    }

    @Override
    public boolean isReady() {
        return ready.getAsBoolean() && workers.stream().allMatch(book -> workerState(book) == WorkerState.READY);
    }

    @Override
    public boolean isAlive() {
        return alive.getAsBoolean();
    }

    @Override
    public List<WorkerStatus> workers() {
        return workers.stream().map(this::status).toList();
    }

    private WorkerStatus status(WorkerBook book) {
        var id = book.worker().id();
        var counts = new Counts<>(SlotState.class);
        slots(id).forEach(counts::add);
        return new WorkerStatus(
                id,
                book.worker().kind(),
                table.pid(id),
                workerState(book),
                counts.counted(),
                book.load(),
                cpu.windows().get(id.index()).cpu(),
                book.losses(),
                registry.capacity().isKnown() ? registry.capacity().limit() : null,
                book.headroom() < 0 ? null : book.headroom());
    }

    @Override
    public OptionalDouble costRatio() {
        boolean comparable = registry.capacity().isKnown()
                && workers.stream().allMatch(book -> book.worker().kind().equals("process"));
        return comparable ? cpu.costRatio() : OptionalDouble.empty();
    }

    /** A dead worker cannot say so itself. */
    private WorkerState workerState(WorkerBook book) {
        if (book.isUp()) {
            return table.workerState(book.worker().id());
        }
        return book.lostWhy().isEmpty() ? WorkerState.STARTING : WorkerState.LOST;
    }

    @Override
    public Optional<Headroom> headroom() {
        return table.headroom();
    }

    @Override
    public OptionalLong headroomError() {
        long error = registry.headroom().error();
        return error < 0 ? OptionalLong.empty() : OptionalLong.of(error);
    }

    @Override
    public Calls calls() {
        return calls.get();
    }

    @Override
    public List<SlotState> slots(WorkerId worker) {
        if (!workers.get(worker.index()).isUp()) {
            return Collections.nCopies(table.size().slots(), SlotState.IDLE); // what its rows say is of its predecessor
        }
        var states = new SlotState[table.size().slots()];
        for (int i = 0; i < states.length; i++) {
            states[i] = table.slotState(new SlotId(worker, i));
        }
        return Arrays.asList(states);
    }

    @Override
    public Totals totals() {
        var sources = new Counts<>(SourceState.class);
        int failing = 0;
        for (var entry : registry.after(null)) {
            sources.add(state(entry));
            var slot = entry.slot();
            if (slot != null && table.isFailing(slot)) {
                failing++;
            }
        }
        var ends = new EnumMap<EndReason, Long>(EndReason.class);
        for (var reason : EndReason.values()) {
            long count = table.ends(reason);
            if (count > 0) {
                ends.put(reason, count);
            }
        }
        Map<String, Long> delivered = new TreeMap<>();
        Map<String, Long> refused = new TreeMap<>();
        for (var lane : lanes()) {
            delivered.merge(lane.sink(), lane.delivered(), Long::sum);
            refused.merge(lane.sink(), lane.refused(), Long::sum);
        }
        return new Totals(
                sources.counted(),
                failing,
                table.total(Total.RECORDS),
                table.total(Total.BYTES),
                table.total(Total.RECONNECTS),
                table.total(Total.CORRUPT),
                table.total(Total.CORRUPT_BYTES),
                table.total(Total.LATE),
                table.total(Total.SILENCES),
                ends,
                delivered,
                refused);
    }

    private SourceState state(Entry entry) {
        var slot = entry.slot();
        if (slot == null) {
            return entry.want() != Entry.Want.RUN
                    ? SourceState.FILTERED
                    : entry.isAwaitingCall() && entry.paused() ? SourceState.PAUSED : SourceState.WAITING;
        }
        return switch (entry.want()) {
            case FILTERED -> SourceState.FILTERED;
            case GONE, MOVE -> SourceState.STOPPING;
            case RUN -> state(table.slotState(slot));
        };
    }

    private static SourceState state(SlotState slot) {
        return switch (slot) {
            case IDLE, STARTING -> SourceState.STARTING; // idle: the message that wakes it is on its way
            case RUNNING -> SourceState.RUNNING;
            case BACKOFF -> SourceState.BACKOFF;
            case PAUSED -> SourceState.PAUSED;
            case STOPPING -> SourceState.STOPPING;
        };
    }

    @Override
    public Optional<SourceStatus> source(SourceId id) {
        return registry.find(id).map(entry -> status(entry, new ObservedRow()));
    }

    /** @param observed a place to read into */
    private SourceStatus status(Entry entry, ObservedRow observed) {
        var slot = entry.slot();
        boolean isKnown = slot != null && read(slot, entry.epoch(), observed);
        var detail = slot != null && !isKnown ? HALF_WRITTEN : detail(entry);
        if (!isKnown || observed.epoch() != entry.epoch()) {
            observed.idle(entry.epoch());
        }
        return new SourceStatus(
                entry.source(),
                state(entry),
                slot,
                slot == null && !entry.isAwaitingCall() ? 0 : entry.epoch(),
                observed.initialised(),
                observed.failing(),
                entry.lastEnd(),
                detail,
                instant(observed.lastRecordNanos()),
                observed.latencyNanos() == StationRecord.UNKNOWN ? null : observed.latencyNanos() / 1e6,
                observed.total(Total.RECORDS),
                observed.total(Total.BYTES),
                observed.total(Total.RECONNECTS),
                observed.total(Total.CORRUPT),
                observed.total(Total.CORRUPT_BYTES),
                observed.total(Total.LATE),
                observed.total(Total.SILENCES),
                observed.total(Total.GAPS),
                observed.total(Total.OVERLAPS),
                observed.total(Total.FOREIGN),
                observed.total(Total.CLOCK_OFF));
    }

    /**
     * What the slot does. A row may be torn for as long as its writer gets no processor in the middle of a write: then it
     * is shown as it was last read under that epoch.
     *
     * @param into a whole row afterwards, maybe of another epoch; rubbish when false is returned
     * @return false: it is torn, and was never read under that epoch
     */
    private boolean read(SlotId slot, long epoch, ObservedRow into) {
        if (table.read(slot, into)) {
            var seen = lastSeen.computeIfAbsent(slot, _ -> new ObservedRow());
            synchronized (seen) {
                seen.set(into);
            }
            return true;
        }
        var seen = lastSeen.get(slot);
        if (seen == null) {
            return false;
        }
        synchronized (seen) {
            into.set(seen);
        }
        return into.epoch() == epoch;
    }

    private static String detail(Entry entry) {
        if (entry.slot() != null || entry.want() == Entry.Want.RUN) {
            return entry.lastDetail();
        }
        return Registry.whyFiltered(entry.source());
    }

    private static @Nullable Instant instant(long epochNanos) {
        return epochNanos == StationRecord.UNKNOWN ? null : Instant.ofEpochSecond(0, epochNanos);
    }

    @Override
    public SourcePage sources(SourceQuery query) {
        var after = query.after() == null ? null : new SourceId(query.after());
        var page = new ArrayList<SourceStatus>();
        var row = new ObservedRow();
        for (var entry : registry.after(after)) {
            if (query.group() != null && !entry.source().groups().contains(query.group())) {
                continue;
            }
            if (query.state() != null && query.state() != state(entry)) {
                continue;
            }
            if (page.size() == query.limit()) {
                return new SourcePage(page, page.getLast().source().id().value());
            }
            page.add(status(entry, row));
        }
        return new SourcePage(page, null);
    }

    @Override
    public List<Alarm> alarms() {
        var alarms = new ArrayList<Alarm>();
        for (var lane : lanes()) {
            if (!lane.failure().isEmpty()) {
                alarms.add(new Alarm(
                        Alarm.Kind.SINK,
                        lane.sink(),
                        Instant.ofEpochSecond(0, lane.sinceNanos()),
                        lane.failure() + "; reading stops when buffers are full, nothing is dropped"));
            }
        }
        addLost(alarms);
        if (registry.waiting().count() > 0) {
            alarms.add(new Alarm(
                    Alarm.Kind.CAPACITY,
                    "machine",
                    registry.waiting().since(),
                    Text.count(registry.waiting().count(), "source")
                            + (registry.waiting().count() == 1 ? " waits (" : " wait (") + firstWaiting() + "): "
                            + (registry.waiting().why().equals(Registry.NO_SLOT)
                                    ? noSlots()
                                    : registry.waiting().why() + "; give the machine more workers")));
        }
        addCost(alarms);
        addFailing(alarms);
        return alarms;
    }

    /** By then the headroom is wrong, and so is where sources are placed. */
    private void addCost(List<Alarm> alarms) {
        var ratio = costRatio();
        if (ratio.isPresent() && Math.abs(ratio.getAsDouble() - 1) > COST_APART) {
            alarms.add(new Alarm(
                    Alarm.Kind.CAPACITY,
                    "profile",
                    Instant.ofEpochSecond(0, clock.epochNanos()),
                    String.format(
                            Locale.ROOT,
                            "the sources take %.2f times the CPU time that the profile says: calibrate again on this host,"
                                    + " with the protocol, rate, size and sink that are used; or give the sources the rate"
                                    + " at which they send",
                            ratio.getAsDouble())));
        }
    }

    /** A loss is shown for a while: a fresh process may be up before anybody has looked. */
    private void addLost(List<Alarm> alarms) {
        long shownSinceMillis = clock.epochNanos() / 1_000_000L - LOSS_SHOWN_MILLIS;
        for (var book : workers) {
            boolean isGone = !book.lostWhy().isEmpty();
            if (isGone || (book.losses() > 0 && book.lostMillis() >= shownSinceMillis)) {
                alarms.add(new Alarm(
                        Alarm.Kind.WORKER_LOST,
                        book.worker().id().toString(),
                        Instant.ofEpochMilli(book.lostMillis()),
                        book.lastLostWhy() + "; its sources run elsewhere or wait, the next process is "
                                + (isGone ? "on its way" : "up")
                                + (book.losses() > 1 ? "; loss " + book.losses() : "")));
            }
        }
    }

    /** The machine's own sinks and those of worker processes. */
    private List<LaneStatus> lanes() {
        return Stream.concat(delivery.lanes().stream(), workers.stream().flatMap(book -> book.lanes().stream()))
                .toList();
    }

    /** The first of those that wait, by id. */
    private String firstWaiting() {
        return Text.some(registry.after(null).stream()
                .filter(entry -> state(entry) == SourceState.WAITING && !entry.isAwaitingCall())
                .map(entry -> entry.source().id().value()));
    }

    /** Slots of a worker that is down cannot hold anything. */
    private String noSlots() {
        long down = workers.stream().filter(book -> !book.isUp()).count();
        long slots = size().totalSlots();
        return down == 0
                ? (slots == 1 ? "its one slot holds one" : "all " + slots + " slots hold one")
                        + "; give the machine more slots"
                : down + " of " + Text.count(size().workers(), "worker") + (down == 1 ? " is" : " are")
                        + " down, and the slots of the others hold one; give the"
                        + " machine slots enough for the loss of a worker";
    }

    private void addFailing(List<Alarm> alarms) {
        var row = new ObservedRow();
        for (var entry : registry.after(null)) {
            var slot = entry.slot();
            if (slot == null || !table.isFailing(slot)) {
                continue;
            }
            if (alarms.size() == ALARMS_SHOWN) {
                return;
            }
            boolean isKnown = read(slot, entry.epoch(), row);
            alarms.add(new Alarm(
                    Alarm.Kind.FAILING,
                    entry.source().id().value(),
                    Instant.ofEpochSecond(0, isKnown ? row.sinceNanos() : 0),
                    entry.lastEnd() + ": " + entry.lastDetail()));
        }
    }

    @Override
    public List<org.stationmaster.core.api.MachineView.SlotEvent> events(int limit) {
        return events.last(limit);
    }

    @Override
    public EventPage eventsAfter(long after, int limit) {
        return events.after(after, limit);
    }

    @Override
    public Filter filter() {
        return registry.filter();
    }

    @Override
    public Tap tap(SourceId source, RecordListener listener) {
        return delivery.taps().open(source, listener);
    }

    @Override
    public Quantiles wakeMillis() {
        return table.wakeMillis();
    }

    @Override
    public Quantiles latencyMillis() {
        var row = new ObservedRow();
        var latencies = registry.after(null).stream()
                .mapToLong(entry -> latencyNanos(entry, row))
                .filter(nanos -> nanos != StationRecord.UNKNOWN)
                .sorted()
                .toArray();
        int count = latencies.length;
        return count == 0
                ? new Quantiles(0, 0, 0, 0)
                : new Quantiles(
                        latencies[count / 2] / 1e6,
                        latencies[count * 99 / 100] / 1e6,
                        latencies[count - 1] / 1e6,
                        count);
    }

    /** @param row a place to read into */
    private long latencyNanos(Entry entry, ObservedRow row) {
        var slot = entry.slot();
        boolean isKnown = slot != null
                && state(entry) == SourceState.RUNNING
                && read(slot, entry.epoch(), row)
                && row.epoch() == entry.epoch();
        return isKnown ? row.latencyNanos() : StationRecord.UNKNOWN;
    }

    @Override
    public Map<String, Double> deliveryMillis() {
        var slowest = new TreeMap<String, Double>();
        lanes().forEach(lane -> slowest.merge(lane.sink(), lane.heldNanos() / 1e6, Math::max));
        return slowest;
    }
}
