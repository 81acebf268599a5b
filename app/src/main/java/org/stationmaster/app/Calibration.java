package org.stationmaster.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Filter;
import org.stationmaster.core.api.Isolation;
import org.stationmaster.core.api.MachineSize;
import org.stationmaster.core.api.Source;
import org.stationmaster.core.api.SourceState;
import org.stationmaster.core.sizing.Capacity;
import org.stationmaster.core.sizing.Cost;
import org.stationmaster.core.sizing.Profile;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.Reading;
import org.stationmaster.server.inventory.SinkConfig;
import org.stationmaster.testkit.HostUsage;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.ProcessUsage;

/**
 * Measures what one worker carries: the machine as it runs for users, with one worker, against simulated stations in a process
 * of their own, one rate after the other. One thread.
 */
final class Calibration {
    private static final Duration STOP = Duration.ofSeconds(20);
    private static final String HOST = "127.0.0.1";

    private static final long WARM_UP_WINDOW_MILLIS = 2_000;
    private static final long SETTLE_MILLIS = 1_200;

    /** No longer is waited for the first records of sources that were never there before. */
    private static final double LONGEST_PERIOD_MILLIS = 10_000;

    /** And then until their deliveries are on time. */
    private static final long SETTLE_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(15);

    private static final long WINDOW_MILLIS = 4_000;

    /** Of a cap that is tried. */
    private static final long LONG_WINDOW_MILLIS = 6_000;

    private static final long LOOK_MILLIS = 50;
    private static final long CONNECT_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long CONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** How much of the cap that is expected is looked at first. */
    private static final double FIRST = 0.4;

    /** How many stations are simulated: so many times as many as the default cost promises. */
    private static final double ENOUGH = 2.5;

    /** Of fewer records that should come it cannot be told whether some stayed behind. */
    private static final double RECORDS_TO_JUDGE = 100;

    private final Plan plan;
    private final StopSignals signals;
    private final Progress progress;
    private final Clock clock = Clock.SYSTEM;
    private final LatencyLogs latencies;
    private final List<CapSearch.Look> looks = new ArrayList<>();
    /** So many sources have been there, and their deliveries on time. */
    private int settled;

    /**
     * What to measure.
     *
     * @param most how many sources at the most
     * @param seconds for all rates
     * @param directory absolute, there and empty
     */
    record Plan(
            String protocol,
            List<Double> rates,
            int sizeBytes,
            boolean archived,
            Profile.Target target,
            Isolation isolation,
            int most,
            double seconds,
            Path directory) {}

    /** Is told how far it is. */
    interface Progress {
        /** @param done share of the whole, 0 to 1 */
        void at(double done, String what);
    }

    Calibration(Plan plan, StopSignals signals, Progress progress) {
        this.plan = plan;
        this.signals = signals;
        this.progress = progress;
        this.latencies = new LatencyLogs(plan.directory());
    }

    /** One rate with its stations. */
    private record Network(double rate, List<Source> sources, SimulatorProcess process) implements AutoCloseable {
        @Override
        public void close() {
            process.close();
        }
    }

    Profile run() throws Failure, InterruptedException {
        try (var run = MachineRun.start(machine())) {
            return measured(run);
        } catch (IOException e) {
            throw Failure.failed("it cannot be measured here: " + e.getMessage(), e);
        }
    }

    private Profile measured(MachineRun run) throws Failure, InterruptedException, IOException {
        rest(SETTLE_MILLIS);
        long pid = run.view().workers().getFirst().pid();
        long baseBytes = residentBytes(pid);
        long fullBytes = baseBytes;
        int held = 1;
        var points = new ArrayList<Profile.Point>();
        CapSearch.Look early = null;
        long begin = 0;
        for (int i = 0; i < plan.rates().size(); i++) {
            double rate = plan.rates().get(i);
            try (var network = network(rate, promised(rate, ENOUGH), "rate-" + i)) {
                int first = first(rate, points);
                if (i == 0) { // the highest rate comes first: it warms the machine's code soonest
                    warmUp(run, pid, network, first);
                    begin = clock.nanoTime();
                }
                // each rate has what is left by its turn
                long endNanos = begin
                        + (long) (plan.seconds() * 1e9 * (i + 1) / plan.rates().size());
                var search = search(run, pid, network, first, endNanos);
                var point = search.point(rate);
                points.add(point);
                early = i == 0 ? search.held() : early;
                if (point.measuredSources() > held) {
                    held = point.measuredSources();
                    fullBytes = Math.max(baseBytes, residentBytes(pid));
                }
                bring(run, network, 0);
            }
        }
        double drift = early == null ? 0 : drift(run, pid, plan.rates().getFirst(), early);
        var left = run.stop(STOP);
        if (!left.isEmpty()) {
            throw Failure.failed("the machine did not stop in order: " + String.join("; ", left), null);
        }
        return new Profile(
                Here.version(),
                java.time.Instant.ofEpochSecond(clock.epochNanos() / 1_000_000_000L),
                Here.host(),
                plan.protocol(),
                plan.archived() ? "archive" : "none",
                plan.isolation(),
                plan.sizeBytes(),
                plan.target(),
                new Profile.Memory(baseBytes, (fullBytes - baseBytes) / held),
                points,
                Noise.ofAll(looks, drift));
    }

    /** How much more the same load takes now than it took, as a share. */
    private double drift(MachineRun run, long pid, double rate, CapSearch.Look early)
            throws Failure, InterruptedException, IOException {
        progress.at(1, "looking at the first rate again");
        try (var network = network(rate, early.sources(), "again")) {
            double now = look(run, pid, network, early.sources(), WINDOW_MILLIS, clock.nanoTime())
                    .cpu();
            bring(run, network, 0);
            return now / early.cpu() - 1;
        }
    }

    private Network network(double rate, int sources, String directory)
            throws Failure, InterruptedException, IOException {
        var made = Files.createDirectory(plan.directory().resolve(directory));
        var simulator = SimulatorProcess.start(made, simulatorOptions(rate, sources));
        try {
            return new Network(rate, stations(simulator.stations()), simulator);
        } catch (Failure e) {
            simulator.close();
            throw e;
        }
    }

    private MachineRun.Plan machine() {
        Composition.workersLogErrorsOnly();
        var archive = Composition.archive(plan.directory(), SinkConfig.Archive.DEFAULT);
        var sink = plan.archived()
                ? new MachineRun.Plan.SinkPlan(
                        new MeasuredArchive(), MeasuredArchive.settings(archive, plan.directory()))
                : new MachineRun.Plan.SinkPlan(
                        new MeasuredDiscard(), MeasuredArchive.settings(Map.of(), plan.directory()));
        return new MachineRun.Plan(
                new MachineSize(1, plan.most()),
                plan.isolation(),
                Filter.all(),
                List.of(sink),
                plan.archived() ? SinkConfig.Archive.DEFAULT.openFiles() : 0,
                plan.directory(),
                List.of(ControlConfig.on(new Bind(HOST, 0))),
                Capacity.UNKNOWN,
                OptionalDouble.empty(),
                List.of(),
                List.of(),
                null,
                plan.directory(),
                List.of());
    }

    private int promised(double rate, double factor) {
        return Math.clamp((int) (factor * plan.target().cpu() / Cost.DEFAULT.at(rate)), 1, plan.most());
    }

    /** A seldom record costs no less than a frequent one, so the rate above tells the most there can be. */
    private int first(double rate, List<Profile.Point> above) {
        int promised = promised(rate, FIRST);
        if (above.isEmpty()) {
            return promised;
        }
        var last = above.getLast();
        return Math.clamp((int) (FIRST * last.sources() * last.ratePerSecond() / rate), 1, promised);
    }

    private List<String> simulatorOptions(double rate, int sources) {
        return List.of(
                plan.protocol(),
                "--sources",
                Integer.toString(sources),
                "--rate",
                Double.toString(rate),
                "--port",
                "0",
                "--ports",
                Integer.toString(NetworkPlan.ports(sources)),
                "--size",
                Integer.toString(plan.sizeBytes()));
    }

    private static List<Source> stations(Path file) throws Failure {
        return switch (Composition.inventory().readStations(file)) {
            case Reading.Valid<List<Source>>(var sources) -> sources;
            case Reading.Invalid<List<Source>> invalid ->
                throw Failure.failed("the simulator's station file is wrong: " + invalid.report(), null);
        };
    }

    private void warmUp(MachineRun run, long pid, Network network, int first) throws Failure, InterruptedException {
        progress.at(0, "warming up");
        bring(run, network, Math.min(first, network.sources().size()));
        var warmUp = new WarmUp();
        double cpu;
        do {
            long nanos = ProcessUsage.of(pid).workNanos();
            long begin = clock.nanoTime();
            rest(WARM_UP_WINDOW_MILLIS);
            cpu = (ProcessUsage.of(pid).workNanos() - nanos) / (double) (clock.nanoTime() - begin);
        } while (!warmUp.add(cpu));
    }

    private CapSearch search(MachineRun run, long pid, Network network, int first, long endNanos)
            throws Failure, InterruptedException, IOException {
        var search = new CapSearch(plan.target(), first, network.sources().size());
        do {
            if (!search.looks().isEmpty() && !isBrought(run, network, search.next())) {
                return search; // what was seen with fewer stands
            }
            var look = quietLook(run, pid, network, search.next(), endNanos);
            search.add(look);
            tell(network.rate(), look, endNanos);
        } while (search.next() > 0 && clock.nanoTime() < endNanos);
        return search;
    }

    /**
     * A look that was noisy is repeated, once; a machine that is always noisy is measured as it is. One that was late while the
     * processor had room is repeated too, and the better one counts: a stall of the disk or the host is not the load's.
     */
    private CapSearch.Look quietLook(MachineRun run, long pid, Network network, int sources, long endNanos)
            throws Failure, InterruptedException, IOException {
        var look = look(run, pid, network, sources, WINDOW_MILLIS, endNanos);
        if (!look.noise().isEmpty() && clock.nanoTime() < endNanos) {
            look = look(run, pid, network, sources, WINDOW_MILLIS, endNanos);
        }
        if (look.isOnlyLate(plan.target()) && clock.nanoTime() < endNanos) {
            var again = look(run, pid, network, sources, WINDOW_MILLIS, endNanos);
            boolean better = again.holds(plan.target()) || again.latencyP99Millis() < look.latencyP99Millis();
            look = better ? again : look;
        }
        looks.add(look);
        return look;
    }

    /** Runs what a plan by the profile gives one worker at each rate, and more. */
    List<CapCheck> verify(Profile profile) throws Failure, InterruptedException {
        try (var run = MachineRun.start(machine())) {
            rest(SETTLE_MILLIS);
            long pid = run.view().workers().getFirst().pid();
            var checks = new ArrayList<CapCheck>();
            for (int i = 0; i < plan.rates().size(); i++) {
                double rate = plan.rates().get(i);
                int planned = Math.max(1, profile.planned(rate));
                int beyond = (int) Math.ceil(CapCheck.BEYOND * planned);
                if (planned > plan.most()) {
                    throw Failure.failed(
                            "at " + Rates.text(rate) + " Hz a plan gives a worker " + planned + ", and " + plan.most()
                                    + " can be simulated here: raise 'ulimit -n', or leave out that --rate",
                            null);
                }
                try (var network = network(rate, Math.min(beyond, plan.most()), "rate-" + i)) {
                    if (i == 0) {
                        warmUp(run, pid, network, promised(rate, FIRST));
                    }
                    checks.add(new CapCheck(
                            rate,
                            planned,
                            looks(run, pid, network, planned, i),
                            beyond <= plan.most() ? looks(run, pid, network, beyond, i + 0.5) : List.of()));
                    bring(run, network, 0);
                }
            }
            return checks;
        } catch (IOException e) {
            throw Failure.failed("it cannot be measured here: " + e.getMessage(), e);
        }
    }

    private List<CapSearch.Look> looks(MachineRun run, long pid, Network network, int sources, double done)
            throws Failure, InterruptedException, IOException {
        var seen = new ArrayList<CapSearch.Look>();
        while (seen.size() < CapCheck.LOOKS) {
            var look = look(run, pid, network, sources, LONG_WINDOW_MILLIS, clock.nanoTime() + SETTLE_LIMIT_NANOS);
            seen.add(look);
            progress.at(
                    (done + 0.5 * seen.size() / CapCheck.LOOKS) / plan.rates().size(), words(network.rate(), look));
        }
        return seen;
    }

    private void tell(double rate, CapSearch.Look look, long endNanos) {
        double left = Math.max(0, endNanos - clock.nanoTime()) / 1e9;
        double share = 1.0 / plan.rates().size();
        double done = (plan.rates().indexOf(rate) + 1) * share - left / plan.seconds();
        progress.at(done, words(rate, look));
    }

    static String words(double rate, CapSearch.Look look) {
        return String.format(
                Locale.ROOT,
                "%s Hz: %,d sources take %.0f %% of a processor, p99 %.0f ms%s",
                Rates.text(rate),
                look.sources(),
                100 * look.cpu(),
                look.latencyP99Millis(),
                look.noise().isEmpty() ? "" : " (noisy: " + look.noise() + ")");
    }

    /** Looks at one count, for people. */
    static String words(List<CapSearch.Look> looks) {
        return String.format(
                Locale.ROOT,
                "%,d sources take %s %% of a processor, p99 %s ms",
                looks.getFirst().sources(),
                joined(looks, look -> 100 * look.cpu()),
                joined(looks, CapSearch.Look::latencyP99Millis));
    }

    private static String joined(List<CapSearch.Look> looks, ToDoubleFunction<CapSearch.Look> of) {
        return looks.stream()
                .map(look -> Long.toString(Math.round(of.applyAsDouble(look))))
                .collect(Collectors.joining(", "));
    }

    private CapSearch.Look look(
            MachineRun run, long pid, Network network, int sources, long windowMillis, long endNanos)
            throws Failure, InterruptedException, IOException {
        bring(run, network, sources);
        settle(network.rate(), sources, endNanos);
        var _ = latencies.recentP99Millis();
        var workerBefore = ProcessUsage.of(pid);
        var generatorBefore = ProcessUsage.of(network.process().pid());
        var selfBefore = ProcessUsage.of(ProcessHandle.current().pid());
        var hostBefore = HostUsage.now();
        long recordsBefore = run.view().totals().records();
        long begin = clock.nanoTime();
        rest(windowMillis);
        double nanos = clock.nanoTime() - begin;
        long records = run.view().totals().records() - recordsBefore;
        var host = HostUsage.now();
        var worker = ProcessUsage.of(pid);
        var generator = ProcessUsage.of(network.process().pid());
        var self = ProcessUsage.of(ProcessHandle.current().pid());
        double workerCpu = (worker.workNanos() - workerBefore.workNanos()) / nanos;
        double generatorCpu = (generator.cpuNanos() - generatorBefore.cpuNanos()) / nanos;
        double ours = (worker.cpuNanos() - workerBefore.cpuNanos()) / nanos
                + generatorCpu
                + (plan.isolation() == Isolation.THREADS ? 0 : (self.cpuNanos() - selfBefore.cpuNanos()) / nanos);
        double expected = sources * network.rate() * nanos / 1e9;
        var noise = new Noise(
                (host.stolenNanos() - hostBefore.stolenNanos()) / nanos,
                (host.busyNanos() - hostBefore.busyNanos()) / nanos - ours,
                (worker.waitedNanos() - workerBefore.waitedNanos()) / nanos);
        return new CapSearch.Look(
                sources,
                workerCpu,
                latencies.recentP99Millis(),
                generatorCpu,
                expected < RECORDS_TO_JUDGE ? 1 : records / expected,
                noise.words());
    }

    /**
     * The first record of a source makes its file, which is not what a record costs; and where thousands of files have just been deleted
     * (as by the calibration before) ext4 makes new ones several times as slowly, for minutes.
     */
    private void settle(double rate, int sources, long endNanos) throws Failure, InterruptedException, IOException {
        var _ = latencies.recentP99Millis(); // of what was before
        rest(SETTLE_MILLIS);
        if (sources <= settled) {
            return;
        }
        rest((long) Math.max(0, Math.min(LONGEST_PERIOD_MILLIS, 1e3 / rate) - SETTLE_MILLIS));
        long limit = clock.nanoTime() + SETTLE_LIMIT_NANOS;
        long end = endNanos - limit < 0 ? endNanos : limit;
        double expected = rate * sources * SETTLE_MILLIS / 1e3;
        while (isBehind(latencies.recentP99Millis(), expected, plan.target())) {
            if (clock.nanoTime() - end >= 0) {
                return;
            }
            rest(SETTLE_MILLIS);
        }
        settled = sources;
    }

    /** Whether deliveries are late, or none came where many should have. */
    static boolean isBehind(double p99Millis, double expectedRecords, Profile.Target target) {
        return p99Millis > target.latencyP99Millis() || (p99Millis == 0 && expectedRecords >= RECORDS_TO_JUDGE);
    }

    private void bring(MachineRun run, Network network, int wanted) throws Failure, InterruptedException {
        if (!isBrought(run, network, wanted)) {
            throw Failure.failed(
                    "of " + Numbers.count(wanted, "source") + " not all came up in time: " + counts(run)
                            + "; try fewer with --sources-max, or again when nothing else runs",
                    null);
        }
    }

    /** Activates or releases until so many sources run; false: not all of them did in time. */
    private boolean isBrought(MachineRun run, Network network, int wanted) throws Failure, InterruptedException {
        var counts = counts(run);
        int known = counts.values().stream().mapToInt(Integer::intValue).sum();
        if (known < wanted) {
            run.assignator().activateAll(network.sources().subList(known, wanted));
        }
        for (int i = known - 1; i >= wanted; i--) {
            run.assignator().cancel(network.sources().get(i).id());
        }
        long end = clock.nanoTime() + CONNECT_LIMIT_NANOS + wanted * CONNECT_NANOS;
        while (!isThere(counts, wanted)) {
            rest(LOOK_MILLIS);
            counts = counts(run);
            if (!network.process().isAlive()) {
                throw Failure.failed(
                        "the simulator ended by itself: " + network.process().lastWords(), null);
            }
            if (clock.nanoTime() - end > 0) {
                return false;
            }
        }
        return true;
    }

    private static Map<SourceState, Integer> counts(MachineRun run) {
        return run.view().totals().sources();
    }

    private static boolean isThere(Map<SourceState, Integer> counts, int wanted) {
        int all = counts.values().stream().mapToInt(Integer::intValue).sum();
        return all == wanted && counts.getOrDefault(SourceState.RUNNING, 0) == wanted;
    }

    private void rest(long millis) throws Failure, InterruptedException {
        if (signals.await(millis)) {
            throw Failure.failed("stopped by a signal: nothing was measured", null);
        }
    }

    private static long residentBytes(long pid) throws IOException {
        return ProcessUsage.statusKib(pid, "VmRSS") << 10;
    }

    /** The profile with what was looked at. */
    Map<String, Object> document(Map<String, Object> profile) {
        var document = new LinkedHashMap<>(profile);
        document.put(
                "looks",
                looks.stream()
                        .map(look -> Map.of(
                                "sources",
                                look.sources(),
                                "cpu",
                                Json.round(look.cpu()),
                                "latencyP99Millis",
                                Json.round(look.latencyP99Millis()),
                                "generatorCpu",
                                Json.round(look.generatorCpu()),
                                "arrived",
                                Json.round(look.arrived()),
                                "noise",
                                look.noise()))
                        .collect(Collectors.toList()));
        return document;
    }
}
