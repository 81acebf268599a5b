package org.stationmaster.core.worker;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.InvalidSourceException;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.MachineView.WorkerState;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.Observed;
import org.stationmaster.core.state.ObservedWriter;
import org.stationmaster.core.state.Total;

/**
 * What happens on a worker's loop: obeys commands, ticks the slots that hold something, opens and shuts the gate of
 * the outlet. Every method is called on the loop unless it says otherwise.
 */
final class WorkerCore {
    /** How often slots are judged and their rows brought up to date. */
    static final long TICK_NANOS = 100_000_000L;

    private static final int TICKS_PER_SECOND = 10;
    /** Looks that are cheap enough for every tick. */
    private static final int LOOKS = 1_000;
    /** A tick that came this much too late judges nobody. */
    static final long LATE_NANOS = 1_000_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.worker");

    /** What a worker is made of. */
    record Parts(
            WorkerId id,
            int slots,
            TaskScheduler scheduler,
            Delivery delivery,
            ObservedWriter table,
            Consumer<SlotEvent> events,
            Consumer<WorkerReport> reports,
            ConnectBudget budget,
            long outletLimitBytes,
            long restLimitBytes,
            Clock clock,
            RandomGenerator random,
            ThreadFactory virtualThreads) {}

    private final Parts parts;
    private final Loop loop;
    private final Dialer dialer;
    private final Outlet outlet;
    private final SharedConnections sharedConnections;
    private final SharedOutlet sharedOutlet;
    private final RestBudget rests;
    private final ReturnedHosts returnedHosts = new ReturnedHosts();
    private final @Nullable SlotRunner[] slots;
    private final List<SlotRunner> holding = new ArrayList<>();

    private final AtomicLong late = new AtomicLong();

    private long publishedLate;
    private boolean ticking;
    private int firstInTick;
    private long tickDueNanos;
    private final LineBudget logLines = new LineBudget();

    WorkerCore(Parts parts, Loop loop, Dialer dialer) {
        this.parts = parts;
        this.loop = loop;
        this.dialer = dialer;
        this.slots = new SlotRunner[parts.slots()];
        var gate = new Outlet.Gate() {
            @Override
            public void full() {
                reading(false);
            }

            @Override
            public void room() {
                loop.execute(WorkerCore.this::reopen);
            }
        };
        this.outlet = new Outlet(
                parts.delivery(),
                parts.outletLimitBytes(),
                gate,
                () -> loop.schedule(this::handOffOwn, Outlet.HAND_OFF_NANOS));
        this.rests = new RestBudget(parts.restLimitBytes());
        this.sharedConnections = new SharedConnections(dialer, loop, outlet, rests, parts.clock(), this::hasten);
        this.sharedOutlet = new SharedOutlet(parts.delivery(), parts.outletLimitBytes(), loop);
    }

    // ---- commands

    void obey(WorkerCommand command) {
        switch (command) {
            case WorkerCommand.Activate(var slot, var source, var epoch, var paused, var acceptedNanos) ->
                slot(slot).activate(source, epoch, paused, acceptedNanos);
            case WorkerCommand.Release(var slot, var epoch, var atOnce) ->
                slot(slot).release(epoch, atOnce);
            case WorkerCommand.Pause(var slot, var epoch, var paused) ->
                slot(slot).pause(epoch, paused);
            case WorkerCommand.Send(var slot, var epoch, var number, var bytes) ->
                slot(slot)
                        .send(
                                epoch,
                                bytes,
                                new OnceReply((outcome, detail) ->
                                        parts.reports().accept(new WorkerReport.Replied(number, outcome, detail))));
            case WorkerCommand.Finish _,
                    WorkerCommand.Tap _,
                    WorkerCommand.TakeCall _,
                    WorkerCommand.RefuseCall _,
                    WorkerCommand.HangUp _ ->
                throw new IllegalStateException("for a worker's host, not its slots: " + command);
        }
    }

    private SlotRunner slot(int index) {
        var slot = slots[index];
        if (slot == null) {
            slot = new SlotRunner(new SlotId(parts.id(), index), this);
            slots[index] = slot;
        }
        return slot;
    }

    // ---- time

    void holds(SlotRunner slot) {
        holding.add(slot);
        if (!ticking) {
            ticking = true;
            planTick();
        }
    }

    void letsGo(SlotRunner slot) {
        holding.remove(slot);
    }

    boolean holdsNothing() {
        return holding.isEmpty();
    }

    private void planTick() {
        tickDueNanos = loop.nanoTime() + TICK_NANOS;
        loop.schedule(this::tick, TICK_NANOS);
    }

    void tick() {
        long now = now();
        long lateNanos = loop.nanoTime() - tickDueNanos;
        boolean late = lateNanos >= LATE_NANOS;
        if (late) {
            LOG.warn("worker {} ran {} ms late: no limit is judged this time", parts.id(), lateNanos / 1_000_000);
        }
        var slots = holding.toArray(SlotRunner[]::new); // a slot may let go meanwhile
        int looks = late ? slots.length : looks(slots.length);
        firstInTick = slots.length == 0 ? 0 : (firstInTick + (looks < slots.length ? looks : 1)) % slots.length;
        for (int i = 0; i < looks; i++) {
            tick(slots[(firstInTick + i) % slots.length], now, late);
        }
        tellUntold(now);
        ticking = !holding.isEmpty();
        if (ticking) {
            planTick();
        }
    }

    /** How many of so many slots to look at in a tick: all of a thousand; of more, each once a second. */
    static int looks(int slots) {
        return Math.clamp(Math.ceilDiv(slots, TICKS_PER_SECOND), Math.min(slots, LOOKS), slots);
    }

    /** Whatever one slot does, the watchdog of the others goes on. */
    private void tick(SlotRunner slot, long now, boolean late) {
        try {
            if (late) {
                slot.forgive(now);
            } else {
                slot.tick(now);
            }
        } catch (RuntimeException e) {
            if (mayLog()) {
                LOG.error("a slot could not be judged", e);
            }
        }
    }

    // ---- records on their way

    private void reopen() {
        outlet.reopen();
        reading(true);
    }

    private void reading(boolean allowed) {
        holding.forEach(slot -> slot.reading(allowed));
    }

    private void handOffOwn() {
        outlet.handOff();
    }

    /** Hands over all that was emitted so far. */
    void handOff() {
        outlet.handOff();
        sharedOutlet.handOff();
    }

    // ---- for the slots

    TaskRun newRun(Task task, Activation activation, TaskRun.Listener listener) {
        if (activation.source().isDialIn() && (task instanceof Task.Shared || !(task instanceof Task.Events))) {
            throw new InvalidSourceException(
                    "dialIn", "a task that connects by itself, or shares a connection, is not called");
        }
        return switch (task) {
            case Task.Shared shared -> new SharedRun(activation, listener, shared, sharedConnections, outlet);
            case Task.Events events -> new EventRun(activation, listener, events, dialer, outlet, rests, parts.clock());
            case Task.Blocking _, Task.Bidirectional<?> _ ->
                new BlockingRun(activation, listener, task, sharedOutlet, loop, parts.clock(), parts.virtualThreads());
        };
    }

    /** A host that could not be reached was reached: who rests because of that need not rest any longer. */
    void returned(String host) {
        long now = now();
        if (returnedHosts.isNews(host, now)) {
            holding.forEach(slot -> slot.hostReturned(host, now));
        }
    }

    private void hasten(SharedConnections.Key sharedKey) {
        List.copyOf(holding).forEach(slot -> slot.hasten(sharedKey));
    }

    Task taskFor(Source source) {
        return TaskScheduler.makeTask(parts.scheduler(), source);
    }

    /** Any thread. */
    Positions.Kept kept(SourceId source) {
        return parts.delivery().positions().of(source);
    }

    /** The source, whose station calls, has a slot. */
    void holds(Source source, boolean paused) {
        dialer.expect(source, paused);
    }

    /** The activation is over: nobody dials for it any more. */
    void letsGo(Source source) {
        dialer.forget(source);
    }

    boolean isWaitingForCall(Source source) {
        return dialer.isWaiting(source);
    }

    /** Whether the slot of a source for which there is no call goes to another. */
    boolean letsGoUncalled(Source source) {
        return dialer.letsGoUncalled(source);
    }

    /** Whether it may dial now, or need not, since others are dialling or the station does. */
    boolean mayConnect(Source source, Task task) {
        if (source.isDialIn()) {
            return true;
        }
        if (task instanceof Task.Shared shared && sharedConnections.isGathering(source, shared)) {
            return true;
        }
        return parts.budget().tryTake(source.host(), source.port(), now());
    }

    long now() {
        return parts.clock().nanoTime();
    }

    long epochNanos() {
        return parts.clock().epochNanos();
    }

    RandomGenerator random() {
        return parts.random();
    }

    Loop loop() {
        return loop;
    }

    void report(WorkerReport report) {
        parts.reports().accept(report);
    }

    void woken(long nanos) {
        parts.table().woken(nanos);
    }

    void ends(EndReason reason) {
        parts.table().ended(reason);
    }

    void add(Total total, long delta) {
        parts.table().add(total, delta);
    }

    void publish(int slot, Observed observed) {
        parts.table().write(slot, observed);
    }

    /** Any thread. */
    void late() {
        late.incrementAndGet();
    }

    private void publishLate() {
        long now = late.get();
        if (now != publishedLate) {
            add(Total.LATE, now - publishedLate);
            publishedLate = now;
        }
    }

    void beat(long cpuNanos, long memoryBytes) {
        publishLate();
        parts.table().beat(cpuNanos, memoryBytes);
    }

    void state(WorkerState state) {
        parts.table().state(state);
    }

    void moved(SlotId slot, Activation of, SlotState from, SlotState to, EndReason reason, String detail) {
        var event = new SlotEvent(
                Instant.ofEpochSecond(0, epochNanos()),
                slot,
                of.source().id(),
                of.epoch(),
                from,
                to,
                to == SlotState.BACKOFF ? reason : EndReason.NONE,
                to == SlotState.BACKOFF ? detail : "");
        if (FlightRecorder.isInitialized()) {
            SlotMoved.tell(event);
        }
        parts.events().accept(event);
    }

    // ---- the log: each source's trouble once per kind, and never a flood

    void tell(Source source, EndReason reason, String detail) {
        if (mayLog()) {
            LOG.warn("{} {}: {}", source.id(), reason, detail);
        }
    }

    private boolean mayLog() {
        return logLines.take(now());
    }

    private void tellUntold(long now) {
        int untold = logLines.untold(now);
        if (untold > 0) {
            LOG.warn("worker {}: {} more lines like these were left out", parts.id(), untold);
        }
    }
}
