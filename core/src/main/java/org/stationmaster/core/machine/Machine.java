package org.stationmaster.core.machine;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.Sink;
import org.stationmaster.core.api.SinkException;
import org.stationmaster.core.api.SinkFactory;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.StationRecord;
import org.stationmaster.core.api.TaskAssignator;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.core.sizing.SizePlan;
import org.stationmaster.core.state.StateTable;
import org.stationmaster.core.worker.CallListener;
import org.stationmaster.core.worker.Calls;
import org.stationmaster.core.worker.Delivery;
import org.stationmaster.core.worker.DescriptorTable;
import org.stationmaster.core.worker.EventLog;
import org.stationmaster.core.worker.ListenSetup;
import org.stationmaster.core.worker.Positions;
import org.stationmaster.core.worker.ProcessKeeper;
import org.stationmaster.core.worker.ProcessPlan;
import org.stationmaster.core.worker.ProcessWorker;
import org.stationmaster.core.worker.Resolver;
import org.stationmaster.core.worker.WorkerPlan;
import org.stationmaster.core.worker.WorkerReport;

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

    /** A worker that is past the deadline is killed by its handle, and says what it left. */
    private static final Duration FINISHED_LATE = Duration.ofSeconds(1);

    /** A killed process is gone at once, unless it is stuck in the kernel. */
    private static final Duration KILL_LIMIT = Duration.ofSeconds(5);

    /** A compiler takes note of what was done some hundred times. */
    private static final int REHEARSED_WAKES = 100;

    private static final long STOP_LOOK_NANOS = 2_000_000L;

    private final List<WorkerBook> workers;
    private final Supervisor supervisor;
    private final Delivery delivery;
    private final Resolver resolver;
    /** Null: no station calls in, or at the worker processes. */
    private final @Nullable CallListener listener;
    /** Where worker processes listen. */
    private final CallPorts ports;

    private final List<InetSocketAddress> listening;

    private final @Nullable ProcessKeeper keeper;
    private final TablePlace place;
    private final View view;
    private final AtomicBoolean ready = new AtomicBoolean();
    private final AtomicBoolean stopAsked = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);
    /** Written once, before {@code stopped} opens. */
    private volatile List<String> left = List.of();

    private Machine(
            Builder plan,
            TablePlace place,
            Delivery delivery,
            Resolver resolver,
            Calls calls,
            @Nullable CallListener listener,
            CallPorts ports)
            throws MachineStartException {
        this.place = place;
        var table = place.table();
        this.delivery = delivery;
        this.resolver = resolver;
        this.listener = listener;
        this.ports = ports;
        this.listening = listener == null ? ports.addresses() : listener.addresses();
        var events = new EventLog();
        var supervisorSeat = new AtomicReference<Supervisor>();
        Consumer<WorkerReport> reports = report -> {
            var seated = supervisorSeat.get();
            if (seated != null) {
                seated.report(report);
            }
        };
        this.workers = new ArrayList<>();
        this.keeper = switch (plan.isolation) {
            case THREADS -> {
                startThreads(plan.workerPlan(delivery, events::add, reports, resolver, calls), table);
                yield null;
            }
            case PROCESSES -> startProcesses(plan, place, listening, reports);
        };
        var registry = new Registry(
                plan.filter,
                plan.capacity,
                workers,
                table.desiredWriter(),
                source -> TaskScheduler.keyOf(plan.scheduler, source),
                new CallBook(
                        plan.isolation == Isolation.PROCESSES ? plan.listens : List.of(), table.reader()::observed));
        var cpu = new CpuWatch(plan.clock, new CpuMarks(table.reader(), registry, workers, CpuTime.OF_THREADS));
        this.supervisor =
                new Supervisor(registry, plan.scheduler, events::add, cpu, plan.clock, plan.threads("supervisor"));
        supervisorSeat.set(supervisor);
        this.view = new View(
                table.reader(),
                registry,
                workers,
                delivery,
                events,
                () -> ready.get() && !supervisor.isStopping(),
                supervisor::isAlive,
                () -> counted(calls),
                cpu,
                plan.clock);
        supervisor.start();
    }

    private MachineView.Calls counted(Calls here) {
        return workers.stream().map(WorkerBook::calls).reduce(here.counted(), MachineView.Calls::plus);
    }

    private void startThreads(WorkerPlan plan, StateTable table) {
        try {
            for (int i = 0; i < plan.size().workers(); i++) {
                var id = new WorkerId(i);
                workers.add(new WorkerBook(
                        plan.startThread(id, table.observedWriter(id)),
                        plan.size().slots(),
                        true));
            }
        } catch (RuntimeException e) {
            workers.forEach(book -> book.worker().shutdown());
            throw e;
        }
    }

    private ProcessKeeper startProcesses(
            Builder plan, TablePlace place, List<InetSocketAddress> listening, Consumer<WorkerReport> reports)
            throws MachineStartException {
        try {
            var started = new ProcessKeeper(
                    plan.processPlan(place, listening),
                    place.table().reader(),
                    reports,
                    delivery.taps(),
                    plan.clock,
                    plan.threads("keeper"));
            for (int i = 0; i < plan.size.workers(); i++) {
                workers.add(new WorkerBook(started.start(new WorkerId(i)), plan.size.slots(), false));
            }
            return started;
        } catch (IOException e) {
            throw new MachineStartException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Waits until all worker processes are up. */
    private void awaitUp() throws MachineStartException {
        try {
            for (var book : workers) {
                if (book.worker() instanceof ProcessWorker process) {
                    process.firstStart().get();
                }
            }
            var _ = supervisor.held(); // an answer means that it has heard of all that came before
        } catch (ExecutionException e) {
            letGo();
            throw new MachineStartException(String.valueOf(e.getCause()), e);
        } catch (InterruptedException e) {
            letGo();
            Thread.currentThread().interrupt();
            throw new MachineStartException("interrupted while the workers were coming up", e);
        }
    }

    /** Starts the description of a machine whose tasks the scheduler makes. */
    public static Builder of(TaskScheduler scheduler) {
        return new Builder(scheduler);
    }

    /** Where it listens for stations that call in, in the order of {@link Builder#listen}. */
    public List<InetSocketAddress> listening() {
        return listening;
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
     * Restarts the worker processes one after another: each is emptied in order, its sources go on elsewhere, or wait for
     * the fresh process when no slot is idle; then comes the next. At the end they are spread over all workers
     * again. A worker that still holds a source at the limit is not restarted and works on. Blocks, for each worker and for
     * the spreading a little longer than the limit at the most.
     *
     * @return what did not go in order, for people; empty when all did
     * @throws IllegalStateException the workers are threads
     */
    public List<String> rollingRestart(Duration limit) throws InterruptedException {
        return supervisor.rollingRestart(workers, limit);
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
        if (listener != null) {
            listener.close();
        }
        supervisor.releaseAll(false);
        if (!awaitIdle(endNanos - reserveNanos)) {
            supervisor.releaseAll(true);
            if (!awaitIdle(endNanos - reserveNanos / 2)) {
                supervisor.held().forEach(id -> undone.add("the task of " + id + " did not end"));
            }
        }
        undone.addAll(supervisor.lostInStop());
        var finishing = workers.stream()
                .map(book -> book.worker().finish(Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()))))
                .toList();
        undone.addAll(delivery.stop(Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()))));
        for (int i = 0;
                i < finishing.size();
                i++) { // each judges its own deadline; one that does not is not waited for
            undone.addAll(finished(workers.get(i).worker().id(), finishing.get(i), endNanos + FINISHED_LATE.toNanos()));
        }
        supervisor.end();
        undone.forEach(what -> LOG.error("stopped, but {}", what));
        return List.copyOf(undone);
    }

    /** What the worker has left undone; itself, when it does not say so in time. */
    static List<String> finished(WorkerId worker, CompletableFuture<List<String>> finishing, long untilNanos)
            throws InterruptedException {
        try {
            return finishing.get(Math.max(0, untilNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return List.of("worker " + worker + " did not say that it has delivered all");
        } catch (ExecutionException e) {
            return List.of("worker " + worker + " could not finish: " + e.getCause());
        }
    }

    /** Ends every thread and every worker process, also after a stop that was cut short. */
    private void letGo() {
        if (listener != null) {
            listener.shutdown();
        }
        supervisor.endSoon();
        delivery.abandon();
        workers.forEach(book -> book.worker().shutdown());
        resolver.shutdown();
        if (keeper != null) {
            keeper.close();
            if (!keeper.awaitEnd(KILL_LIMIT)) {
                LOG.error("worker processes that were killed are still there after {} s", KILL_LIMIT.toSeconds());
            }
        }
        ports.close();
        place.letGo();
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
        private final List<SinkChoice> sinks = new ArrayList<>();
        private final List<Listen> listens = new ArrayList<>();
        private Isolation isolation = Isolation.THREADS;
        private @Nullable Path stateFile;
        private List<String> workerOptions = List.of();
        private MachineSize size = new MachineSize(Runtime.getRuntime().availableProcessors(), DEFAULT_SLOTS);
        private Filter filter = Filter.all();
        private Capacity capacity = Capacity.UNKNOWN;
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

        /**
         * Default: {@link Isolation#THREADS}. With {@link Isolation#PROCESSES} the scheduler, the listeners and the sinks'
         * factories are built anew in each worker: named classes with a public no-argument constructor.
         */
        public Builder isolation(Isolation value) {
            isolation = value;
            return this;
        }

        /** Where the state table is kept, for others to look at; default: in memory, or in a temporary file for processes. */
        public Builder stateFile(Path value) {
            stateFile = value;
            return this;
        }

        /** Options for the JVMs of worker processes, behind the machine's own, so that they win. */
        public Builder workerOptions(List<String> options) {
            workerOptions = List.copyOf(options);
            return this;
        }

        /** Adds a sink, for workers that are threads; without one, records are counted and discarded. */
        public Builder sink(Sink sink) {
            sinks.add(new SinkChoice.Made(sink));
            return this;
        }

        /** Adds a sink that is made where the records are: for workers of either kind. */
        public Builder sink(SinkFactory factory, Map<String, String> settings) {
            sinks.add(new SinkChoice.ToMake(factory, Map.copyOf(settings)));
            return this;
        }

        /** How many files the sinks keep open at the most, for the count of descriptors at start; default 0. */
        public Builder sinkFiles(int count) {
            sinkFiles = count;
            return this;
        }

        /** Adds a listener for records, on a thread of its own; one that is behind makes the machine stop reading. */
        public Builder onRecord(Consumer<? super StationRecord> listener) {
            sinks.add(new SinkChoice.Listener(listener, sinks.size()));
            return this;
        }

        /**
         * Adds a port for stations that call in, one a protocol. With {@link Isolation#PROCESSES} every worker listens there, and its
         * {@code DialIn} is built anew in each: a named class with a public no-argument constructor.
         */
        public Builder listen(Listen listen) {
            listens.add(listen);
            return this;
        }

        /** What workers may be given, from profiles; default: {@link Capacity#UNKNOWN}, as many as there are slots. */
        public Builder capacity(Capacity value) {
            capacity = value;
            return this;
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

        /**
         * What stamps are made and limits judged by. Default: {@link Clock#SYSTEM}. With one that a test advances, what is
         * due by it is judged at the next tick, 0.1 s of real time later at most.
         */
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

        private WorkerPlan workerPlan(
                Delivery delivery,
                Consumer<SlotEvent> events,
                Consumer<WorkerReport> reports,
                Resolver resolver,
                Calls calls) {
            long heapBytes = Runtime.getRuntime().maxMemory();
            return new WorkerPlan(
                    size,
                    scheduler,
                    delivery,
                    events,
                    reports,
                    resolver,
                    calls,
                    connectsPerSecond,
                    loopbackConnectsPerSecond,
                    outletLimitBytes == 0
                            ? WorkerPlan.defaultOutletLimitBytes(size.workers(), heapBytes)
                            : outletLimitBytes,
                    WorkerPlan.restLimitBytes(size.workers(), heapBytes),
                    clock,
                    random,
                    threads("worker"));
        }

        /** What is in one of the processes that hold slots. */
        private MachineSize ofAProcess() {
            return isolation == Isolation.THREADS ? size : new MachineSize(1, size.slots());
        }

        private int sinkFilesAndCallers() {
            return sinkFiles + (listens.isEmpty() ? 0 : CallListener.MOST_CALLERS);
        }

        /** At most what such a process may open, once that is checked. */
        private int descriptors() {
            return (int) SizePlan.descriptors(ofAProcess(), sinkFilesAndCallers());
        }

        private ProcessPlan processPlan(TablePlace place, List<InetSocketAddress> listening)
                throws MachineStartException {
            var setups = new ArrayList<ProcessPlan.SinkSetup>();
            for (var sink : sinks) {
                setups.add(sink.inWorkers());
            }
            var ports = new ArrayList<ListenSetup>();
            for (int i = 0; i < listens.size(); i++) {
                var listen = listens.get(i);
                ports.add(new ListenSetup(listen, Rebuilt.check(listen.dialIn()), listening.get(i)));
            }
            var file = requireNonNull(place.file());
            return new ProcessPlan(
                    size,
                    WorkerMain.class,
                    file,
                    place.bootNanos(),
                    file.resolveSibling(""),
                    descriptors(),
                    Rebuilt.check(scheduler),
                    setups,
                    ports,
                    connectsPerSecond,
                    loopbackConnectsPerSecond,
                    outletLimitBytes,
                    workerOptions);
        }

        /**
         * Starts the machine, all or nothing; with worker processes, blocks until all are up.
         *
         * @throws MachineStartException it cannot work here; the message says what to do
         */
        public Machine start() throws MachineStartException {
            Descriptors.check(ofAProcess(), sinkFilesAndCallers());
            switch (isolation) {
                case THREADS -> {
                    DescriptorTable.reserve(descriptors());
                    Rehearsal.once(REHEARSED_WAKES);
                }
                case PROCESSES -> {
                    if (!listens.isEmpty() && !CallListener.canShare()) {
                        throw new MachineStartException(
                                "worker processes can listen on one port only with Linux's epoll, which is not there: take isolation"
                                        + " threads, or no 'listen'",
                                null);
                    }
                }
            }
            var place = stateFile == null
                    ? TablePlace.unnamed(isolation, size, clock.epochNanos())
                    : TablePlace.at(stateFile, size, clock.epochNanos());
            var here = isolation == Isolation.THREADS
                    ? sinks.stream().map(SinkChoice::here).toList()
                    : List.<Sink>of();
            var delivery = new Delivery(here, Positions.beside(stateFile), clock, threads("sink"));
            try {
                delivery.start();
            } catch (SinkException e) {
                place.letGo();
                throw new MachineStartException(String.valueOf(e.getMessage()), e);
            }
            var machine = machine(place, delivery);
            machine.awaitUp();
            LOG.debug("{} are up", size);
            return machine;
        }

        private Machine machine(TablePlace place, Delivery delivery) throws MachineStartException {
            var resolver = new Resolver(threads("resolver"));
            boolean here = isolation == Isolation.THREADS;
            CallListener listener = null;
            CallPorts ports = null;
            try {
                var calls = new Calls(here ? listens : List.of());
                ports = CallPorts.hold(here ? List.of() : listens);
                if (here && !listens.isEmpty()) {
                    listener = CallListener.start(listens, calls, clock, threads("listener"));
                }
                return new Machine(this, place, delivery, resolver, calls, listener, ports);
            } catch (MachineStartException | IOException | RuntimeException e) {
                if (listener != null) {
                    listener.shutdown();
                }
                if (ports != null) {
                    ports.close();
                }
                delivery.abandon();
                place.letGo();
                throw switch (e) {
                    case MachineStartException refusal -> refusal;
                    case IOException cannotListen ->
                        new MachineStartException(String.valueOf(cannotListen.getMessage()), e);
                    default -> new MachineStartException("the machine could not be put together: " + e, e);
                };
            }
        }
    }
}
