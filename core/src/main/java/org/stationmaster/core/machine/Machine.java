package org.stationmaster.core.machine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.TaskAssignator;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.worker.Delivery;
import org.stationmaster.core.worker.EventLog;
import org.stationmaster.core.worker.Resolver;
import org.stationmaster.core.worker.WorkerPlan;

/**
 * n workers × m slots, running. Everything is idle at start; {@link #assignator()} wakes slots.
 *
 * <pre>{@code
 * try (var machine = Machine.of(new TideGauges()).onRecord(r -> System.out.println(r.text())).start()) {
 *     machine.assignator().activate(Source.of("QSCO", "tide", "127.0.0.1", 7001));
 * }
 * }</pre>
 *
 * <p>Safe from any thread.
 */
public final class Machine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.machine");
    private static final Duration DEFAULT_STOP_LIMIT = Duration.ofSeconds(20);
    /** Of the time to stop, what is kept for ending tasks by force and for the last delivery. */
    private static final Duration FORCE_RESERVE = Duration.ofSeconds(2);

    private static final long STOP_LOOK_NANOS = 2_000_000L;

    private final List<WorkerBook> workers;
    private final Supervisor supervisor;
    private final Delivery delivery;
    private final Resolver resolver;
    private final View view;
    private final AtomicBoolean ready = new AtomicBoolean();
    private final AtomicBoolean stopAsked = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);
    /** Written once, before {@code stopped} opens. */
    private volatile List<String> left = List.of();

    private Machine(Builder plan, Delivery delivery) {
        this.delivery = delivery;
        this.resolver = new Resolver(plan.threads("resolver"));
        var size = plan.size;
        var table = StateTable.onHeap(size, plan.clock.epochNanos());
        var events = new EventLog();
        var supervisorSeat = new AtomicReference<Supervisor>();
        long heapBytes = Runtime.getRuntime().maxMemory();
        var workerPlan = new WorkerPlan(
                size,
                plan.scheduler,
                delivery,
                events,
                report -> {
                    var seated = supervisorSeat.get();
                    if (seated != null) {
                        seated.report(report);
                    }
                },
                resolver,
                plan.connectsPerSecond,
                plan.loopbackConnectsPerSecond,
                plan.outletLimitBytes == 0
                        ? WorkerPlan.defaultOutletLimitBytes(size.workers(), heapBytes)
                        : plan.outletLimitBytes,
                WorkerPlan.restLimitBytes(size.workers(), heapBytes),
                plan.clock,
                plan.random,
                plan.threads("worker"));
        this.workers = new ArrayList<>();
        try {
            for (int i = 0; i < size.workers(); i++) {
                var id = new WorkerId(i);
                workers.add(new WorkerBook(workerPlan.startThread(id, table.observedWriter(id)), size.slots()));
            }
        } catch (RuntimeException e) {
            workers.forEach(book -> book.worker().shutdown());
            throw e;
        }
        var registry = new Registry(plan.filter, Cost.DEFAULT, workers, table.desiredWriter());
        this.supervisor = new Supervisor(registry, plan.scheduler, plan.clock, plan.threads("supervisor"));
        supervisorSeat.set(supervisor);
        this.view = new View(
                table.reader(),
                registry,
                workers,
                delivery,
                events,
                () -> ready.get() && !supervisor.isStopping(),
                supervisor::isAlive);
        supervisor.start();
    }

    /** Starts the description of a machine whose tasks the scheduler makes. */
    public static Builder of(TaskScheduler scheduler) {
        return new Builder(scheduler);
    }

    /** Takes activations, releases and commands. */
    public TaskAssignator assignator() {
        return supervisor;
    }

    /** What can be seen of the machine. */
    public MachineView view() {
        return view;
    }

    /**
     * Tells the machine that the sources known at start have been given to the assignator; {@link MachineView#isReady}
     * is false before.
     */
    public void ready() {
        ready.set(true);
    }

    /**
     * Stops in order: no new connects, read what the kernel holds, close, deliver, flush. Blocks until then, past the
     * deadline by a second at the most. A second call waits for the first and returns its answer.
     *
     * @return what was left undone at the deadline, for people; empty when the stop was whole
     */
    public List<String> stop(Duration deadline) throws InterruptedException {
        if (!stopAsked.compareAndSet(false, true)) {
            stopped.await();
            return left;
        }
        left = List.of("the stop was cut short"); // until it was whole
        try {
            left = stopOnce(deadline);
        } finally {
            letGo();
            stopped.countDown();
        }
        return left;
    }

    private List<String> stopOnce(Duration deadline) throws InterruptedException {
        long endNanos = System.nanoTime() + deadline.toNanos();
        long reserveNanos = Math.min(FORCE_RESERVE.toNanos(), deadline.toNanos() / 2);
        var undone = new ArrayList<String>();
        supervisor.releaseAll(false);
        if (!awaitIdle(endNanos - reserveNanos)) {
            supervisor.releaseAll(true);
            if (!awaitIdle(endNanos - reserveNanos / 2)) {
                supervisor.held().forEach(id -> undone.add("the task of " + id + " did not end"));
            }
        }
        undone.addAll(delivery.stop(Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()))));
        supervisor.end();
        undone.forEach(what -> LOG.error("stopped, but {}", what));
        return List.copyOf(undone);
    }

    /** Ends every thread, also after a stop that was cut short. */
    private void letGo() {
        supervisor.endSoon();
        delivery.abandon();
        workers.forEach(book -> book.worker().shutdown());
        resolver.shutdown();
    }

    private boolean awaitIdle(long untilNanos) throws InterruptedException {
        List<SourceId> held = supervisor.held();
        while (!held.isEmpty() && System.nanoTime() - untilNanos < 0) {
            LockSupport.parkNanos(STOP_LOOK_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            held = supervisor.held();
        }
        return held.isEmpty();
    }

    /** {@link #stop} with 20 s; what was left undone is logged. */
    @Override
    public void close() {
        try {
            stop(DEFAULT_STOP_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a machine is made of. Not thread-safe. */
    public static final class Builder {
        private static final int DEFAULT_SLOTS = 250;

        private final TaskScheduler scheduler;
        private final List<Sink> sinks = new ArrayList<>();
        private MachineSize size = new MachineSize(Runtime.getRuntime().availableProcessors(), DEFAULT_SLOTS);
        private Filter filter = Filter.all();
        private double connectsPerSecond = 20;
        private double loopbackConnectsPerSecond = 5_000;
        /** 0: derived from the heap. */
        private long outletLimitBytes;

        private int sinkFiles;
        private Clock clock = Clock.SYSTEM;
        private Supplier<RandomGenerator> random = () -> RandomGenerator.of("L64X128MixRandom");

        private Builder(TaskScheduler scheduler) {
            this.scheduler = scheduler;
        }

        /** Default: as many workers as processors × 250 slots. */
        public Builder size(MachineSize value) {
            size = value;
            return this;
        }

        /** Default: all sources. */
        public Builder filter(Filter value) {
            filter = value;
            return this;
        }

        /** Adds a sink; without one, records are counted and discarded. */
        public Builder sink(Sink sink) {
            sinks.add(sink);
            return this;
        }

        /** How many files the sinks keep open at the most, for the count of descriptors at start; default 0. */
        public Builder sinkFiles(int count) {
            sinkFiles = count;
            return this;
        }

        /** Adds a listener for records, on a thread of its own; one that is behind makes the machine stop reading. */
        public Builder onRecord(Consumer<? super StationRecord> listener) {
            return sink(new ListenerSink(listener, sinks.size()));
        }

        /** Connects per second to one host and port beyond loopback, above 0; default 20, loopback always 5,000. */
        public Builder connectsPerSecond(double perSecond) {
            if (!(perSecond > 0)) {
                throw new IllegalArgumentException("connectsPerSecond " + perSecond + " is out of range: above 0");
            }
            connectsPerSecond = perSecond;
            return this;
        }

        /**
         * What an outlet of a worker may have on its way to the sinks before reading stops; default 16 MiB, or less when
         * the heap is small for so many workers.
         */
        public Builder onTheWayLimitBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("onTheWayLimitBytes " + bytes + " is out of range: at least 1");
            }
            outletLimitBytes = bytes;
            return this;
        }

        /** Default: {@link Clock#SYSTEM}. */
        public Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /** Where jitter comes from; called once for each worker. */
        public Builder random(Supplier<RandomGenerator> value) {
            random = value;
            return this;
        }

        private ThreadFactory threads(String name) {
            var count = new AtomicInteger();
            return task -> {
                var thread = new Thread(task, name + "-" + count.getAndIncrement());
                thread.setDaemon(false);
                return thread;
            };
        }

        /**
         * Starts the machine, all or nothing.
         *
         * @throws MachineStartException it cannot work here; the message says what to do
         */
        public Machine start() throws MachineStartException {
            Descriptors.check(size, sinkFiles);
            Rehearsal.once();
            var delivery = new Delivery(sinks, clock, threads("sink"));
            try {
                delivery.start();
            } catch (SinkException e) {
                throw new MachineStartException(String.valueOf(e.getMessage()), e);
            }
            try {
                var machine = new Machine(this, delivery);
                LOG.debug("{} are up", size);
                return machine;
            } catch (RuntimeException e) {
                delivery.abandon();
                throw new MachineStartException("the machine could not be put together: " + e, e);
            }
        }
    }
}
