package org.stationmaster.app;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stationmaster.core.api.Answer;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.Listen;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.MachineView;
import org.stationmaster.core.api.SinkFactory;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.TaskAssignator;
import org.stationmaster.core.api.Text;
import org.stationmaster.core.machine.DataDirectory;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.core.machine.MachineStartException;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.server.ControlServer;
import org.stationmaster.server.ControlStartException;
import org.stationmaster.server.RollingRestart;
import org.stationmaster.server.alarm.AlarmWatch;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.Reading;
import org.stationmaster.server.inventory.ReceiverConfig;
import org.stationmaster.server.inventory.SourceBook;
import org.stationmaster.server.inventory.StationWatch;
import org.stationmaster.server.inventory.StoreException;
import org.stationmaster.server.ledger.Ledger;
import org.stationmaster.stations.ProtocolScheduler;

/**
 * A machine with all that belongs to it: the lock on its data, its sinks, its control endpoint and the sources of its
 * file. {@link #start} is all or nothing; {@link #stop} is the same list backwards. One thread.
 */
final class MachineRun implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MachineRun.class);

    /** Where the state table is kept below the data, for whoever looks from outside. */
    static final Path TABLE = Path.of("state", "table");

    /** What was changed at run time, and who changed it, below the data. */
    private static final Path SOURCES = Path.of("sources.db");

    private static final Path AUDIT = Path.of("audit.log");

    /** When sources gave nothing, and why. */
    private static final Path LEDGER = Path.of("ledger.db");

    private final Plan plan;

    /** What has been started and must be ended, the last first. */
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    private final Machine machine;
    private final SourceBook book;
    private final AlarmWatch alarms;
    private final Ledger ledger;
    private final Bind address;

    /**
     * What to run.
     *
     * @param isolation where the workers live
     * @param sinks made where the workers live
     * @param control where to listen: the first of these that can
     * @param capacity what a worker may be given
     * @param sinkFiles how many files the sinks of one process keep open at the most
     * @param listens where stations call in
     * @param owned sources of the station file; they are given to the assignator at start
     * @param watched where they stand, to be taken again when that changes; null: they never change
     * @param directory where the machine file stands: files that a request names must lie below it
     * @param receivers who is told of alarms
     */
    record Plan(
            MachineSize size,
            Isolation isolation,
            Filter filter,
            List<SinkPlan> sinks,
            int sinkFiles,
            Path data,
            List<ControlConfig> control,
            Capacity capacity,
            OptionalDouble connectsPerSecond,
            List<Listen> listens,
            List<Source> owned,
            @Nullable Watched watched,
            Path directory,
            List<ReceiverConfig> receivers) {

        /** How a sink is made. */
        record SinkPlan(SinkFactory factory, Map<String, String> settings) {}

        /** A file with sources, and how it is read. */
        record Watched(Path file, Supplier<Reading<List<Source>>> reader) {}
    }

    private MachineRun(Plan plan) throws Failure, InterruptedException {
        this.plan = plan;
        try {
            if (Files.notExists(plan.data())) { // who is refused leaves no directory
                requireListens();
                requireControl();
            }
            started.push(lock());
            requireControl();
            machine = machine();
            book = book();
            alarms = alarmWatch();
            ledger = ledger();
            address = control();
            activate();
            watch();
            machine.ready();
            alarms.start(executor("alarms"));
            ledger.start(executor("ledger"));
        } catch (Failure | InterruptedException | RuntimeException e) {
            undo();
            throw e;
        }
    }

    /** @throws Failure it cannot run here; nothing is left behind, and the message says what to do */
    static MachineRun start(Plan plan) throws Failure, InterruptedException {
        return new MachineRun(plan);
    }

    /** Not where a machine was before: its workers may listen there yet. */
    private void requireListens() throws Failure {
        for (var listen : plan.listens()) {
            try (var socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(listen.address());
            } catch (IOException e) {
                throw Failure.failed(
                        "cannot listen for " + listen.protocol() + " on " + listen.address() + ": " + e.getMessage(),
                        e);
            }
        }
    }

    /** One of the places will do. */
    private void requireControl() throws Failure {
        var last = plan.control().getLast();
        for (var config : plan.control()) {
            try {
                ControlServer.probe(config);
                return;
            } catch (ControlStartException e) {
                if (config.equals(last)) {
                    throw Failure.failed(said(e), e);
                }
            }
        }
    }

    private AutoCloseable lock() throws Failure {
        try {
            return DataDirectory.lock(plan.data());
        } catch (MachineStartException e) {
            throw Failure.failed(said(e), e);
        }
    }

    private Machine machine() throws Failure {
        var builder = Machine.of(new ProtocolScheduler())
                .size(plan.size())
                .isolation(plan.isolation())
                .stateFile(plan.data().resolve(TABLE))
                .workerOptions(Composition.workerOptions())
                .filter(plan.filter())
                .capacity(plan.capacity())
                .sinkFiles(plan.sinkFiles());
        plan.sinks().forEach(sink -> builder.sink(sink.factory(), sink.settings()));
        plan.connectsPerSecond().ifPresent(builder::connectsPerSecond);
        plan.listens().forEach(builder::listen);
        try {
            var built = builder.start();
            started.push(built);
            for (int i = 0; i < plan.listens().size(); i++) {
                LOG.info(
                        "stations of {} may call {}:{}",
                        plan.listens().get(i).protocol(),
                        built.listening().get(i).getHostString(),
                        built.listening().get(i).getPort());
            }
            return built;
        } catch (MachineStartException e) {
            throw Failure.failed(said(e), e);
        }
    }

    private SourceBook book() {
        var watched = plan.watched();
        var made = new SourceBook(
                Composition.inventory(),
                machine.view(),
                machine.assignator(),
                plan.data().resolve(SOURCES),
                plan.directory(),
                watched == null ? null : watched.file().toAbsolutePath().normalize(),
                Clock.SYSTEM);
        started.push(made);
        return made;
    }

    private AlarmWatch alarmWatch() {
        var senders = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("alarm-", 0).factory());
        started.push(senders::shutdownNow);
        return new AlarmWatch(
                this::alarms, machine.view()::sources, plan.data(), plan.receivers(), Clock.SYSTEM, senders);
    }

    private Ledger ledger() {
        var made = Ledger.open(machine.view(), plan.data().resolve(LEDGER), Clock.SYSTEM);
        started.push(made);
        return made;
    }

    private Bind control() throws Failure {
        for (var config : plan.control().subList(0, plan.control().size() - 1)) {
            try {
                return listen(config);
            } catch (ControlStartException e) {
                LOG.debug("{}; another is tried", said(e));
            }
        }
        try {
            return listen(plan.control().getLast());
        } catch (ControlStartException e) {
            throw Failure.failed(said(e), e);
        }
    }

    private Bind listen(ControlConfig config) throws ControlStartException {
        var server = new ControlServer(new ControlServer.Parts(
                config,
                machine.view(),
                machine.assignator(),
                plan.isolation() == Isolation.PROCESSES ? machine::rollingRestart : RollingRestart.IMPOSSIBLE,
                book,
                Composition.protocols(),
                plan.data().resolve(AUDIT),
                alarms::told,
                ledger));
        int port = server.start();
        started.push(server::stop);
        return new Bind(config.bind().host(), port);
    }

    private void activate() throws Failure, InterruptedException {
        List<Answer> answers;
        try {
            answers = book.start(plan.owned());
        } catch (StoreException e) {
            throw Failure.failed(said(e), e);
        }
        var kinds = answers.stream().collect(Collectors.groupingBy(MachineRun::kind, Collectors.counting()));
        LOG.info(
                "{}; {} given: {}",
                plan.size(),
                Text.count(answers.size(), "source"),
                kinds.isEmpty() ? "none" : kinds);
        long waiting = kinds.getOrDefault("waiting", 0L);
        if (waiting > 0) {
            LOG.warn(
                    "{} {} for a slot: the machine has {}, give it more",
                    Text.count(waiting, "source"),
                    waiting == 1 ? "waits" : "wait",
                    plan.size());
        }
    }

    private void watch() {
        var watched = plan.watched();
        if (watched != null) {
            new StationWatch(watched.file(), watched.reader(), book).start(executor("station-watch"));
        }
    }

    private ScheduledExecutorService executor(String name) {
        var thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
        started.push(thread::shutdownNow);
        return thread;
    }

    private static String kind(Answer answer) {
        return switch (answer) {
            case Answer.Assigned _ -> "assigned";
            case Answer.AlreadyAssigned _ -> "already assigned";
            case Answer.NoIdleSlot _ -> "waiting";
            case Answer.NotCalled _ -> "not called";
            case Answer.Refused _ -> "filtered";
        };
    }

    private static String said(Exception e) {
        return String.valueOf(e.getMessage());
    }

    MachineView view() {
        return machine.view();
    }

    /** How many alarms stand by now; who has just begun to fail is none yet. */
    int raisedAlarms() {
        var told = alarms.told();
        return told.alarms().size() + told.more();
    }

    /** What an operator should know: of the machine, and of the sources that it should have. */
    List<MachineView.Alarm> alarms() {
        return Stream.of(machine.view().alarms(), book.alarms(), ledger.alarms())
                .flatMap(List::stream)
                .toList();
    }

    TaskAssignator assignator() {
        return machine.assignator();
    }

    /** Where the control endpoint listens. */
    Bind address() {
        return address;
    }

    /**
     * Drains and stops everything; the control endpoint answers until the machine is down.
     *
     * @return what was left undone at the deadline; empty when the stop was whole
     */
    List<String> stop(Duration deadline) throws InterruptedException {
        ledger.close(); // what stops now is not missing
        var left = new ArrayList<>(machine.stop(deadline));
        left.addAll(undo());
        return List.copyOf(left);
    }

    /** At once and without an answer, when a {@link #stop} was not reached. A second call does nothing. */
    @Override
    public void close() {
        undo();
    }

    private List<String> undo() {
        var failed = new ArrayList<String>();
        while (!started.isEmpty()) {
            try {
                started.pop().close();
            } catch (Exception e) {
                LOG.warn("stopping", e);
                failed.add(String.valueOf(e.getMessage()));
            }
        }
        return failed;
    }
}
