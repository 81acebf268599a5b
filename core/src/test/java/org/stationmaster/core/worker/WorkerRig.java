package org.stationmaster.core.worker;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.random.RandomGenerator;
import org.stationmaster.core.api.EndReason;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SlotId;
import org.stationmaster.core.api.SlotState;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.Task;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.fixtures.HandClock;
import org.stationmaster.core.state.Observed;
import org.stationmaster.core.state.StateReader;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.state.Total;

/** One worker on a hand-turned loop with hand-made connections. */
final class WorkerRig {
    static final WorkerId WORKER = new WorkerId(0);
    static final SlotId SLOT = new SlotId(WORKER, 0);
    static final ConnectBudget.Rate PLENTY = new ConnectBudget.Rate(1e6, 1e6);

    final HandClock clock = new HandClock();
    final ManualLoop loop = new ManualLoop(clock);
    final FakeDialer dialer = new FakeDialer();
    final List<WorkerReport> reports = new CopyOnWriteArrayList<>();
    final EventLog events = new EventLog();
    final Delivery delivery;
    final StateReader table;
    final WorkerCore core;

    /** What a rig is made of. */
    static final class Plan {
        private final List<Sink> sinks = new ArrayList<>();
        private Task task = Task.events(ScriptedSession::new);
        private TaskScheduler scheduler = always(task);
        private long limitBytes = Outlet.DEFAULT_LIMIT_BYTES;
        private long restLimitBytes = 16L << 20;
        private ThreadFactory virtualThreads = Thread.ofVirtual().factory();
        private ConnectBudget budget = new ConnectBudget(PLENTY, PLENTY);

        Plan task(Task value) {
            task = value;
            scheduler = always(task);
            return this;
        }

        Plan scheduler(TaskScheduler value) {
            scheduler = value;
            return this;
        }

        Plan sink(Sink sink) {
            sinks.add(sink);
            return this;
        }

        Plan limitBytes(long bytes) {
            limitBytes = bytes;
            return this;
        }

        Plan restLimitBytes(long bytes) {
            restLimitBytes = bytes;
            return this;
        }

        Plan budget(ConnectBudget value) {
            budget = value;
            return this;
        }

        Plan virtualThreads(ThreadFactory value) {
            virtualThreads = value;
            return this;
        }

        WorkerRig build() {
            return new WorkerRig(this);
        }
    }

    static Plan plan() {
        return new Plan();
    }

    static TaskScheduler always(Task task) {
        return new TaskScheduler() {
            @Override
            protected Task taskFor(Source source) {
                return task;
            }
        };
    }

    private WorkerRig(Plan plan) {
        var size = new MachineSize(1, 2_000);
        var made = StateTable.onHeap(size, 1);
        table = made.reader();
        delivery = new Delivery(plan.sinks, clock, Thread.ofPlatform().daemon().factory());
        RandomGenerator middle = () -> Long.MIN_VALUE; // nextDouble() is 0.5: no jitter
        core = new WorkerCore(
                new WorkerCore.Parts(
                        WORKER,
                        size.slots(),
                        plan.scheduler,
                        delivery,
                        made.observedWriter(WORKER),
                        events::add,
                        reports::add,
                        plan.budget,
                        plan.limitBytes,
                        plan.restLimitBytes,
                        clock,
                        middle,
                        plan.virtualThreads),
                loop,
                dialer);
    }

    /** A source at 1 Hz: silent after 5 s. */
    static Source source(String id) {
        return Source.builder(id, "scripted", "192.0.2.1", 7001).rate(1).build();
    }

    WorkerRig activate(long epoch) {
        return activate(0, source("QSCO"), epoch, false);
    }

    WorkerRig activate(int slot, Source source, long epoch, boolean paused) {
        core.obey(new WorkerCommand.Activate(slot, source, epoch, paused, clock.nanoTime()));
        return this;
    }

    WorkerRig release(long epoch) {
        core.obey(new WorkerCommand.Release(0, epoch, false));
        return this;
    }

    WorkerRig cancel(long epoch) {
        core.obey(new WorkerCommand.Release(0, epoch, true));
        return this;
    }

    WorkerRig pause(long epoch) {
        core.obey(new WorkerCommand.Pause(0, epoch, true));
        return this;
    }

    WorkerRig resume(long epoch) {
        core.obey(new WorkerCommand.Pause(0, epoch, false));
        return this;
    }

    WorkerRig send(long epoch, long number, String command) {
        core.obey(new WorkerCommand.Send(0, epoch, number, command.getBytes(StandardCharsets.UTF_8)));
        return this;
    }

    WorkerRig advance(double seconds) {
        loop.advance(Duration.ofNanos((long) (seconds * 1e9)));
        return this;
    }

    /** The connection of the last dial stands. */
    WorkerRig connect() {
        dialer.last().connect();
        return this;
    }

    WorkerRig receive(String bytes) {
        dialer.last().receive(bytes);
        return this;
    }

    SlotState state() {
        return table.slotState(SLOT);
    }

    Observed observed() {
        return observed(0);
    }

    Observed observed(int slot) {
        return table.observed(new SlotId(WORKER, slot)).orElseThrow();
    }

    long total(Total which) {
        return table.total(WORKER, which);
    }

    long ends(EndReason reason) {
        return table.ends(WORKER, reason);
    }

    /** Epochs under which the slot was reported idle. */
    List<Long> idles() {
        return reports.stream()
                .filter(WorkerReport.Idle.class::isInstance)
                .map(report -> ((WorkerReport.Idle) report).epoch())
                .toList();
    }

    /** What became of the commands, as {@code number outcome}. */
    List<String> replies() {
        return reports.stream()
                .filter(WorkerReport.Replied.class::isInstance)
                .map(WorkerReport.Replied.class::cast)
                .map(reply -> reply.number() + " " + reply.outcome())
                .toList();
    }
}
