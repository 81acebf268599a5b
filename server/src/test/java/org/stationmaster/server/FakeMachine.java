package org.stationmaster.server;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.RecordListener;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.api.Tap;
import org.stationmaster.core.api.TaskAssignator;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.worker.EventLog;

/** A machine of one worker that does nothing but remember; it takes the groups that are not {@code south}. */
public final class FakeMachine implements MachineView, TaskAssignator {
    private final int slots;
    private final Map<String, SourceStatus> sources = new TreeMap<>();
    private final Set<String> holding = new HashSet<>();
    private long lastEpoch = 1000;
    private final EventLog events = new EventLog();
    private final Map<SourceId, List<RecordListener>> taps = new ConcurrentHashMap<>();
    private volatile Filter filter = Filter.all();
    /** How often a source was given with something new about it. */
    public int activations;

    volatile long pid = 42;
    /** Who has listed the sources last. */
    volatile @Nullable Thread listedBy;

    volatile boolean ready = true;
    volatile boolean alive = true;
    /** What every call ends with. */
    volatile @Nullable Throwable failure;

    public FakeMachine(int slots) {
        this.slots = slots;
    }

    /** As new. */
    synchronized void forget() {
        sources.clear();
        holding.clear();
        filter = Filter.all();
        activations = 0;
        pid = 42;
        lastEpoch = 1000;
        ready = true;
        alive = true;
        failure = null;
    }

    private void check() {
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private void keep(String id, SourceStatus status) {
        sources.put(id, status);
        if (status.slot() == null) {
            holding.remove(id);
        } else {
            holding.add(id);
        }
    }

    private static SourceStatus status(Source source, SourceState state, @Nullable SlotId slot, long epoch) {
        return new SourceStatus(
                source,
                state,
                slot,
                epoch,
                true,
                false,
                EndReason.NONE,
                "",
                Instant.parse("2026-11-24T01:02:03Z"),
                null,
                7,
                700,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0);
    }

    @Override
    public synchronized Answer activate(Source source) {
        check();
        if (source.host().equals("scheduler.example")) {
            throw new InvalidSourceException("host", "the scheduler does not want it");
        }
        var id = source.id().value();
        var known = sources.get(id);
        if (known != null && known.source().equals(source) && known.slot() != null) {
            return new Answer.AlreadyAssigned(known.slot(), known.epoch());
        }
        activations++;
        if (!filter.accepts(source) || source.groups().contains("south")) {
            keep(id, status(source, SourceState.FILTERED, null, 0));
            return new Answer.Refused("not in the groups of this machine");
        }
        var held = known == null ? null : known.slot();
        if (held == null && holding.size() >= slots) {
            keep(id, status(source, SourceState.WAITING, null, 0));
            return new Answer.NoIdleSlot("no slot is idle");
        }
        var slot = held == null ? new SlotId(new WorkerId(0), sources.size()) : held;
        keep(id, status(source, SourceState.RUNNING, slot, ++lastEpoch));
        return new Answer.Assigned(slot, lastEpoch);
    }

    @Override
    public List<Answer> activateAll(List<Source> all) {
        var answers = new ArrayList<Answer>();
        all.forEach(source -> answers.add(activate(source)));
        return answers;
    }

    @Override
    public synchronized List<Answer> activateAll(List<Source> all, Set<SourceId> paused) throws InterruptedException {
        for (var source : all) { // all or none, as the real one
            if (source.host().equals("scheduler.example")) {
                throw new InvalidSourceException("host", "the scheduler does not want it");
            }
        }
        var answers = activateAll(all);
        all.stream().map(Source::id).filter(paused::contains).forEach(this::pause);
        return answers;
    }

    @Override
    public synchronized void filter(Filter next) {
        check();
        filter = next;
        for (var known : List.copyOf(sources.values())) {
            if (known.state() == SourceState.FILTERED || !filter.accepts(known.source())) {
                release(known.source().id());
                activate(known.source());
            }
        }
    }

    @Override
    public synchronized boolean release(SourceId id) {
        check();
        holding.remove(id.value());
        return sources.remove(id.value()) != null;
    }

    @Override
    public boolean cancel(SourceId id) {
        return release(id);
    }

    @Override
    public synchronized boolean pause(SourceId id) {
        return move(id, SourceState.PAUSED);
    }

    @Override
    public synchronized boolean resume(SourceId id) {
        return move(id, SourceState.STARTING);
    }

    private boolean move(SourceId id, SourceState state) {
        check();
        return sources.computeIfPresent(id.value(), (_, now) -> status(now.source(), state, now.slot(), now.epoch()))
                != null;
    }

    @Override
    public CommandResult send(SourceId id, byte[] command, Duration deadline) {
        check();
        var text = new String(command, StandardCharsets.UTF_8);
        var outcome = Arrays.stream(CommandOutcome.values())
                .filter(one -> one.name().equals(text))
                .findFirst()
                .orElse(CommandOutcome.ACKNOWLEDGED);
        return new CommandResult(outcome, "told by the task within " + deadline.toMillis() + " ms", 1.5);
    }

    @Override
    public MachineSize size() {
        return new MachineSize(1, slots);
    }

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public boolean isAlive() {
        return alive;
    }

    @Override
    public List<WorkerStatus> workers() {
        return List.of(new WorkerStatus(
                new WorkerId(0),
                "thread",
                pid,
                WorkerState.READY,
                Map.of(SlotState.IDLE, slots, SlotState.RUNNING, 0),
                0.25,
                0.5,
                0));
    }

    @Override
    public Optional<Headroom> headroom() {
        return Optional.of(new Headroom(412, 1));
    }

    @Override
    public OptionalDouble costRatio() {
        return OptionalDouble.of(1.25);
    }

    @Override
    public synchronized Totals totals() {
        return new Totals(
                Map.of(SourceState.RUNNING, sources.size()),
                0,
                7,
                700,
                1,
                2,
                20,
                3,
                4,
                Map.of(EndReason.RESET, 1L),
                Map.of("archive", 6L),
                Map.of("archive", 1L));
    }

    @Override
    public synchronized List<SlotState> slots(WorkerId worker) {
        var states = new ArrayList<>(Collections.nCopies(slots, SlotState.IDLE));
        for (var status : sources.values()) {
            var slot = status.slot();
            if (slot != null) {
                states.set(slot.index(), SlotState.RUNNING);
            }
        }
        return states;
    }

    @Override
    public synchronized Optional<SourceStatus> source(SourceId id) {
        return Optional.ofNullable(sources.get(id.value()));
    }

    @Override
    public synchronized SourcePage sources(SourceQuery query) {
        listedBy = Thread.currentThread();
        var page = new ArrayList<SourceStatus>();
        for (var status : sources.values()) {
            var id = status.source().id().value();
            boolean asked = (query.after() == null || id.compareTo(query.after()) > 0)
                    && (query.group() == null || status.source().groups().contains(query.group()))
                    && (query.state() == null || status.state() == query.state());
            if (asked && page.size() == query.limit()) {
                return new SourcePage(page, page.getLast().source().id().value());
            }
            if (asked) {
                page.add(status);
            }
        }
        return new SourcePage(page, null);
    }

    @Override
    public List<Alarm> alarms() {
        return List.of(new Alarm(Alarm.Kind.SINK, "archive", Instant.parse("2026-11-24T00:00:00Z"), "disk full"));
    }

    @Override
    public List<SlotEvent> events(int limit) {
        return List.of();
    }

    @Override
    public EventPage eventsAfter(long after, int limit) {
        return events.after(after, limit);
    }

    void happens(SlotEvent event) {
        events.add(event);
    }

    @Override
    public Filter filter() {
        return filter;
    }

    @Override
    public Tap tap(SourceId source, RecordListener listener) {
        taps.computeIfAbsent(source, _ -> new CopyOnWriteArrayList<>()).add(listener);
        return () -> taps.getOrDefault(source, List.of()).remove(listener);
    }

    /** Who looks on. */
    List<RecordListener> listeners(SourceId source) {
        return taps.getOrDefault(source, List.of());
    }

    @Override
    public Quantiles latencyMillis() {
        return new Quantiles(120, 480, 900, 3);
    }

    @Override
    public Map<String, Double> deliveryMillis() {
        return Map.of("archive", 212.5);
    }

    @Override
    public Quantiles wakeMillis() {
        return new Quantiles(0.1, 0.5, 0.9, 10);
    }
}
