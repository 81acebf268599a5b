package org.stationmaster.core.machine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.MachineStoppedException;
import org.stationmaster.core.api.MachineView.SlotEvent;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceId;
import org.stationmaster.core.api.TaskAssignator;
import org.stationmaster.core.api.TaskScheduler;
import org.stationmaster.core.api.Text;
import org.stationmaster.core.api.WorkerId;
import org.stationmaster.core.worker.ProcessWorker;
import org.stationmaster.core.worker.WorkerCommand;
import org.stationmaster.core.worker.WorkerReport;

/**
 * The machine's control plane: a duty cycle, {@link #turn}, that one thread at a time turns: its own thread, which hears
 * the workers' reports, or a caller that finds nobody turning. Calls come in by a bounded queue and wait for their answer;
 * reports of the workers come in by another, which the slots bound.
 */
final class Supervisor implements TaskAssignator {
    private static final Logger LOG = LoggerFactory.getLogger("org.stationmaster.machine");
    private static final int CALLS_WAITING = 1024;
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);
    private static final Duration LONGEST_DEADLINE = Duration.ofHours(1);
    private static final long IDLE_TURN_NANOS = 2_000_000_000L;
    private static final long HEADROOM_NANOS = 2_000_000_000L;
    private static final long ALIVE_NANOS = 10_000_000_000L;
    private static final long RESTART_LIMIT_NANOS = 30_000_000_000L;
    private static final long AWAIT_LOOK_NANOS = 10_000_000L;

    private final Registry registry;
    private final TaskScheduler scheduler;
    private final Consumer<SlotEvent> events;
    private final CpuWatch cpu;
    private final Clock clock;
    private final Thread thread;

    /** One call and where its answer goes. */
    private record Call<T>(Supplier<T> work, CompletableFuture<T> answer) {
        void run() {
            try {
                answer.complete(work.get());
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        }
    }

    private final ArrayBlockingQueue<Call<?>> calls = new ArrayBlockingQueue<>(CALLS_WAITING);
    private final ConcurrentLinkedQueue<WorkerReport> reports = new ConcurrentLinkedQueue<>();
    /** Commands to stations whose callers wait; each takes its own out. */
    private final Map<Long, Waiting> commands = new ConcurrentHashMap<>();

    /** @param worker who was told; null: nobody yet */
    private record Waiting(@Nullable WorkerId worker, CompletableFuture<CommandResult> answer) {}

    private final AtomicLong commandNumbers = new AtomicLong();
    /** Held by whoever turns: the supervisor's thread or a caller. */
    private final ReentrantLock turning = new ReentrantLock();

    /** Guarded by {@code turning}. */
    private long wallMillis;

    /** When the headroom was told last. The supervisor's thread. */
    private long headroomNanos;

    /** Workers that were lost with sources in hand while the machine was stopping, for people. */
    private final List<String> lostInStop = new CopyOnWriteArrayList<>();

    private volatile long lastTurnNanos;
    private volatile boolean stopping;
    private volatile boolean ended;

    Supervisor(
            Registry registry,
            TaskScheduler scheduler,
            Consumer<SlotEvent> events,
            CpuWatch cpu,
            Clock clock,
            ThreadFactory threads) {
        this.registry = registry;
        this.events = events;
        this.cpu = cpu;
        this.scheduler = scheduler;
        this.clock = clock;
        this.thread = threads.newThread(this::run);
        thread.setName("supervisor");
        this.lastTurnNanos = clock.nanoTime();
        this.headroomNanos = lastTurnNanos - HEADROOM_NANOS;
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!ended) {
            boolean worked = true;
            lastTurnNanos = clock.nanoTime();
            try {
                worked = turn();
            } catch (RuntimeException | Error e) {
                LOG.error("a turn of the supervisor failed; it goes on with the next", e);
            }
            // Whoever woke us while we waited for a lock has woken us from that alone. The queue of calls has a lock:
            // it comes first.
            if (!worked && calls.isEmpty() && reports.isEmpty() && !ended) {
                LockSupport.parkNanos(this, IDLE_TURN_NANOS);
            }
        }
    }

    /** One turn of the duty cycle; false when there was nothing to do. */
    boolean turn() {
        publishHeadroom();
        turning.lock();
        try {
            return turnAlone();
        } finally {
            turning.unlock();
        }
    }

    /** On the supervisor's thread; what takes its time with many sources, while others may turn. */
    private void publishHeadroom() {
        long now = clock.nanoTime();
        if (now - headroomNanos < HEADROOM_NANOS) {
            return;
        }
        headroomNanos = now;
        var like = registry.mostCommon();
        var windows = registry.capacity().isKnown() ? cpu.windows() : List.<CpuWatch.Window>of();
        turning.lock();
        try {
            if (!windows.isEmpty()) {
                registry.measured(windows, wallMillis, now);
            }
            registry.headroom().publish(like);
        } finally {
            turning.unlock();
        }
    }

    private boolean turnAlone() {
        wallMillis = Math.max(wallMillis, clock.epochNanos() / 1_000_000L);
        boolean worked = false;
        for (var report = reports.poll(); report != null; report = reports.poll()) {
            worked = true;
            hear(report);
        }
        for (var call = calls.poll(); call != null; call = calls.poll()) {
            worked = true;
            call.run();
        }
        registry.send();
        return worked;
    }

    private void hear(WorkerReport report) {
        switch (report) {
            case WorkerReport.Idle(var slot, var epoch) -> registry.idle(slot, epoch, wallMillis, clock.nanoTime());
            case WorkerReport.Ended(var slot, var epoch, var reason, var detail) ->
                registry.ended(slot, epoch, reason, detail);
            case WorkerReport.Replied(var number, var outcome, var detail) -> {
                var waiting = commands.remove(number);
                if (waiting != null) {
                    waiting.answer().complete(new CommandResult(outcome, detail, 0));
                }
            }
            case WorkerReport.Ready(var worker, var incarnation) -> {
                LOG.info("worker {} is up", worker);
                registry.up(worker, incarnation, wallMillis, clock.nanoTime());
            }
            case WorkerReport.Lost(var worker, var why) -> lost(worker, why);
            case WorkerReport.Moved(var event) -> events.accept(event);
            case WorkerReport.Sinks(var worker, var lanes) ->
                registry.book(worker).lanes(lanes);
            case WorkerReport.Called called -> registry.called(called, wallMillis, clock.nanoTime());
            case WorkerReport.Counted(var worker, var counted) ->
                registry.book(worker).calls(counted);
            case WorkerReport.Tapped _, WorkerReport.Finished _ -> {} // its handle has told who wants to know
        }
    }

    private void lost(WorkerId worker, String why) {
        if (stopping && registry.holds(worker) > 0) {
            lostInStop.add("worker " + worker + " was lost before it had delivered all of "
                    + Text.count(registry.holds(worker), "source") + ": " + why);
        }
        var moved = registry.lost(worker, why, wallMillis, clock.nanoTime());
        LOG.error(
                "worker {} is lost: {}; {} of its sources are woken elsewhere, {} wait",
                worker,
                why,
                moved.woken(),
                moved.waiting());
        commands.values().stream()
                .filter(waiting -> worker.equals(waiting.worker()))
                .forEach(waiting -> waiting.answer()
                        .complete(new CommandResult(
                                CommandOutcome.FAILED, "its worker was lost; the station may or may not have it", 0)));
    }

    /** From any thread. */
    void report(WorkerReport report) {
        reports.add(report);
        LockSupport.unpark(thread);
    }

    // ---- calls

    private <T> T ask(Supplier<T> work) throws InterruptedException {
        var call = new Call<>(work, new CompletableFuture<T>());
        if (ended || !calls.offer(call, ANSWER_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new MachineStoppedException(ended ? "the machine has stopped" : "the machine is too busy to answer");
        }
        turnOrWakeWhoDoes();
        if (ended) {
            refuseCalls(); // it may have come behind the supervisor's last look
        }
        try {
            return call.answer().get(ANSWER_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new MachineStoppedException("the machine did not answer within " + ANSWER_LIMIT.toSeconds() + " s");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** A caller that finds nobody turning does it itself: its message leaves without a hand-over between threads. */
    private void turnOrWakeWhoDoes() {
        if (ended || !turning.tryLock()) {
            LockSupport.unpark(thread);
            return;
        }
        try {
            turnAlone();
        } catch (RuntimeException | Error e) {
            LOG.error("a turn of the supervisor failed; it goes on with the next", e);
            LockSupport.unpark(thread);
        } finally {
            turning.unlock();
        }
    }

    private void refuseUnlessRunning() {
        if (stopping) {
            throw new MachineStoppedException("the machine is stopping");
        }
    }

    @Override
    public Answer activate(Source source) throws InterruptedException {
        return activateAll(List.of(source)).getFirst();
    }

    @Override
    public List<Answer> activateAll(List<Source> sources) throws InterruptedException {
        return activateAll(sources, Set.of());
    }

    @Override
    public List<Answer> activateAll(List<Source> sources, Set<SourceId> paused) throws InterruptedException {
        sources.forEach(source -> TaskScheduler.check(scheduler, source));
        long accepted = clock.nanoTime();
        return ask(() -> {
            refuseUnlessRunning();
            var answers = new ArrayList<Answer>(sources.size());
            sources.forEach(source ->
                    answers.add(registry.activate(source, paused.contains(source.id()), wallMillis, accepted)));
            return answers;
        });
    }

    @Override
    public void filter(Filter filter) throws InterruptedException {
        var _ = ask(() -> {
            refuseUnlessRunning();
            registry.filter(filter, wallMillis, clock.nanoTime());
            return true;
        });
    }

    @Override
    public boolean release(SourceId id) throws InterruptedException {
        return ask(() -> registry.release(id, false, wallMillis));
    }

    @Override
    public boolean cancel(SourceId id) throws InterruptedException {
        return ask(() -> registry.release(id, true, wallMillis));
    }

    @Override
    public boolean pause(SourceId id) throws InterruptedException {
        return ask(() -> registry.pause(id, true));
    }

    @Override
    public boolean resume(SourceId id) throws InterruptedException {
        return ask(() -> registry.pause(id, false));
    }

    @Override
    public CommandResult send(SourceId id, byte[] command, Duration deadline) throws InterruptedException {
        if (deadline.isNegative() || deadline.isZero() || deadline.compareTo(LONGEST_DEADLINE) > 0) {
            throw new IllegalArgumentException("deadline " + deadline + " is out of range: above 0, at most an hour");
        }
        long from = clock.nanoTime();
        if (command.length > WorkerCommand.Send.LIMIT_BYTES) {
            return new CommandResult(
                    CommandOutcome.FAILED,
                    "a command of " + command.length + " bytes is too large, " + WorkerCommand.Send.LIMIT_BYTES
                            + " are the most: send it in parts",
                    0);
        }
        var bytes = command.clone();
        long number = commandNumbers.incrementAndGet();
        var answer = new CompletableFuture<CommandResult>();
        commands.put(number, new Waiting(null, answer));
        try {
            var _ = ask(() -> order(id, bytes, number, answer));
            return answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS).took(millisSince(from));
        } catch (TimeoutException e) {
            return new CommandResult(
                    CommandOutcome.DEADLINE,
                    "no acknowledgement within " + deadline.toMillis() + " ms",
                    millisSince(from));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            commands.remove(number);
        }
    }

    private boolean order(SourceId id, byte[] bytes, long number, CompletableFuture<CommandResult> answer) {
        refuseUnlessRunning();
        var entry = registry.find(id);
        if (entry.isEmpty() || entry.get().want() == Entry.Want.GONE) {
            return answer.complete(new CommandResult(CommandOutcome.NO_TASK, "the source is not known", 0));
        }
        if (entry.get().paused()) {
            return answer.complete(new CommandResult(CommandOutcome.PAUSED, "the source is paused", 0));
        }
        long epoch = entry.get().epoch();
        return registry.tell(entry.get(), slot -> {
                    commands.replace(number, new Waiting(slot.worker(), answer));
                    return new WorkerCommand.Send(slot.index(), epoch, number, bytes);
                })
                || answer.complete(new CommandResult(CommandOutcome.NO_TASK, "the source holds no slot", 0));
    }

    private double millisSince(long fromNanos) {
        return (clock.nanoTime() - fromNanos) / 1e6;
    }

    // ---- one worker after another

    /**
     * Restarts the worker processes one after another: each is emptied in order, its sources go on elsewhere or wait for
     * the fresh process, which comes before the next is emptied. At the end they are spread over all of them again. Blocks.
     *
     * @param limit for each worker, and for the spreading
     * @return what did not go in order, for people
     * @throws IllegalStateException the workers are threads
     */
    List<String> rollingRestart(List<WorkerBook> books, Duration limit) throws InterruptedException {
        var left = new ArrayList<String>();
        for (var book : books) {
            if (!(book.worker() instanceof ProcessWorker process)) {
                throw new IllegalStateException("workers that are threads are not restarted one by one");
            }
            refuseUnlessRunning();
            long end = clock.nanoTime() + limit.toNanos();
            left.addAll(emptyAndRestart(book, process, limit, end));
            if (!await(book::isUp, end + RESTART_LIMIT_NANOS)) {
                left.add("worker " + process.id() + " has not come back yet");
            }
        }
        left.addAll(spread(limit));
        return left;
    }

    /** The worker that came back last is empty, another holds what two held. */
    private List<String> spread(Duration limit) throws InterruptedException {
        long end = clock.nanoTime() + limit.toNanos();
        var moves = ask(() -> {
            refuseUnlessRunning();
            return registry.evenOut();
        });
        LOG.info(
                "to load the workers evenly, {} moved",
                Text.count(moves.size(), "source") + (moves.size() == 1 ? " is" : " are"));
        var moving = new ArrayDeque<>(moves);
        await(
                () -> {
                    while (!moving.isEmpty() && !registry.isMoving(moving.peek())) {
                        moving.remove(); // none is asked about twice
                    }
                    return moving.isEmpty();
                },
                end);
        long late = moving.stream().filter(registry::isMoving).count();
        return late == 0
                ? List.of()
                : List.of("of " + Text.count(moves.size(), "source") + " that should move to load the workers evenly, "
                        + late + " still stop");
    }

    private List<String> emptyAndRestart(WorkerBook book, ProcessWorker process, Duration limit, long endNanos)
            throws InterruptedException {
        var id = process.id();
        CompletableFuture<List<String>> restarted;
        try {
            long incarnation = ask(() -> {
                registry.empty(id);
                return book.incarnation();
            });
            BooleanSupplier isAnother = () -> !book.isUp() || book.incarnation() != incarnation;
            var _ = await(() -> isAnother.getAsBoolean() || registry.holds(id) == 0, endNanos);
            restarted = ask(() -> {
                if (isAnother.getAsBoolean()) {
                    return told("worker " + id + " was not up; the next process comes by itself");
                }
                int held = registry.holds(id);
                if (held > 0) { // its end would be theirs: the registry would keep them in a process that is gone
                    return told("worker " + id + " was not restarted: it still held " + Text.count(held, "source")
                            + " after " + limit.toMillis() + " ms; cancel those that do not stop, then restart again");
                }
                book.restarts();
                return process.restart(incarnation, Duration.ofNanos(Math.max(0, endNanos - clock.nanoTime())));
            });
        } finally {
            openUnlessItRestarts(book);
        }
        try {
            return restarted.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private static CompletableFuture<List<String>> told(String what) {
        return CompletableFuture.completedFuture(List.of(what));
    }

    /** Not by a call: neither an interrupt nor a machine that is busy may leave the worker closed. */
    private void openUnlessItRestarts(WorkerBook book) {
        turning.lock();
        try {
            if (book.isUp() && !stopping) { // one that is not is opened when it is up again
                registry.open(book.worker().id(), wallMillis, clock.nanoTime());
                registry.send();
            }
        } finally {
            turning.unlock();
        }
    }

    private boolean await(BooleanSupplier over, long untilNanos) throws InterruptedException {
        while (!ask(over::getAsBoolean)) {
            if (clock.nanoTime() - untilNanos > 0) {
                return false;
            }
            LockSupport.parkNanos(AWAIT_LOOK_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        return true;
    }

    // ---- the end

    /** What was lost with a worker while the machine was stopping; complete when nothing is held any more. */
    List<String> lostInStop() {
        return List.copyOf(lostInStop);
    }

    /** Gives all slots back and takes no more activations. */
    void releaseAll(boolean atOnce) throws InterruptedException {
        var _ = ask(() -> {
            stopping = true;
            registry.releaseAll(atOnce);
            return true;
        });
    }

    /** Sources whose slots are not idle yet. */
    List<SourceId> held() throws InterruptedException {
        return ask(registry::held);
    }

    /** Tells the thread to end; calls that wait are refused. Does not wait. */
    void endSoon() {
        ended = true;
        LockSupport.unpark(thread);
        refuseCalls();
    }

    /** Ends the thread; calls that wait are refused. */
    void end() throws InterruptedException {
        endSoon();
        if (!thread.join(Duration.ofSeconds(1))) {
            LOG.warn("the supervisor did not end within a second");
        }
        refuseCalls();
    }

    private void refuseCalls() {
        for (var call = calls.poll(); call != null; call = calls.poll()) {
            call.answer().completeExceptionally(new MachineStoppedException("the machine has stopped"));
        }
    }

    boolean isStopping() {
        return stopping;
    }

    /** Whether the last turn was not long ago. */
    boolean isAlive() {
        return !ended && clock.nanoTime() - lastTurnNanos < ALIVE_NANOS;
    }
}
